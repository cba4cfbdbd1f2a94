# All tasks of this project. `make` alone lists them.
# Each target creates .venv first; only Python 3.11 or newer, git and make must be installed.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
UV_VERSION := 0.13.9

# Without kept bytecode, each of the many programs that tests start compiles the bot again, and each worker the tests.
unexport PYTHONDONTWRITEBYTECODE

# Both files are written as the last step, so that an interrupted installation is repeated.
INSTALLED := $(VENV)/.installed
JOINED := $(VENV)/.joined

# A .venv whose Python is gone (the system's was upgraded), or that was copied from elsewhere, is created again.
ifneq ($(shell $(PY) -c 'import os, sys; print(os.path.samefile(sys.prefix, "$(VENV)"))' 2>/dev/null),True)
$(INSTALLED): remake
else ifneq ($(shell cat $(JOINED) 2>/dev/null),$(CURDIR))
$(JOINED): remake
endif

.PHONY: help setup run test check fix bench soak messages generate page pictures docs docs-serve audit lock remake

help: ## list the targets
	@echo "make TARGET [PYTHON=python3.12]"
	@sed -n 's/^\([a-z-]*\):.*## /  \1	/p' $(MAKEFILE_LIST)

setup: $(JOINED) ## create .venv with everything in it (the other targets do this themselves)
	@echo "$(VENV) is ready"

run: $(JOINED) ## serve Telegram; without a token, try the bot in the browser
	@$(PY) -m bot run --or-sandbox

test: $(JOINED) ## run the tests, except the long ones
	@$(PY) -m pytest -n 4

check: $(JOINED) ## format, lint, types and tests; must pass before a commit
	@echo "ruff format" && $(PY) -m ruff format --check .
	@echo "ruff check" && $(PY) -m ruff check .
	@echo "mypy" && $(PY) -m mypy --strict bot tests docs
	@echo "pytest" && $(PY) -m pytest -n 4

fix: $(JOINED) ## format the code and fix what ruff can fix
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

bench: $(JOINED) ## measure the speed of answers and broadcasts
	@$(PY) -m tests.bench

soak: $(JOINED) ## run the long tests (an hour; on a busy machine up to two)
	@code=0; $(PY) -m pytest -m soak || code=$$?; \
	if [ $$code -eq 5 ]; then echo "There are no long tests yet."; else exit $$code; fi

# git knows who translated and when; in the catalogues it would make every change a conflict.
UNWANTED := Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team
UNWANTED := $(UNWANTED)|MIME-Version|Content-Transfer-Encoding|Generated-By

messages: $(JOINED) ## add new sentences of the bot to the translation catalogues
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; trap 'exit 130' INT TERM; \
	$(PY) -m babel.messages.frontend -q extract -F pyproject.toml --no-location --sort-output \
	  --header-comment "# The bot's sentences; \`make messages\` adds new ones." -o "$$folder/new.pot" .; \
	for language in $$($(PY) -c 'from bot.i18n.languages import *; print(*(set(LANGUAGES) - {SOURCE_LANGUAGE}))'); do \
	  catalogue=bot/i18n/locales/$$language/LC_MESSAGES/minsheng.po; \
	  $(PY) -m babel.messages.frontend -q update --init-missing --ignore-obsolete --width 110 \
	    --input-file "$$folder/new.pot" --locale $$language --output-file $$catalogue; \
	  text=$$(sed -E '/^"($(UNWANTED)): /d' $$catalogue); \
	  printf '%s\n' "$$text" > $$catalogue; \
	done

generate: messages ## write what follows from the code: catalogues, JSON schemas, parts of the documents
	@for part in projects asking; do \
	  $(PY) -m bot schema $$(test $$part = asking && echo --asking) > $(JOINED).schema \
	  && mv $(JOINED).schema knowledge/$$part.schema.json || exit 1; \
	done
	@$(PY) -m tests.write_documents

page: ## build the sandbox page from bot/sandbox/page/frontend/ (needs node 20 and npm)
	@command -v npm >/dev/null || { echo "npm is needed; on Debian and Ubuntu: apt install npm"; exit 1; }
	@cd bot/sandbox/page/frontend && npm ci --silent && npm run --silent build

pictures: $(JOINED) ## take the pictures of the documents from the sandbox page (needs Chromium; some minutes)
	@$(PY) -m tests.page.pictures

# The theme prints advertising for its successor unless told otherwise.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs

docs: $(JOINED) ## build the documentation into site/; a broken link is an error
	@$(MKDOCS) build --strict

docs-serve: $(JOINED) ## show the documentation at http://127.0.0.1:8000 and rebuild it on changes
	@$(MKDOCS) serve --strict

# The list is made of an environment with nothing but what the program needs; the licences are held by a test.
AUDIT := .audit
audit: $(JOINED) ## look for known vulnerabilities, and write the SBOM dist/minsheng.cdx.json (CycloneDX)
	@rm -rf $(AUDIT); mkdir -p dist; trap 'rm -rf $(AUDIT)' EXIT; trap 'exit 130' INT TERM; set -e; \
	echo "installing the program's packages and the tools of the audit"; \
	for part in audit run; do \
	  $(PYTHON) -m venv $(AUDIT)/$$part; \
	  lock=requirements$$(test $$part = run || echo -audit).lock; \
	  $(AUDIT)/$$part/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes -r $$lock; \
	done; \
	$(AUDIT)/audit/bin/cyclonedx-py environment $(AUDIT)/run --pyproject pyproject.toml --output-reproducible \
	  --of JSON --output-file dist/minsheng.cdx.json; \
	echo "dist/minsheng.cdx.json lists the packages"; \
	$(AUDIT)/audit/bin/pip-audit --requirement requirements.lock --require-hashes --disable-pip \
	  --format json --output dist/vulnerabilities.json --progress-spinner off || code=$$?; \
	if [ -s dist/vulnerabilities.json ]; then exit $${code:-0}; fi; \
	echo "The list of vulnerabilities cannot be reached from here, so none was looked for."

# The lock holds hashes and no address: each machine's pip decides where packages come from.
lock: ## resolve the dependencies again; make lock UPGRADE=--upgrade takes the newest
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make lock PYTHON=python3.12"; exit 1; }
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; trap 'exit 130' INT TERM; \
	echo "installing uv $(UV_VERSION) in a throwaway folder"; \
	$(PYTHON) -m venv "$$folder"; \
	"$$folder/bin/python" -m pip --disable-pip-version-check --no-input --quiet install uv==$(UV_VERSION); \
	compile="$$folder/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command make\ lock $(UPGRADE)"; \
	echo "resolving"; \
	eval "$$compile pyproject.toml --output-file requirements.lock"; \
	eval "$$compile pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock"; \
	eval "$$compile --group audit --output-file requirements-audit.lock"

$(INSTALLED): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Minsheng needs Python 3.11 or newer, and $(PYTHON) is" \
	    "$$(command -v $(PYTHON) >/dev/null && $(PYTHON) -V 2>&1 || echo missing). Name a newer one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "installing the locked packages into $(VENV) (about a minute, once)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-dev.lock || { \
	  echo "The packages could not be installed; the lines above say why. The next make tries again."; exit 1; }
	@touch $@

$(JOINED): $(INSTALLED) pyproject.toml
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@echo "$(CURDIR)" > $@
