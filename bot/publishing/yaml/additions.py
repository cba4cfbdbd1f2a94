"""Adds what staff teach from the inbox to the knowledge files: ways of asking, a fact, a project.

Ways of asking go into `asking/inbox.yaml`. The program writes that file as a whole, so no hand-edited file is touched.
A new fact or project is a statement and goes into `projects.yaml`: its lines are inserted after the last entry of its
list, everything else stays unchanged, and the result is read again and compared. Flow style (brackets) is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import yaml

from bot.errors import FileError
from bot.i18n.languages import Language
from bot.i18n.message import lazy_gettext
from bot.publishing.files.folder import INBOX_FILE, MAIN, pack, unpack
from bot.publishing.yaml.loader import read
from bot.publishing.yaml.nodes import Node, first_mapping, line_break_of, line_end, line_start

#: Where ways of asking belong: the section of the file, the id in it and, for a fact, its id.
Place: TypeAlias = tuple[Literal["projects", "areas", "topics", "smalltalk"], str, str | None]
#: Texts with their languages.
Texts: TypeAlias = Sequence[tuple[Language, str]]

_HEAD = "# Ways of asking taught from the inbox. The program writes this file as a whole; comments are lost.\n"
#: The most characters of a line in this file.
_WIDTH = 110


def with_ways_of_asking(content: bytes, place: Place, texts: Texts) -> bytes:
    """The content with these ways of asking added; existing ones are not repeated."""
    files = unpack(content)
    part, owner, fact = place
    data = _load(files.get(INBOX_FILE, b""))
    entry = data.setdefault(part, {}).setdefault(owner, {})
    if fact is not None:
        entry = entry.setdefault("questions", {}).setdefault(fact, {})
    elif part != "smalltalk":
        entry = entry.setdefault("phrasings", {})
    for language, text in texts:
        known = entry.setdefault(language, [])
        if text not in known:
            known.append(text)
    files[INBOX_FILE] = (_HEAD + _dump(data)).encode()
    return pack(files)


def with_project(content: bytes, project: Mapping[str, Any]) -> bytes:
    """The content with a project after the last one of its area; raises FileError if that is not safe."""
    files = unpack(content)
    text = files[MAIN].decode()
    items = _items(text, "projects")
    same = [item for item in items if item.text("area") == project["area"]]
    files[MAIN] = _inserted(text, (same or items)[-1], project)
    return pack(files)


def with_fact(content: bytes, part: Literal["projects", "areas"], owner: str, fact: Mapping[str, Any]) -> bytes:
    """The content with a fact as the last one of a project or area; raises FileError if that is not safe."""
    files = unpack(content)
    text = files[MAIN].decode()
    entry = next((item for item in _items(text, part) if item.text("id") == owner), None)
    if entry is None or entry.style != "block":
        raise _unsafe()
    facts = entry.pair("facts")
    if facts is None:
        files[MAIN] = _with_first_fact(text, entry, fact)
    elif facts.value.style == "block" and facts.value.items:
        files[MAIN] = _inserted(text, facts.value.items[-1], fact)
    else:
        raise _unsafe()
    return pack(files)


def _items(text: str, part: str) -> Sequence[Node]:
    pair = first_mapping(text).pair(part)
    if pair is None or pair.value.style != "block" or not pair.value.items:
        raise _unsafe()
    return pair.value.items


def _inserted(text: str, before: Node, entry: Mapping[str, Any]) -> bytes:
    """Insert a list entry after another one, with the same indentation."""
    prefix = text[line_start(text, before.start) : before.start]
    if before.style != "block" or prefix.strip() != "-":
        raise _unsafe()
    return _with_lines(text, before.end, _indented(_dump(entry), prefix))


def _with_first_fact(text: str, entry: Node, fact: Mapping[str, Any]) -> bytes:
    indent = " " * (entry.start - line_start(text, entry.start))
    return _with_lines(text, entry.end, _indented(_dump({"facts": [dict(fact)]}), indent))


def _indented(block: str, prefix: str) -> list[str]:
    """The lines of a block after a prefix; from the second line on the prefix is spaces."""
    return [
        f"{' ' * len(prefix) if number else prefix}{line}" for number, line in enumerate(block.rstrip("\n").split("\n"))
    ]


def _with_lines(text: str, end: int, lines: Sequence[str]) -> bytes:
    """Insert lines after the line of `end`; raises FileError unless they add something and change nothing else."""
    line_break, at = line_break_of(text), line_end(text, end)
    result = (text[:at] + line_break + line_break.join(lines) + text[at:]).encode()
    old, new = read(text.encode()), read(result)
    if new["faults"] or new["data"] == old["data"] or not _extends(old["data"], new["data"]):
        raise _unsafe()
    return result


def _extends(old: Any, new: Any) -> bool:
    """Whether `new` equals `old` except for one more list item, or for facts where there were none."""
    if isinstance(old, dict) and isinstance(new, dict):
        return set(new) - set(old) <= {"facts"} and all(name in new and _extends(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list) and len(new) == len(old) + 1:
        return any(old == new[:at] + new[at + 1 :] for at in range(len(new)))
    if isinstance(old, list) and isinstance(new, list) and len(new) == len(old):
        return all(map(_extends, old, new))
    return bool(old == new)


def _load(content: bytes) -> dict[str, Any]:
    data = yaml.load(content, yaml.CBaseLoader)  # noqa: S506 - every scalar is a text
    return data if isinstance(data, dict) else {}


def _dump(data: Mapping[str, Any]) -> str:
    dumped: str = yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=_WIDTH, indent=2)
    return dumped


def _unsafe() -> FileError:
    return FileError(
        lazy_gettext(
            "`projects.yaml` is written in a way that I cannot add to safely, so nothing was changed. Please add "
            "this in the file itself."
        )
    )
