"""Edits ways of asking in the files that contain them: list items are added and removed, all other lines stay.

A list may be in `projects.yaml`, under its area, project or fact, or in a file of `asking`, under their ids, or in
both. A removed text is removed everywhere. A new text is added to the last list of its kind outside
`asking/inbox.yaml`. If there is none, a new list is created: in `asking/<area>.yaml` if the knowledge is a folder,
otherwise in the entry itself.

The result is loaded and compared with the requested edits, so an unknown layout is refused and never damaged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.i18n.languages import Language
from bot.knowledge import KnowledgeBase
from bot.knowledge.asking import ways_of
from bot.knowledge.edits import AskingEdit
from bot.publishing.files.folder import ASKING, INBOX_FILE, MAIN, SCHEMA_LINE
from bot.publishing.yaml.nodes import Node, first_mapping, line_break_of, line_end, line_start
from bot.publishing.yaml.patches import Patch, UnknownLayoutError, patched, unsafe
from bot.publishing.yaml.scalars import on_one_line
from bot.publishing.yaml.syntax_errors import LINE_BREAK

#: What is not a statement of an area or project.
_WAYS: Any = {"__all__": {"facts": {"__all__": {"questions"}}, "words": True, "phrasings": True}}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a list is or will be: the innermost existing mapping, and the missing fields below it."""

    file: str
    source: str
    mapping: Node
    missing: tuple[str, ...]
    found: Node | None = None  #: the value, if nothing is missing
    after_key: int = 0  #: the end of the innermost field's name


def rewrite_asking(
    files: Mapping[str, bytes], edits: Sequence[AskingEdit], knowledge: KnowledgeBase
) -> dict[str, bytes]:
    """The files with the edits in them; raises FileError if their layout is unknown. The caller compares the result."""
    texts = {name: body.decode("utf-8") for name, body in files.items()}
    for edit in edits:
        try:
            _apply(edit, texts, knowledge)
        except (yaml.YAMLError, UnknownLayoutError, StopIteration):
            raise unsafe(edit.kind, edit.entry) from None
    return {name: text.encode() for name, text in texts.items()}


def is_as_asked(before: KnowledgeBase, after: KnowledgeBase, edits: Sequence[AskingEdit]) -> bool:
    """Whether the versions differ in the edits and nothing else; the order of a list does not matter."""
    wanted, found = _flat(before), _flat(after)
    wanted |= {(edit.entry, edit.kind, edit.fact, edit.language): frozenset(edit.texts) for edit in edits}
    return wanted == found and _statements(before) == _statements(after)


def _flat(knowledge: KnowledgeBase) -> dict[tuple[str, str, str | None, Language], frozenset[str]]:
    return {
        (*key, language): frozenset(texts)
        for key, ways in ways_of(knowledge).items()
        for language, texts in ways.model_dump().items()
    }


def _statements(knowledge: KnowledgeBase) -> dict[str, object]:
    return knowledge.model_dump(exclude={"areas": _WAYS, "projects": _WAYS})


# --- One edit -------------------------------------------------------------------------------------------------------


def _apply(edit: AskingEdit, texts: dict[str, str], knowledge: KnowledgeBase) -> None:
    places = [place for name, text in texts.items() if (place := _place_in(name, text, edit, knowledge))]
    lists = [place for place in places if place.found]
    known = {item.value.strip() for place in lists for item in _items(place)}
    new = [text for text in edit.texts if text not in known]
    growing = next((place for place in reversed(lists) if place.file != INBOX_FILE), None)
    for place in lists:
        texts[place.file] = patched(place.source, _changed(place, edit.texts, new if place is growing else ()))
    if new and growing is None:
        place = _best(places, edit, texts, knowledge)
        texts[place.file] = patched(place.source, [_added_below(place, new)])


def _items(place: _Place) -> tuple[Node, ...]:
    return place.found.items if place.found else ()


def _best(places: Sequence[_Place], edit: AskingEdit, texts: Mapping[str, str], knowledge: KnowledgeBase) -> _Place:
    """Where a new list belongs: the file of its area in a folder, otherwise the entry itself."""
    if len(texts) == 1:
        return places[0]
    own = _file_of(edit, knowledge)
    in_asking = [place for place in places if place.file not in (MAIN, INBOX_FILE)]
    holding = [place for place in in_asking if edit.entry not in place.missing]
    named = [place for place in in_asking if place.file == own]
    return next(iter(holding or named), None) or _new_file(edit, knowledge)


def _file_of(edit: AskingEdit, knowledge: KnowledgeBase) -> str:
    project = knowledge.project_by_id.get(edit.entry)
    return f"{ASKING}/{project.area if project else edit.entry}.yaml"


def _new_file(edit: AskingEdit, knowledge: KnowledgeBase) -> _Place:
    part, *below = _path(edit, knowledge)
    source = f"{SCHEMA_LINE}{part}: {{}}\n"
    mapping = first_mapping(source).pairs[0].value
    return _Place(_file_of(edit, knowledge), source, mapping, tuple(below))


def _path(edit: AskingEdit, knowledge: KnowledgeBase) -> list[str]:
    """The path of a list in a file of `asking`."""
    part = "projects" if edit.entry in knowledge.project_by_id else "areas"
    return [part, edit.entry, edit.kind, *([edit.fact] if edit.fact else []), edit.language]


# --- Finding --------------------------------------------------------------------------------------------------------


def _place_in(file: str, source: str, edit: AskingEdit, knowledge: KnowledgeBase) -> _Place | None:
    root, path = first_mapping(source), _path(edit, knowledge)
    if file != MAIN:
        return _descended(file, source, root, path)
    owner = _entry(root, path[0], edit.entry)
    if owner and edit.fact:
        owner = _entry(owner, "facts", edit.fact)
    return _descended(file, source, owner, [edit.kind, edit.language]) if owner else None


def _entry(mapping: Node, field: str, name: str) -> Node | None:
    pair = mapping.pair(field)
    return pair.value.entry(name) if pair else None


def _descended(file: str, source: str, mapping: Node, path: Sequence[str]) -> _Place:
    for depth, name in enumerate(path):
        pair = mapping.pair(name)
        if pair is None:
            return _Place(file, source, mapping, tuple(path[depth:]))
        if depth + 1 == len(path):
            return _Place(file, source, mapping, (), pair.value, pair.key.end)
        if not pair.value.pairs and pair.value.style != "nothing" and source[pair.value.start] != "{":
            raise UnknownLayoutError
        mapping = pair.value
    raise UnknownLayoutError


# --- Changing a list ------------------------------------------------------------------------------------------------


def _changed(place: _Place, wanted: Sequence[str], new: Sequence[str]) -> list[Patch]:
    """Patches that keep the wanted texts in a list, and add the new ones."""
    node, source = place.found, place.source
    if node is None or (node.style not in ("block", "flow", "nothing")):
        raise UnknownLayoutError
    kept = [item for item in node.items if item.value.strip() in wanted]
    if len(kept) == len(node.items) and not new:
        return []
    if node.style == "nothing" or not node.items or not kept:
        return [_replaced(place, new)]
    if node.style == "flow":
        return [(node.start, node.end, _shorter(source, node, kept, new))]
    return _block_patches(source, node, kept, new)


def _block_patches(source: str, node: Node, kept: Sequence[Node], new: Sequence[str]) -> list[Patch]:
    """Remove the lines of other items, and add lines after the last kept item."""
    patches = [(*_line_of(source, item), "") for item in node.items if item not in kept]
    hyphen, line_break, end = _hyphen(source, kept[-1]), line_break_of(source), line_end(source, kept[-1].end)
    lines = "".join(f"{line_break}{hyphen}{on_one_line(text, 'plain', flow=False)}" for text in new)
    return [*patches, (end, end, lines)]


def _replaced(place: _Place, new: Sequence[str]) -> Patch:
    """The whole value as a flow list, directly after the name of its field."""
    node, source = place.found, place.source
    if node is None:
        raise UnknownLayoutError
    written = _in_brackets(new)
    if node.style == "flow":
        return (node.start, node.end, written)
    colon = source.index(":", place.after_key) + 1
    if node.style == "nothing":
        return (colon, colon, f" {written}")
    return (colon, node.items[-1].end, f" {written}")


def _in_brackets(texts: Sequence[str]) -> str:
    return f"[{', '.join(on_one_line(text, 'plain', flow=True) for text in texts)}]"


def _shorter(source: str, node: Node, kept: Sequence[Node], new: Sequence[str]) -> str:
    """A flow list with the kept items as written, followed by the new ones."""
    text, before = source[node.start : node.items[0].start], None
    for at, item in enumerate(node.items):
        if item in kept:
            gap = source[node.items[at - 1].end : item.start] if before else ""
            text, before = text + gap + source[item.start : item.end], item
    text += "".join(f", {on_one_line(each, 'plain', flow=True)}" for each in new)
    text += source[node.items[-1].end : node.end]
    if "#" in text and text.count("#") != source[node.start : node.end].count("#"):
        raise UnknownLayoutError
    return text


def _hyphen(source: str, item: Node) -> str:
    """The text before an item of a block list on its line."""
    before = source[line_start(source, item.start) : item.start]
    if before.strip() != "-":
        raise UnknownLayoutError
    return before


def _line_of(source: str, item: Node) -> tuple[int, int]:
    _hyphen(source, item)
    end = line_end(source, item.end)
    found = LINE_BREAK.match(source, end)
    return line_start(source, item.start), found.end() if found else end


# --- Adding a list --------------------------------------------------------------------------------------------------


def _added_below(place: _Place, new: Sequence[str]) -> Patch:
    """The missing fields and the list, at the end of the innermost existing mapping."""
    mapping, source = place.mapping, place.source
    if mapping.style == "nothing":
        return (mapping.end, mapping.end, f" {{{_between_brackets(place.missing, new)}}}")
    if mapping.style == "flow":
        inner = _between_brackets(place.missing, new)
        at = mapping.pairs[-1].value.end if mapping.pairs else mapping.start + 1
        return (at, at, f", {inner}" if mapping.pairs else inner)
    first = mapping.pairs[0].key.start
    indent = " " * (first - line_start(source, first))
    lines = [f"{indent}{'  ' * depth}{name}:" for depth, name in enumerate(place.missing)]
    deepest = indent + "  " * len(place.missing)
    lines += [f"{deepest}- {on_one_line(text, 'plain', flow=False)}" for text in new]
    end = line_end(source, mapping.pairs[-1].value.end)
    return (end, end, "".join(f"{line_break_of(source)}{line}" for line in lines))


def _between_brackets(names: Sequence[str], texts: Sequence[str]) -> str:
    inner = f"{names[-1]}: {_in_brackets(texts)}"
    for name in reversed(names[:-1]):
        inner = f"{name}: {{{inner}}}"
    return inner
