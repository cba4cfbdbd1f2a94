"""Who may import whom: `core <- flows <- adapters <- app`, read from the source of every module.

The rules stand here as data; whoever needs another one changes it here, with its reason.
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

#: Room -> the rooms it may import. The command line starts things, so it stands outside the app.
MAY_IMPORT: dict[str, set[str]] = {
    "root": set(),
    "core": {"root", "core"},
    "flows": {"root", "core", "flows"},
    "adapters": {"root", "core", "flows", "adapters"},
    "cli": {"root", "core", "flows", "adapters", "cli", "settings", "app", "sandbox"},
    "sandbox": {"root", "sandbox"},
    "settings": {"root", "core"},
    "app": {"root", "core", "flows", "adapters", "settings", "app", "sandbox"},
    "main": {"root", "core", "flows", "adapters", "cli", "settings", "app", "main"},
}

#: Modules that are finer than their room's rule: prefix -> prefixes that they may not import.
STRANGERS = {
    "bot.telegram_ui": ("bot.storage",),
    "bot.storage": ("bot.telegram_ui",),
}

PURE_STANDARD_LIBRARY = set(
    "__future__ abc array bisect collections copy dataclasses datetime decimal difflib enum fractions functools"
    " graphlib hashlib heapq html itertools json math numbers operator re statistics string textwrap types"
    " typing unicodedata zoneinfo".split()
)
CORE_LIBRARIES = {
    "numpy",
    "opencc",
    "pydantic",
    "pydantic_core",
    "pypinyin",
    "rapidfuzz",
    "scipy",
    "snowballstemmer",
}
FLOW_LIBRARIES = {"pydantic", "structlog"}
NOT_IN_FLOWS = {"dbm", "ftplib", "http", "os", "socket", "sqlite3", "ssl", "subprocess", "time", "urllib"}
_DATABASE = ("bot.storage", "bot.app")
#: A library -> the only modules that may know it.
HOMES = {
    "matplotlib": ("bot.evaluation.plots",),
    "openpyxl": ("bot.publishing.spreadsheet", "bot.publishing.xlsx_reader"),
    "ruamel": ("bot.publishing.yaml.scalars",),
    "rich": ("bot.cli",),
    "telegram": ("bot.telegram_ui",),
    **dict.fromkeys(("aiosqlite", "alembic", "psycopg", "sqlalchemy", "sqlite3"), _DATABASE),
}
#: Calls that reach a clock, a file or a terminal.
IMPURE_CALLS = {"__import__", "input", "now", "open", "print", "today", "utcnow"}
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
    def room(self) -> str:
        """The room that the module stands in."""
        return room_of(self.name)


def room_of(name: str) -> str:
    """The room of a module, or of a name that is imported from it."""
    parts = [*name.split("."), "", ""]
    if parts[1:3] == ["adapters", "cli"]:
        return "cli"
    if parts[1] == "__main__":
        return "main"
    return parts[1] if parts[1] in MAY_IMPORT else "root"


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
        if room_of(name) not in MAY_IMPORT[module.room]:
            yield f"{module.room} may not import {name}"
        strangers = next((others for mine, others in STRANGERS.items() if _within(module.name, mine)), ())
        if any(_within(name, other) for other in strangers):
            yield f"{module.name} and {name} do not know each other"
        return
    if not _library_is_allowed(module.room, library):
        yield f"{module.room} may not import the library {library}"
    if library in HOMES and not any(_within(module.name, home) for home in HOMES[library]):
        yield f"{library} is known only to {', '.join(HOMES[library])}"


def _library_is_allowed(room: str, library: str) -> bool:
    match room:
        case "core":
            return library in PURE_STANDARD_LIBRARY | CORE_LIBRARIES
        case "flows":
            return library in (sys.stdlib_module_names - NOT_IN_FLOWS) | FLOW_LIBRARIES
        case _:
            return True


def _faults_of_node(module: Module, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(level=level) if level:
            yield "imports are absolute"
        case ast.Attribute(value=ast.Name("os"), attr="environ" | "environb" | "getenv") | ast.Name(
            "getenv" | "environ"
        ):
            if module.room != "settings":
                yield "only bot.settings reads the environment"
        case ast.Constant(value=str(text)) if module.room in ("core", "flows") and _SQL.match(text):
            yield f"no SQL in {module.room}"
        case _ if module.room == "core":
            yield from _impurities(node)


def _impurities(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith() | ast.comprehension(is_async=1):
            yield "core does not wait"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in IMPURE_CALLS:
            yield f"core does not call {called}()"


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


def test_the_rooms_know_only_what_they_may_know() -> None:
    """The package as it stands breaks no rule."""
    assert violations(read(PACKAGE)) == []


def test_every_folder_and_module_at_the_top_is_a_known_room() -> None:
    """A new room is a decision: it is written into the table first."""
    tops = {name.split(".")[1] for name in read(PACKAGE) if "." in name}

    assert tops <= {*MAY_IMPORT, "__main__"} - {"root", "cli", "main"}


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("bot.matching.normalize", "from bot.flows import answering", "core may not import bot.answers.service"),
        ("bot.matching.normalize", "import bot.settings", "core may not import bot.settings"),
        ("bot.matching.normalize", "from bot import settings", "core may not import bot.settings"),
        ("bot.matching.normalize", "import asyncio", "core may not import the library asyncio"),
        ("bot.matching.normalize", "import os.path", "core may not import the library os"),
        ("bot.matching.normalize", "from pathlib import Path", "core may not import the library pathlib"),
        ("bot.matching.normalize", "import yaml", "core may not import the library yaml"),
        ("bot.matching.normalize", "def late():\n    import time", "core may not import the library time"),
        ("bot.matching.normalize", "async def answer(): ...", "core does not wait"),
        ("bot.matching.normalize", "from datetime import datetime\nx = datetime.now()", "core does not call now()"),
        ("bot.matching.normalize", "from datetime import date\nx = date.today()", "core does not call today()"),
        ("bot.matching.normalize", "x = open('f')", "core does not call open()"),
        ("bot.matching.normalize", "print('here')", "core does not call print()"),
        ("bot.matching.normalize", "from .knowledge import City", "imports are absolute"),
        ("bot.matching.normalize", "from . import knowledge", "imports are absolute"),
        ("bot.answers.service", "import telegram", "flows may not import the library telegram"),
        ("bot.answers.service", "from telegram.error import Forbidden", "telegram is known only to"),
        ("bot.answers.service", "import sqlite3", "flows may not import the library sqlite3"),
        (
            "bot.answers.service",
            "from sqlalchemy import select",
            "flows may not import the library sqlalchemy",
        ),
        ("bot.answers.service", "from bot.adapters import web", "flows may not import bot.adapters.web"),
        ("bot.answers.service", "from time import time", "flows may not import the library time"),
        ("bot.answers.service", "Q = 'SELECT id FROM chats WHERE id = 1'", "no SQL in flows"),
        ("bot.answers.service", "def f(x): return f'DELETE FROM {x} WHERE 1'", "no SQL in flows"),
        ("bot.adapters.web", "from bot.app import build", "adapters may not import bot.app.build"),
        (
            "bot.adapters.web",
            "from bot.settings import Settings",
            "adapters may not import bot.settings.Settings",
        ),
        ("bot.adapters.web", "from bot.sandbox import api", "adapters may not import bot.sandbox.api"),
        ("bot.adapters.web", "from bot.adapters import cli", "adapters may not import bot.cli"),
        ("bot.adapters.web", "import telegram", "telegram is known only to"),
        ("bot.app", "from telegram.error import BadRequest", "telegram is known only to"),
        ("bot.adapters.web", "from rich.console import Console", "rich is known only to"),
        ("bot.adapters.web", "import sqlite3", "sqlite3 is known only to"),
        ("bot.cli.ask", "from matplotlib.figure import Figure", "matplotlib is known only to"),
        ("bot.adapters.web", "import os\nx = os.environ['HOME']", "only bot.settings reads the environment"),
        (
            "bot.adapters.web",
            "from os import getenv\nx = getenv('HOME')",
            "only bot.settings reads the environment",
        ),
        (
            "bot.telegram_api.sender",
            "from bot.storage import tables",
            "do not know each other",
        ),
        ("bot.storage.schema", "from bot.adapters import telegram", "do not know each other"),
        (
            "bot.sandbox.api",
            "from bot.matching.normalize import Query",
            "sandbox may not import bot.matching.normalize.Query",
        ),
        ("bot.sandbox.api", "from bot.settings import load", "sandbox may not import bot.settings.load"),
        ("bot.settings", "from bot.flows import ports", "settings may not import bot.people.ports"),
        ("bot.app", "from bot.cli import main", "app may not import bot.cli.main"),
        ("bot.__main__", "from bot.sandbox import api", "main may not import bot.sandbox.api"),
        (
            "bot.matching.normalize",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.flows import ports",
            "core may not import bot.people.ports",
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
        (
            "bot.matching.normalize",
            "from datetime import datetime\nimport numpy as np\nfrom rapidfuzz import fuzz",
        ),
        ("bot.matching.normalize", "def late():\n    from pypinyin import lazy_pinyin\n    return lazy_pinyin"),
        ("bot.answers.decision", "from bot.matching.normalize import Query\ndef decide(now): return now"),
        ("bot.answers.service", "import asyncio\nfrom bot.matching.normalize import Query\nasync def answer(): ..."),
        ("bot.flows.curating", '"""Select what staff see from the list."""'),
        ("bot.telegram_api.sender", "import telegram\nfrom bot.people.ports import Messenger"),
        ("bot.storage.schema", "import sqlalchemy\nprint('x')"),
        (
            "bot.cli",
            "from bot.settings import load\nfrom bot.app import build\nfrom bot.sandbox import api",
        ),
        ("bot.cli.ask", "from bot import __version__\nfrom bot.adapters import knowledge_file"),
        ("bot.app", "from bot import adapters, core, flows, sandbox, settings"),
        ("bot.settings", "import os\nx = os.environ"),
        ("bot.__main__", "from bot.cli import main"),
    ],
)
def test_what_is_allowed_is_left_alone(module: str, source: str) -> None:
    """The rules do not stand in the way of the design."""
    assert violations({module: Module(module, source)}) == []


RING = {
    "bot.matching.normalize": "from bot.core import knowledge",
    "bot.knowledge": "def late():\n    from bot.answers.decision import decide",
    "bot.answers.decision": "import bot.matching.normalize",
}


def test_a_ring_of_imports_is_found_also_through_a_function() -> None:
    """A late import hides a ring from Python, not from the reader."""
    modules = {name: Module(name, source) for name, source in RING.items()}

    assert violations(modules) == [
        "import cycle: bot.matching.normalize -> bot.knowledge -> bot.answers.decision -> bot.matching.normalize"
    ]


def test_an_import_for_types_only_closes_no_ring() -> None:
    """The type checker may look back; the program does not."""
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot.matching.normalize"
    modules = {name: Module(name, source) for name, source in {**RING, "bot.answers.decision": for_types}.items()}

    assert violations(modules) == []


def test_a_package_that_gathers_its_modules_is_no_ring_until_one_of_them_asks_it_back() -> None:
    """`from bot.core.matching import find` inside matching/ is a ring; a sibling's own name is none."""
    gathering = {
        "bot.core.matching": "from bot.matching.index import find",
        "bot.matching.index": "from bot.core.matching import features",
        "bot.matching.features": "",
    }
    asking_back = {**gathering, "bot.matching.features": "from bot.core.matching import find"}

    assert cycles({name: Module(name, source) for name, source in gathering.items()}) == []
    assert len(cycles({name: Module(name, source) for name, source in asking_back.items()})) == 1
