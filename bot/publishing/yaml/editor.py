"""Writes single values into a hand-edited knowledge file and leaves everything else unchanged.

Only the text of an edited value is replaced. The result is read again and compared before it is returned, so an unknown
layout is refused and never damaged.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import yaml

from bot.errors import FileError
from bot.i18n.message import lazy_gettext
from bot.knowledge import LoadedKnowledge
from bot.knowledge.edits import AnyEdit, AskingEdit, Edit
from bot.publishing.files.folder import MAIN, pack, unpack
from bot.publishing.files.load import Places, knowledge_from_answer
from bot.publishing.live import digest_of
from bot.publishing.yaml.asking_editor import is_as_asked, rewrite_asking
from bot.publishing.yaml.loader import read
from bot.publishing.yaml.nodes import comments_in, first_mapping, line_break_of, line_start, lines_of
from bot.publishing.yaml.patches import Entry, UnknownLayoutError, edited, pair_of, unsafe
from bot.publishing.yaml.syntax_errors import LINE_BREAK

_BYTE_ORDER_MARK = "\ufeff"


def rewrite(content: bytes, edits: Sequence[AnyEdit]) -> tuple[bytes, LoadedKnowledge]:
    """A valid content with the edits in it, loaded; raises FileError if that is not safe.

    An edit without effect leaves its text unchanged. The diagnostics of the result judge the new values. Statements are
    read twice, before and after; after edits of ways of asking everything is read once more.
    """
    files = unpack(content)
    old = read(files[MAIN])
    if old["faults"]:
        raise FileError(lazy_gettext("The knowledge file itself has errors, which must be corrected first."))
    files[MAIN], new = _rewritten(files[MAIN], old, [edit for edit in edits if isinstance(edit, Edit)])
    result, loaded = _loaded(files, new)
    asking = [edit for edit in edits if isinstance(edit, AskingEdit)]
    if not asking or loaded.knowledge is None:
        return result, loaded
    files = rewrite_asking(files, asking, loaded.knowledge)
    result, after = _loaded(files, read(files[MAIN]))
    if after.knowledge and not is_as_asked(loaded.knowledge, after.knowledge, asking):
        raise unsafe(asking[0].kind, asking[0].entry)
    return result, after


def _loaded(files: Mapping[str, bytes], main: dict[str, Any]) -> tuple[bytes, LoadedKnowledge]:
    """The files as one content, and their knowledge; `main` is the reader's result for the statements."""
    content = pack(files)
    others = {name: read(body) for name, body in files.items() if name != MAIN}
    answer = {"files": {MAIN: main, **others}} if others else main
    return content, knowledge_from_answer({**answer, "digest": digest_of(content)})


def _rewritten(content: bytes, old: dict[str, Any], edits: Sequence[Edit]) -> tuple[bytes, dict[str, Any]]:
    """The file with the edits in it, and the reader's result for it."""
    text = content.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    starts = _starts(old, text)
    known = {_id_of(project): number for number, project in enumerate(old["data"]["projects"])}
    pieces = [text[start:end] for start, end in pairwise([0, *starts, len(text)])]
    line_break = line_break_of(text)
    for project, changes in _by_project(edits).items():
        if project not in known:
            raise FileError(lazy_gettext("There is no project “{project}” in the file.", project=project))
        number = known[project]
        # The first line of an entry begins after `- `; spaces in its place keep all columns.
        start = starts[number]
        before = " " * (start - line_start(text, start))
        pieces[number + 1] = _entry_with(before + pieces[number + 1], changes, line_break).removeprefix(before)
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK.encode()) else ""
    result = (mark + "".join(pieces)).encode("utf-8", "surrogatepass")
    return result, _compared(old, result, pieces, edits)


def _by_project(edits: Sequence[Edit]) -> dict[str, list[Edit]]:
    changes: dict[str, list[Edit]] = {}
    for edit in edits:
        changes.setdefault(edit.project, []).append(edit)
    return changes


def _starts(answer: Mapping[str, Any], text: str) -> list[int]:
    """The start of each project's entry in the text."""
    places = Places(answer["data"], answer["marks"], of_keys=False)
    lines = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
    marks = [places["projects", number] for number in range(len(answer["data"]["projects"]))]
    return [lines[mark.line - 1] + mark.column - 1 for mark in marks]


def _entry_with(source: str, edits: Sequence[Edit], line_break: str) -> str:
    before = Entry(source, line_break, first_mapping(source))
    for edit in edits:
        try:
            source = edited(before, edit)
            after = Entry(source, line_break, first_mapping(source))
            _hold_to_the_field(before, after, edit)
        except (yaml.YAMLError, UnknownLayoutError):
            raise unsafe(edit.field, edit.project) from None
        before = after
    return before.source


# --- Comparing --------------------------------------------------------------------------------------------------------


def _hold_to_the_field(before: Entry, after: Entry, edit: Edit) -> None:
    """Check that only the field's own lines changed and no comment was lost."""
    # A last line without a line break gets one when another line follows.
    old, new = lines_of(before.source + before.line_break), lines_of(after.source + after.line_break)
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    removed, added = range(head, len(old) - tail), range(head, len(new) - tail)
    noted, still_noted = _comments(before, old, removed), _comments(after, new, added)
    its_old, its_new = _lines_of_field(before, edit), _lines_of_field(after, edit)
    if before.root.style == "flow":  # in flow style fields share a line
        its_old = its_new = its_old | its_new
    if (
        [note.strip() for note in noted] != [note.strip() for note in still_noted]
        or set(removed) - its_old
        or any(new[at].rstrip("\r\n") not in noted for at in set(added) - its_new)
    ):
        raise UnknownLayoutError


def _comments(entry: Entry, lines: Sequence[str], of: range) -> list[str]:
    start = sum(map(len, lines[: of.start]))
    end = min(start + sum(map(len, lines[of.start : of.stop])), len(entry.source))
    return comments_in(entry.source, entry.root.pairs, start, end)


def _lines_of_field(entry: Entry, edit: Edit) -> set[int]:
    pair = pair_of(entry.root, edit)
    if pair is None:
        return set()
    first, last = (len(LINE_BREAK.findall(entry.source, 0, place)) for place in (pair.key.start, pair.value.end))
    return set(range(first, last + 1))


def _compared(old: dict[str, Any], result: bytes, pieces: Sequence[str], edits: Sequence[Edit]) -> dict[str, Any]:
    """The reader's result, which must equal the old values with the edits applied."""
    if not edits:
        return old
    new = read(result)
    if new["faults"] or _starts(new, "".join(pieces)) != list(accumulate(map(len, pieces)))[:-1]:
        raise unsafe(edits[0].field, edits[0].project)
    wanted, got = _values(old["data"], edits, applied=True), _values(new["data"], edits, applied=False)
    for edit in edits:
        if wanted["projects"][edit.project] != got["projects"][edit.project]:
            raise unsafe(edit.field, edit.project)
    if wanted != got:
        raise unsafe(edits[0].field, edits[0].project)
    return new


def _values(data: Mapping[str, Any], edits: Sequence[Edit], *, applied: bool) -> dict[str, Any]:
    """The values with projects by id; edited fields as the model reads them, in which a blank text is none."""
    projects = {_id_of(project): dict(project) for project in data["projects"]}
    for edit in edits:
        project = projects[edit.project]
        if edit.fact is not None:
            project["facts"], project = _with_own_fact(project, edit)
        found = project.get(edit.field)
        texts = dict(found) if isinstance(found, dict) else {None: found}
        if applied:
            texts[edit.language] = edit.value
        stripped = {name: (text or "").strip() for name, text in texts.items()}
        project[edit.field] = {name: text for name, text in stripped.items() if text}
    return {**data, "projects": projects}


def _with_own_fact(project: Mapping[str, Any], edit: Edit) -> tuple[list[Any], dict[str, Any]]:
    """The facts of a project with a copy of the edited one, and that copy."""
    facts = [dict(fact) if _id_of(fact) == edit.fact else fact for fact in project.get("facts") or ()]
    own = next((fact for fact in facts if _id_of(fact) == edit.fact), None)
    if own is None:
        raise unsafe(edit.field, edit.project)
    return facts, own


def _id_of(entry: Mapping[str, Any]) -> str:
    return str(entry["id"]).strip()
