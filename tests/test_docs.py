"""What the documents say is true: commands, settings, fields, words, links, and what belongs to one machine."""

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli import app
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, City, Fact, KnowledgeBase, Project, TopicElsewhere
from bot.knowledge.validation import models_in
from bot.settings import NAMES
from bot.telegram_ui.commands import COMMANDS
from bot.telegram_ui.texts import help_text
from docs import diagram
from tests.documents import (
    COMMAND_ROW,
    DOCS,
    DOCUMENTS,
    FENCE,
    README,
    ROLES,
    ROOT,
    TELEGRAM,
    TRANSLATIONS,
    command_rows,
    commands,
    text,
)

# --- Commands and settings ---


def described_commands() -> dict[str, set[str]]:
    """The table of commands: the lower-case words of each row, and the options that all its rows name."""
    found: dict[str, set[str]] = {}
    for call, rest in re.findall(r"^\| `(minsheng [^`]+)` \|(.*)$", text(DOCS / "cli.md"), re.MULTILINE):
        name = " ".join(re.findall(r"(?<![\w-])[a-z]+(?:-[a-z]+)*\b", call))
        options = re.findall(r"`(--[a-z-]+(?:LANG)?)`", rest)
        found.setdefault(name, set()).update(each.replace("LANG", code) for each in options for code in LANGUAGES)
    return found


def test_the_table_of_commands_names_every_command_with_all_its_options_and_no_other() -> None:
    described = {name: options | _shared(name) for name, options in described_commands().items()}

    assert described == dict(commands(typer.main.get_command(app)))


def _shared(command: str) -> set[str]:
    """The options of a command that one sentence below the table describes, with the commands that lack them."""
    sentence = re.search(r"^- Every command except (.+) has `--sandbox`", text(DOCS / "cli.md"), re.MULTILINE)
    assert sentence
    without = re.findall(r"`([a-z-]+)`", sentence[1])
    return set() if command.split()[1] in without else {"--sandbox"}


@pytest.mark.parametrize("section", ROLES)
def test_the_tables_of_commands_in_telegram_say_what_the_menus_say(section: str) -> None:
    (_, below) = text(TELEGRAM).split(f"## {section}\n")
    rows = [(name, menu.strip()) for name, menu, _ in COMMAND_ROW.findall(below.partition("\n## ")[0])]

    assert rows == command_rows(ROLES[section])


def test_the_help_names_every_command_in_telegram_and_no_other() -> None:
    helped = set(re.findall(r"^/([a-z]+):", help_text(COMMANDS, "a_bot", translator_in("en"), "admin"), re.MULTILINE))

    assert helped == {command.name for command in COMMANDS} - {"start"}  # Telegram itself offers that one


def test_every_setting_is_explained_above_its_line_in_the_example_file() -> None:
    explained = dict(re.findall(r"((?:^# [^-\n].*\n)+)#([A-Z_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    lengths = {name: len(comment.split()) for comment, name in explained.items()}

    assert set(lengths) == set(NAMES)
    assert [name for name, words in lengths.items() if words < 10] == []


def test_every_setting_that_a_document_names_exists() -> None:
    prefixes = "TELEGRAM|DATA|DATABASE|KNOWLEDGE|ADMIN|STAFF|WEBHOOK|LOG"
    named = {name for path in DOCUMENTS for name in re.findall(rf"`((?:{prefixes})_[A-Z_]+|LISTEN)\b", text(path))}

    assert named <= set(NAMES)


def targets() -> set[str]:
    """The targets that the Makefile declares."""
    declared = re.search(r"^\.PHONY: (.+)$", text(ROOT / "Makefile"), re.MULTILINE)
    assert declared
    return set(declared[1].split()) - {"remake"}


def test_make_help_lists_every_target() -> None:
    # The flags of an outer `make test` would make this one print its folder.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    help_text = subprocess.check_output(["make", "help"], cwd=ROOT, env=environment, text=True, encoding="utf-8")

    assert set(re.findall(r"^  ([a-z-]+)\s", help_text, re.MULTILINE)) == targets()


def test_the_documents_name_every_target_and_no_other() -> None:
    called = {path: set(re.findall(r"(?:`|^)make ([a-z-]+)", text(path), re.MULTILINE)) for path in DOCUMENTS}

    assert called[DOCS / "contributing.md"] | {"help"} == targets()
    assert {name for names in called.values() for name in names} <= targets()


# --- Fields and words ---


@cache
def fields() -> dict[str, set[str]]:
    """Every model of the knowledge file and its fields."""
    found: dict[str, set[str]] = {}
    waiting: list[type[Any]] = [KnowledgeBase]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = set(model.model_fields)
            waiting += [inner for field in model.model_fields.values() for inner in models_in(field.annotation)]
    return found


@pytest.mark.parametrize(
    ("row", "model"),
    [
        ("`city`, the head", City),
        ("one of `areas`", Area),
        ("one of `projects`", Project),
        ("one of `facts`", Fact),
        ("one of `topics_elsewhere`", TopicElsewhere),
    ],
)
def test_every_field_of_a_part_of_the_knowledge_file_is_named(row: str, model: type[Any]) -> None:
    described = re.search(rf"^\| {row} \| (.+) \|$", text(DOCS / "knowledge.md"), re.MULTILINE)

    assert described, row
    assert re.findall("`([a-z_]+)`", described[1]) == list(model.model_fields)


def test_a_field_that_a_document_names_exists() -> None:
    known = set().union(*fields().values())
    named = {(path.name, name) for path in DOCUMENTS for name in re.findall(r"`([a-z_]+):`", text(path))}

    assert [(path, name) for path, name in sorted(named) if name not in known] == []


GLOSSARY = DOCS / "glossary.md"


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, something it defines, or a field of that."""
    parts = dotted.split(".")
    found: Any = None
    for at, part in enumerate(parts):
        try:
            found = importlib.import_module(".".join(parts[: at + 1]))
        except ModuleNotFoundError:
            fields_here = getattr(found, "model_fields", {})
            found = getattr(found, part, fields_here.get(part))
        if found is None:
            return False
    return True


def test_every_term_of_the_glossary_is_defined_where_it_says() -> None:
    entries = re.findall(r"^- \*\*[^*]+\*\* \(`(bot[\w.]+)`\)", text(GLOSSARY), re.MULTILINE)
    named = re.findall(r"`(bot\.[\w.]+)`", text(GLOSSARY))

    assert len(entries) > 40
    assert [name for name in named if not exists(name)] == []


def test_every_file_that_a_document_names_exists() -> None:
    place = re.compile(r"(?:`|^)((?:bot|tests|docs|knowledge)/[\w./-]*)", re.MULTILINE)
    named = {name for path in DOCUMENTS for name in place.findall(text(path))}

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def names_in(source: str) -> Iterator[str]:
    """The single words of all names that a module defines or binds."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                pass
            case _:
                continue
        yield from (word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name))


#: The packages that hold the rules. Shells may use the words of Telegram, SQL and the terminal.
SUBJECTS = (
    "i18n",
    "matching",
    "knowledge",
    "answers",
    "people",
    "publishing",
    "inbox",
    "broadcasts",
    "evaluation",
)


def test_the_subjects_use_no_word_that_the_glossary_turns_down() -> None:
    not_used = text(GLOSSARY).partition("## Words that are not used")[2]
    banned = set(re.findall(r"\*\*([a-z]+)\*\*", not_used))
    modules = [path for place in SUBJECTS for path in (ROOT / "bot" / place).rglob("*.py")]

    assert len(modules) > 50
    assert len(banned) > 5
    assert {(path.name, word) for path in modules for word in names_in(text(path)) if word in banned} == set()


# --- The shape of the documents ---


SECTIONS = [
    "Quick start",
    "Run it for real",
    "Edit the knowledge",
    "How it is built",
    "Develop",
    "Limits",
    "Documents",
    "Licence",
]


def headings(path: Path, level: str = "#+") -> list[str]:
    return re.findall(rf"^{level} (.+)$", FENCE.sub("", text(path)), re.MULTILINE)


def test_the_readme_is_short_and_begins_with_what_a_newcomer_needs() -> None:
    assert headings(README, "##") == SECTIONS
    assert [path.name for path in (README, *TRANSLATIONS) if len(text(path).splitlines()) > 150] == []


@pytest.mark.parametrize("translation", TRANSLATIONS, ids=lambda path: path.name)
def test_a_translated_readme_has_the_same_sections_commands_files_and_links(translation: Path) -> None:
    language = translation.name.split(".")[1]

    def skeleton(path: Path) -> list[object]:
        whole = (
            text(path)
            .replace(f"staff-guide.{language}.md", "staff-guide.en.md")
            .replace(f"-{language}.webp", "-en.webp")
        )
        prose = FENCE.sub("", whole)
        links = [link for link in re.findall(r"\]\(([^)]+)\)", prose) if not link.startswith("README")]
        commands = [
            line.partition("#")[0].split()
            for name, body in FENCE.findall(whole)
            if name == "sh"
            for line in body.splitlines()
        ]
        trees = [re.findall(r"^ *([\w/.]+)", body, re.MULTILINE) for name, body in FENCE.findall(whole) if not name]
        return [len(headings(path)), sorted(links), sorted(re.findall(r"`([^`]+)`", prose)), trees, commands[:2]]

    assert skeleton(translation) == skeleton(README)


def test_the_readme_and_the_architecture_name_every_package() -> None:
    packages = {name for name in diagram.packages() if name != "app"}
    (tree,) = [body for name, body in FENCE.findall(text(README)) if not name]

    assert set(re.findall(r"^  ([a-z0-9_]+)/", tree, re.MULTILINE)) == packages
    assert set(re.findall(r"^\| `bot/([a-z0-9_]+)/` \|", text(DOCS / "architecture.md"), re.MULTILINE)) == packages


def test_the_diagram_shows_the_imports_of_the_code() -> None:
    assert text(diagram.FILE) == diagram.svg(diagram.imports())


def test_every_decision_has_a_status_a_date_and_a_row_in_the_index() -> None:
    pages = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "index.md")
    heads = [
        re.match(r"# (\d+)\. (.+)\n\n\*Status: (.+)\. Date: (\d{4}-\d\d-\d\d)\.\*\n", text(path)) for path in pages
    ]
    rows = [
        f"| [{head[1]}]({path.name}) | {head[2]} | {head[3]} | {head[4]} |"
        for path, head in zip(pages, heads, strict=True)
        if head
    ]

    assert [head and int(head[1]) for head in heads] == list(range(1, len(pages) + 1))
    assert re.findall(r"^\| \[.+$", text(DOCS / "decisions" / "index.md"), re.MULTILINE) == rows


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_list_follows_a_blank_line_or_the_site_would_show_it_as_one_paragraph(document: Path) -> None:
    prose = FENCE.sub("", text(document))

    assert re.findall(r"^(?!- |\d+\. | |\n).+\n(?:- |\d+\. ).+$", prose, re.MULTILINE) == []


def build_site(config: Path, target: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(target)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_other_servers(tmp_path: Path) -> None:
    built = build_site(ROOT / "mkdocs.yml", tmp_path)
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
    loaded = [re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(https?:[^"]+)"', page) for page in pages]

    assert built.returncode == 0, built.stderr
    assert len(pages) > 30
    assert [link for links in loaded for link in links] == []


def test_a_broken_link_fails_the_build_of_the_site(tmp_path: Path) -> None:
    for name in ("docs", "CHANGELOG.md", "mkdocs.yml"):
        (shutil.copytree if name == "docs" else shutil.copyfile)(ROOT / name, tmp_path / name)
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[gone](gone.md)\n", encoding="utf-8")

    built = build_site(tmp_path / "mkdocs.yml", tmp_path / "site")

    assert built.returncode != 0
    assert "gone.md" in built.stderr


# --- Links, and what belongs to one machine ---


def anchors(path: Path) -> set[str]:
    """The headings of a document, as GitHub and the site form their anchors."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(path)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", FENCE.sub("", text(document))):
        place, _, anchor = link.partition("#")
        target = document.parent / place if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


#: Folders of one machine, and hosts or options that name where packages come from.
_OF_ONE_MACHINE = re.compile(
    r"(?<![\w.:/])/(?:work|root|home/\w+|Users/\w+|private/var|var/folders)/"
    r"|https?://[^\s/]*(?:pypi|pythonhosted|artifactory|nexus|mirror|registry|devpi)"
    r"|--(?:extra-)?index-url[ =]|--trusted[-]host|--find[-]links"
)


def tracked() -> list[Path]:
    """Every text file that is in git or would be after the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.check_output(command, cwd=ROOT, text=True, encoding="utf-8").split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="this is not a clone: git cannot say what belongs to the project"
)
def test_no_file_of_the_project_names_a_place_of_one_machine_or_a_package_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if _OF_ONE_MACHINE.search(line)
    ]

    assert found == []
