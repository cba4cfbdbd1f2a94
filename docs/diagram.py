"""Draws docs/architecture.svg: which package of bot/ imports which, read from the code.

Run it as `python docs/diagram.py` after a change of imports; tests/test_docs.py compares the file with the code. The
drawing leaves out an arrow that follows from others (a imports b, b imports c).
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

BOT = Path(__file__).parents[1] / "bot"
FILE = Path(__file__).with_name("architecture.svg")

SHELLS = {"storage", "telegram_api", "telegram_ui", "control", "cli", "sandbox"}
#: From the inside to the outside. Rows of the drawing count only imports that point inwards.
ORDER = (
    "i18n", "matching", "knowledge", "answers", "people", "publishing", "inbox", "following", "broadcasts",
    "evaluation", "storage", "telegram_api", "telegram_ui", "control", "sandbox", "runtime", "app", "cli",
)  # fmt: skip
#: Fill colours: what starts the program, shells, subjects.
_TOP, _SHELL, _SUBJECT = "#e8eaf6", "#fff3e0", "#e0f2f1"

_BOX_WIDTH, _BOX_HEIGHT, _COLUMN, _ROW, _MARGIN = 132, 40, 172, 96, 24

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="15">
<title>Packages of bot/ and their imports</title>
<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 8 4 0 8z" fill="#607d8b"/></marker></defs>
<rect width="{width}" height="{height}" fill="#ffffff"/>
{content}
</svg>
"""

Graph = Mapping[str, set[str]]


def packages() -> list[str]:
    """The packages of bot/, and app, which connects them."""
    return ["app", *sorted(path.parent.name for path in BOT.glob("*/__init__.py"))]


def imports() -> dict[str, set[str]]:
    """For each package, the other packages that its modules import."""
    known = packages()
    found: dict[str, set[str]] = {name: set() for name in known}
    for path in sorted(BOT.rglob("*.py")):
        source = path.relative_to(BOT).with_suffix("").parts[0]
        if source in found:
            found[source] |= {name for name in _imported(path) if name in found and name != source}
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module="bot", names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)) if module.startswith("bot."):
                yield module.split(".")[1]
            case ast.Import(names=names):
                yield from (alias.name.split(".")[1] for alias in names if alias.name.startswith("bot."))
            case _:
                pass


def levels(graph: Graph) -> dict[str, int]:
    """How many imports lie between a package and one that imports nothing, at most."""
    found: dict[str, int] = {}
    for name in sorted(graph, key=ORDER.index):
        found[name] = max((found[other] for other in graph[name] if other in found), default=-1) + 1
    return found


def direct(graph: Graph) -> list[tuple[str, str]]:
    """The imports that do not follow from others."""
    return [
        (source, target)
        for source in sorted(graph)
        for target in sorted(graph[source])
        if not any(target in _reachable(graph, other, {source}) for other in graph[source] - {target})
    ]


def _reachable(graph: Graph, start: str, without: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found | without:
            found.add(name)
            waiting += graph[name]
    return found - {start}


def svg(graph: Graph) -> str:
    """The drawing, as text that changes only when the imports do."""
    places = _places(levels(graph))
    width = max(x for x, _ in places.values()) + _BOX_WIDTH + _MARGIN
    height = max(y for _, y in places.values()) + _BOX_HEIGHT + _MARGIN
    arrows = [_arrow(places[source], places[target]) for source, target in direct(graph)]
    boxes = [_box(name, x, y) for name, (x, y) in sorted(places.items())]
    return _SVG.format(width=width, height=height, content="\n".join([*arrows, *boxes]))


def _places(level_of: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each box: a row for each level, the highest first, each row centred."""
    rows = [sorted(name for name in level_of if level_of[name] == level) for level in range(max(level_of.values()) + 1)]
    rows.reverse()
    widest = max(map(len, rows))
    return {
        name: (_MARGIN + (widest - len(row)) * _COLUMN // 2 + column * _COLUMN, _MARGIN + number * _ROW)
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    }


def _arrow(source: tuple[int, int], target: tuple[int, int]) -> str:
    start = (source[0] + _BOX_WIDTH // 2, source[1] + _BOX_HEIGHT)
    end = (target[0] + _BOX_WIDTH // 2, target[1])
    bend = max((end[1] - start[1]) // 2, 20)
    curve = f"M{start[0]} {start[1]}C{start[0]} {start[1] + bend} {end[0]} {end[1] - bend} {end[0]} {end[1]}"
    return f'<path d="{curve}" fill="none" stroke="#607d8b" stroke-width="1.3" marker-end="url(#end)"/>'


def _box(name: str, x: int, y: int) -> str:
    colour = _TOP if name in ("runtime", "app") else _SHELL if name in SHELLS else _SUBJECT
    middle = f'x="{x + _BOX_WIDTH // 2}" y="{y + _BOX_HEIGHT // 2 + 5}"'
    return (
        f'<rect x="{x}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6" fill="{colour}" stroke="#607d8b"/>'
        f'<text {middle} text-anchor="middle" fill="#263238">{name}</text>'
    )


if __name__ == "__main__":
    FILE.write_text(svg(imports()), encoding="utf-8")
