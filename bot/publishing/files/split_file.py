"""Splits a single knowledge file into statements and ways of asking.

Lines are moved, not rewritten: afterwards every line of a statement, and every comment, is in `projects.yaml` or in a
file of `asking/`. A field that shares a line with a statement stays where it is. The result is loaded and compared with
the original before it is returned.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.errors import FileError
from bot.i18n.message import lazy_gettext
from bot.publishing.files.folder import ASKING, MAIN, SCHEMA_LINE, pack, unpack
from bot.publishing.files.load import load_content
from bot.publishing.yaml.nodes import lines_of

_TOPICS = "topics_elsewhere"
_LEADING = re.compile(r"[ \t]*(#.*)?\Z")


@dataclass
class _Asking:
    """The lines of one area's file."""

    areas: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)

    def text(self, area: str) -> str:
        parts = [
            SCHEMA_LINE,
            f"# How citizens ask about the area {area} and its projects; the statements are in ../projects.yaml.\n",
        ]
        for name, lines in (("areas", self.areas), ("projects", self.projects)):
            parts += [f"{name}:\n", *lines] if lines else []
        return "".join(parts)


def split(content: bytes) -> dict[str, bytes]:
    """The files for a valid single file; raises FileError if a split is impossible or would change its meaning."""
    before = load_content(content)
    if before.knowledge is None:
        raise FileError(lazy_gettext("The knowledge file has errors; `minsheng check` lists them."))
    if len(unpack(content)) > 1:
        raise FileError(lazy_gettext("The knowledge is split already."))
    files = {name: text.encode() for name, text in _split(content.decode("utf-8-sig")).items()}
    after = load_content(pack(files))
    if after.knowledge != before.knowledge:
        raise FileError(lazy_gettext("The knowledge file cannot be split without changing it, so nothing was written."))
    return files


def _split(text: str) -> dict[str, str]:
    text = text if text.endswith("\n") else f"{text}\n"
    lines = lines_of(text)
    root: Any = yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    blocks = {key.value: (key, value) for key, value in root.value}
    asking: dict[str, _Asking] = {}
    for part in ("areas", "projects"):
        for entry in blocks[part][1].value if part in blocks else ():
            area = _text(entry, "id" if part == "areas" else "area")
            moved = _moved(entry, lines)
            if moved:
                own = asking.setdefault(area, _Asking())
                (own.areas if part == "areas" else own.projects).extend([f"  {_text(entry, 'id')}:\n", *moved])
    files = {f"{ASKING}/{area}.yaml": own.text(area) for area, own in asking.items()}
    head, parts = _blocks(lines, [key for key, _ in root.value])
    if _TOPICS in parts:
        files[f"{ASKING}/topics-elsewhere.yaml"] = SCHEMA_LINE + "".join(parts.pop(_TOPICS)).lstrip("\n")
    order = sorted(parts, key=lambda name: (name != "city", name != "projects"))
    return {MAIN: "".join([head, *("".join(parts[name]) for name in order)]), **files}


def _blocks(lines: Sequence[str], keys: Sequence[Any]) -> tuple[str, dict[str, list[str]]]:
    """The lines before the first block, and each top-level block with the comments above it."""
    starts = [_first_comment(lines, key.start_mark.line) if at else key.start_mark.line for at, key in enumerate(keys)]
    ends = [*starts[1:], len(lines)]
    blocks = {key.value: list(lines[start:end]) for key, start, end in zip(keys, starts, ends, strict=True)}
    return "".join(lines[: starts[0]]), blocks


def _first_comment(lines: Sequence[str], line: int) -> int:
    """The first of the blank lines and comments directly above a line with the same indentation."""
    while line and re.match(r"#|\s*\Z", lines[line - 1]):
        line -= 1
    return line


def _moved(entry: Any, lines: list[str]) -> list[str]:
    """The ways of asking of an entry, as lines of their own file; removed from `lines`."""
    if entry.flow_style:
        return []
    moved: list[str] = []
    questions: list[str] = []
    for key, value in entry.value:
        if key.value in ("words", "phrasings"):
            moved += _cut(lines, key, value, key.value, 4)
        for fact in value.value if key.value == "facts" and not value.flow_style else ():
            for inner, asked in fact.value if not fact.flow_style else ():
                if inner.value == "questions":
                    questions += _cut(lines, inner, asked, _text(fact, "id"), 6)
    return [*moved, *(["    questions:\n", *questions] if questions else [])]


def _cut(lines: list[str], key: Any, value: Any, name: str, indent: int) -> list[str]:
    """Cut out a field and return its lines with a new name and indentation; empty if it shares a line."""
    first, last = key.start_mark.line, _last_line(lines, value)
    if lines[first][: key.start_mark.column].strip() or not _LEADING.match(lines[last][_end(lines, value) :].rstrip()):
        return []
    cut = lines[first : last + 1]
    lines[first : last + 1] = [""] * len(cut)
    cut[0] = cut[0].replace(key.value, name, 1)
    return list(_indented(cut, indent - key.start_mark.column))


def _last_line(lines: Sequence[str], value: Any) -> int:
    """The last line of a value, without trailing blank lines and comments of a block."""
    end = value.end_mark
    if isinstance(value, yaml.ScalarNode) or value.flow_style:
        return int(end.line)
    line = int(end.line) - 1  # the end mark of a block is at the beginning of the next line
    while _LEADING.match(lines[line].rstrip("\r\n")):
        line -= 1
    return line


def _end(lines: Sequence[str], value: Any) -> int:
    """The end column of the value in its last line."""
    inline = isinstance(value, yaml.ScalarNode) or value.flow_style
    return int(value.end_mark.column) if inline else len(lines[_last_line(lines, value)])


def _indented(lines: Sequence[str], by: int) -> Iterator[str]:
    for line in lines:
        yield line if not line.strip() else " " * by + line if by >= 0 else line[min(-by, _indent(line)) :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _text(entry: Any, name: str) -> str:
    return next((str(value.value).strip() for key, value in entry.value if key.value == name), "")
