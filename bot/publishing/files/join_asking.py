"""Joins the ways of asking, which are in their own files, with the statements that they belong to.

Values and marks have the same shape, as `yaml/node_loader.py` creates them: `[own, first, second, ...]` for a list,
`[own, key, value, key, value, ...]` for a mapping, a number for a scalar. Both are changed in place.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.i18n.message import lazy_gettext
from bot.knowledge.diagnostics import Diagnostic, Mark, quoted

Tree = tuple[Any, Any]  #: values and their marks


def join(main: Tree, asking: Tree, mark_of: Any) -> Iterator[Diagnostic]:
    """Add one file's ways of asking to the areas and projects with the same ids; warn about each unknown id.

    Lists are joined without duplicates. `mark_of` creates a `Mark` from a position.
    """
    data, marks = main
    if not isinstance(data, dict) or not isinstance(asking[0], dict):
        return
    for part, found, found_marks, key_mark in _fields(asking):
        if part in ("topics_elsewhere", "smalltalk"):
            _put(data, marks, part, (found, found_marks), key_mark)
            continue
        of = "topics_elsewhere" if part == "topics" else part
        entries = _entries((data.get(of), _marks_of(data, marks, of)))
        for name, ways, ways_marks, place in _fields((found, found_marks)):
            if name in entries:
                yield from _join_entry(entries[name], (ways, ways_marks), name, mark_of)
            else:
                yield _unknown(mark_of(place), name)


def _join_entry(entry: Tree, asking: Tree, owner: str, mark_of: Any) -> Iterator[Diagnostic]:
    data, marks = entry
    for field, found, found_marks, key_mark in _fields(asking):
        if field != "questions":
            _put(data, marks, field, (found, found_marks), key_mark)
            continue
        facts = _entries((data.get("facts"), _marks_of(data, marks, "facts")))
        for name, questions, questions_marks, place in _fields((found, found_marks)):
            if name in facts:
                _put(*facts[name], "questions", (questions, questions_marks), place)
            else:
                yield _unknown(mark_of(place), f"{owner}/{name}")


def _unknown(mark: Mark, name: str) -> Diagnostic:
    sentence = lazy_gettext(
        "there is no {name} in `projects.yaml`: these ways of asking are not used", name=quoted(name)
    )
    return Diagnostic(mark, "warning", sentence, lazy_gettext("correct the id, or take these lines out"))


def _put(data: dict[str, Any], marks: list[Any], field: str, found: Tree, key_mark: Any) -> None:
    """Set a field, or extend the list or mapping that is already there; an existing text is kept."""
    if field not in data:
        data[field] = found[0]
        marks += [key_mark, found[1]]
        return
    at = 2 + 2 * list(data).index(field)
    old = data[field]
    if isinstance(old, dict) and isinstance(found[0], dict):
        for inner, value, value_marks, inner_key in _fields(found):
            _put(old, marks[at], inner, (value, value_marks), inner_key)
    elif isinstance(old, list) and isinstance(found[0], list):
        new = [(value, mark) for value, mark in zip(found[0], found[1][1:], strict=True) if value not in old]
        old += [value for value, _ in new]
        marks[at] += [mark for _, mark in new]
    elif old is None:
        data[field], marks[at] = found


def _fields(tree: Tree) -> Iterator[tuple[str, Any, Any, Any]]:
    """Name, value, marks of the value and mark of the key, for each field of a mapping; empty for anything else."""
    data, marks = tree
    for at, (name, value) in enumerate(data.items() if isinstance(data, dict) else ()):
        yield name, value, marks[2 + 2 * at], marks[1 + 2 * at]


def _marks_of(data: Mapping[str, Any], marks: list[Any], field: str) -> Any:
    return marks[2 + 2 * list(data).index(field)] if field in data else None


def _entries(tree: Tree) -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """The entries of a list by their ids."""
    data, marks = tree
    listed = zip(data, marks[1:], strict=True) if isinstance(data, list) else ()
    return {
        entry["id"].strip(): (entry, own)
        for entry, own in listed
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    }
