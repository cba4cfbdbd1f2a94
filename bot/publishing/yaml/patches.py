"""The text patches of one edit: only the characters of the edited field change."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from bot.errors import FileError
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import lazy_gettext
from bot.knowledge import Project
from bot.knowledge.edits import Edit
from bot.publishing.yaml.nodes import (
    Node,
    Pair,
    Style,
    comments_in,
    header_end,
    indent_of,
    line_end,
    line_start,
)
from bot.publishing.yaml.scalars import in_block, on_one_line
from bot.publishing.yaml.syntax_errors import LINE_BREAK

_FIELDS = tuple(Project.model_fields)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Lines of a folded text are filled to at least this width.
_NARROWEST = 60

Patch: TypeAlias = tuple[int, int, str]  #: start, end, and the text that replaces it


class UnknownLayoutError(Exception):
    """The entry is written in an unknown layout."""


def unsafe(field: str, entry: str) -> FileError:
    """The error for a field whose layout cannot be patched safely."""
    return FileError(
        lazy_gettext(
            "`{field}` of “{project}” is written in a way that I cannot change safely, so nothing was changed. "
            "Please change this place in the file itself.",
            field=field,
            project=entry,
        )
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of an entry."""

    source: str
    line_break: str  #: the one that the file has
    root: Node


def edited(entry: Entry, edit: Edit) -> str:
    """The text of an entry with the edit in it; raises UnknownLayoutError if that is not safe."""
    return patched(entry.source, _patches(entry, edit))


def patched(source: str, patches: Iterable[Patch]) -> str:
    """The text with the patches in it, which do not overlap."""
    for start, end, text in sorted(patches, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _is_blank(text: str | None) -> bool:
    """Whether the model reads this as no text."""
    return not (text or "").strip()


def pair_of(root: Node, edit: Edit) -> Pair | None:
    """The edited field of the entry or of one of its facts."""
    if edit.fact is None:
        return root.pair(edit.field)
    facts = root.pair("facts")
    fact = facts.value.entry(edit.fact) if facts else None
    return fact.pair(edit.field) if fact else None


def _patches(entry: Entry, edit: Edit) -> list[Patch]:
    if edit.language is None:
        return _set(entry, entry.root, _FIELDS, edit.field, edit.value)
    field = pair_of(entry.root, edit)
    if edit.fact and (field is None or not field.value.pairs):
        raise UnknownLayoutError
    if field is None or field.value.style == "nothing":
        return [] if edit.value is None or _is_blank(edit.value) else _first_text(entry, field, edit, edit.value)
    others = [pair for pair in field.value.pairs if pair.key.value != edit.language and not _is_blank(pair.value.value)]
    if edit.value is None and not others:
        return _taken_out(entry, entry.root, field)
    return _set(entry, field.value, LANGUAGES, edit.language, edit.value)


def _set(entry: Entry, mapping: Node, order: Sequence[str], name: str, value: str | None) -> list[Patch]:
    """Change, add or remove one scalar of a mapping."""
    pair = mapping.pair(name)
    if pair is None:
        if value is None:
            return []
        written = f"{_key(mapping, name)}: {_scalar(name, value, _style_in(mapping), mapping)}"
        return _added(entry, mapping, order, name, written)
    if pair.value.style in ("block", "flow"):
        raise UnknownLayoutError
    if pair.value.value.strip() == (value or "").strip():
        return []
    return _taken_out(entry, mapping, pair) if value is None else _exchanged(entry, mapping, pair, value)


def _first_text(entry: Entry, field: Pair | None, edit: Edit, value: str) -> list[Patch]:
    """A field with its first language, in the same layout as the project's title."""
    title = entry.root.pair("title")
    if title is None or not title.value.pairs or edit.language is None:
        raise UnknownLayoutError
    texts = title.value
    flow = texts.style == "flow"
    text = f"{_key(texts, edit.language)}: {_scalar(edit.language, value, _style_in(texts), texts)}"
    inner = f" {{{text}}}" if flow else entry.line_break + indent_of(entry.source, texts.start) + text
    if field is None:
        return _added(entry, entry.root, _FIELDS, edit.field, f"{_key(entry.root, edit.field)}:{inner}")
    place = field.value.end if flow else line_end(entry.source, field.value.end)
    return [(place, place, _missing_colon(entry, field) + inner)]


# --- Style of neighbouring values ------------------------------------------------------------------------------------


def _style_in(mapping: Node) -> Style:
    """The style for a new scalar: that of the last neighbour on a single line."""
    styles = [pair.value.style for pair in mapping.pairs if pair.value.style in ("plain", "'", '"')]
    return styles[-1] if styles else "plain"


def _key(mapping: Node, name: str) -> str:
    """A field's name, quoted like its neighbours."""
    quote = mapping.pairs[0].key.style if mapping.pairs else "plain"
    return f"{quote}{name}{quote}" if quote in ("'", '"') else name


def _missing_colon(entry: Entry, field: Pair) -> str:
    """The colon after a name in flow style, which may be missing."""
    return "" if entry.source.endswith(":", 0, field.value.end) else ":"


def _scalar(name: str, value: str, style: Style, mapping: Node) -> str:
    if name in ("as_of", "due") and style == "plain" and _DAY.fullmatch(value):
        return value  # the fields in which a value that looks like a date is a date
    return on_one_line(value, style, flow=mapping.style == "flow")


# --- Replacing -------------------------------------------------------------------------------------------------------


def _exchanged(entry: Entry, mapping: Node, pair: Pair, value: str) -> list[Patch]:
    """Replace the old text."""
    node, name = pair.value, pair.key.value
    if node.style == "nothing":
        written = _scalar(name, value, _style_in(mapping), mapping)
        return [(node.end, node.end, f"{_missing_colon(entry, pair)} {written}")]
    if node.style in ("|", ">"):
        return _exchanged_block(entry, node, value)
    return [(node.start, node.end, _scalar(name, value, node.style, mapping))]


def _exchanged_block(entry: Entry, node: Node, value: str) -> list[Patch]:
    """Replace the lines below a `|` or `>`, or write the text on one line instead."""
    source = entry.source
    head, top = header_end(source, node), line_end(source, node.start)
    old = LINE_BREAK.split(source[top : node.end])[1:]
    indent = min((line[: len(line) - len(line.lstrip(" "))] for line in old if line.strip()), key=len, default="")
    lines = in_block(value, node.style, max([_NARROWEST, *(len(line) - len(indent) for line in old)]))
    # A digit sets the indentation relative to the field; that case is not supported.
    if lines is None or not old or re.search("[0-9]", source[node.start : head]):
        return [(node.start, head, on_one_line(value, '"', flow=False)), (top, max(top, node.end), "")]
    below = (f"{entry.line_break}{indent}{line}" if line else entry.line_break for line in lines)
    return [(top, node.end, "".join(below))]


# --- Adding ---------------------------------------------------------------------------------------------------------


def _added(entry: Entry, mapping: Node, order: Sequence[str], name: str, text: str) -> list[Patch]:
    """A new field, after its predecessor in `order`."""
    earlier = order[: order.index(name)]
    ranked = [pair for pair in mapping.pairs if pair.key.value in earlier]
    before = max(ranked, key=lambda pair: earlier.index(pair.key.value), default=None)
    if mapping.style == "flow":
        return [_added_in_brackets(entry, mapping, before, text)]
    first = mapping.pairs[0].key.start
    indent = " " * (first - line_start(entry.source, first))
    if before is None:
        return [(first, first, text + entry.line_break + indent)]
    place = line_end(entry.source, before.value.end)
    return [(place, place, entry.line_break + indent + text)]


def _added_in_brackets(entry: Entry, mapping: Node, before: Pair | None, text: str) -> Patch:
    pairs = mapping.pairs
    gaps = [entry.source[one.value.end : other.key.start] for one, other in pairwise(pairs)]
    gap = next((gap for gap in gaps if re.fullmatch(r",\s*", gap)), ", ")
    at = pairs.index(before) + 1 if before else 0
    if at < len(pairs):
        return (pairs[at].key.start, pairs[at].key.start, text + gap)
    place = before.value.end if before else mapping.start + 1
    return (place, place, gap + text if before else text)


# --- Removing --------------------------------------------------------------------------------------------------------


def _taken_out(entry: Entry, mapping: Node, pair: Pair) -> list[Patch]:
    """Remove a field; comments on its lines stay, each on its own line."""
    if mapping.style == "flow":
        return [_taken_out_of_brackets(entry, mapping, pair)]
    source = entry.source
    first, last = line_start(source, pair.key.start), line_end(source, pair.value.end)
    if first == 0 or source[first : pair.key.start].strip():
        raise UnknownLayoutError  # it follows the hyphen of its entry
    comments = comments_in(source, [pair], first, last)
    if comments:
        return [(first, last, entry.line_break.join(comments))]
    after = LINE_BREAK.match(source, last)
    if after:
        return [(first, after.end(), "")]
    # At the end of a file without a final line break, remove the preceding line break.
    return [(first - len(entry.line_break), last, "")]


def _taken_out_of_brackets(entry: Entry, mapping: Node, pair: Pair) -> Patch:
    source, pairs, at = entry.source, mapping.pairs, mapping.pairs.index(pair)
    start, end = pair.key.start, pair.value.end
    # A comment between two fields stays in place; a comma before the closing bracket is harmless.
    if at + 1 == len(pairs):
        before = pairs[at - 1].value.end
        return (start if "#" in source[before:start] else before, end, "")
    after = pairs[at + 1].key.start
    gap = source[end:after]
    return (start, end + gap.index(",") + 1 if "#" in gap else after, "")
