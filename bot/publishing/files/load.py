"""Reads knowledge files, which people edit by hand, as untrusted input."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cachetools import LRUCache

import bot
from bot.i18n.message import NOTHING, LazyMessage, from_json, lazy_gettext
from bot.knowledge import (
    AskingFile,
    Diagnostic,
    Document,
    LoadedKnowledge,
    Mark,
    SmalltalkFile,
    ValuePath,
    check,
    parse,
)
from bot.publishing.files.folder import INBOX_FILE, MAIN, FilePartError, pack, read_content, reason_of, unpack
from bot.publishing.files.isolated_reader import ReaderError, run_reader
from bot.publishing.files.join_asking import join
from bot.publishing.files.untrusted_file import NotRegularFileError, TooLargeError
from bot.publishing.yaml import loader as yaml_reader
from bot.publishing.yaml.node_loader import COLUMN_BITS, NO_SUCH_FILE

#: A position is one number: the number of the file, the line, and the column in the lowest bits (`mark_of`).
FILE_SHIFT, _COLUMNS = 2 * COLUMN_BITS, (1 << COLUMN_BITS) - 1

#: Small talk for every city; ships with the program.
SMALLTALK_FILE = Path(bot.__file__).parent / "i18n" / "locales" / "smalltalk.yaml"

_NO_MAIN_FILE = lazy_gettext("the folder has no file `projects.yaml`")
_NAME_IT = lazy_gettext("give the file with the projects this name, or name the file in place of its folder")


def load(path: Path) -> LoadedKnowledge:
    """Read a knowledge file or folder; never fails, since errors become diagnostics.

    One run finds all errors, except those after a syntax error.
    """
    try:
        return load_content(read_content(path))
    except NotRegularFileError:
        answer = _refused(lazy_gettext("this is not a regular file"), lazy_gettext("name a YAML file"))
    except TooLargeError:
        answer = _refused(yaml_reader.TOO_LARGE, NO_SUCH_FILE)
    except FilePartError as error:
        answer = {"files": {error.file: _refused(error.reason, NOTHING, error.line)}}
    except FileNotFoundError as error:
        answer = _refused(_NO_MAIN_FILE, _NAME_IT) if path.is_dir() else _refused(_unreadable(error), NOTHING)
    except (OSError, ValueError) as error:
        answer = _refused(_unreadable(error), NOTHING)
    return knowledge_from_answer(answer)


def _unreadable(error: OSError | ValueError) -> LazyMessage:
    why = reason_of(error) if isinstance(error, OSError) else lazy_gettext("this is not a path")
    return lazy_gettext("the file cannot be read: {why}", why=why)


def load_content(content: bytes) -> LoadedKnowledge:
    """Like `load`, for the content of one or several files."""
    try:
        answer = _read(content)
    except ReaderError as error:
        answer = _refused(lazy_gettext("the file cannot be read: {why}", why=error.why), NO_SUCH_FILE)
    return knowledge_from_answer(answer)


def knowledge_from_answer(answer: Mapping[str, Any]) -> LoadedKnowledge:
    """Build the knowledge from a reader's answer; never fails."""
    files = answer.get("files", {"": answer})
    refused = [each for name, part in files.items() for each in _diagnostics(part, name)]
    digest = answer.get("digest", "")
    if any("data" not in part for part in files.values()):
        return LoadedKnowledge(knowledge=None, document=None, diagnostics=tuple(sorted(refused)), digest=digest)
    document, joined = _joined(files)
    knowledge, found = parse(document)
    # If the reader refused something, a value may be missing; reporting that too would confuse.
    lines = {(each.mark.file, each.mark.line) for each in refused}
    warnings = [each for name, part in files.items() for each in _diagnostics(part, name, "warnings")]
    found = [*refused, *warnings, *joined, *(each for each in found if (each.mark.file, each.mark.line) not in lines)]
    return LoadedKnowledge(
        knowledge=None if any(each.severity == "error" for each in found) else knowledge,
        document=document,
        diagnostics=tuple(sorted(found)),
        digest=digest,
    )


def _joined(files: Mapping[str, Mapping[str, Any]]) -> tuple[Document, list[Diagnostic]]:
    """The statements, joined with the ways of asking from all valid files."""
    names = tuple(files)
    found: list[Diagnostic] = []
    data, marks = next((part["data"], part["marks"]) for part in files.values())
    last = sorted(enumerate(files.items()), key=lambda each: each[1][0] == INBOX_FILE)  # it extends all others
    for number, (_, part) in last:
        if number:
            own = _shifted(part["marks"], number)
            is_valid = part.get(_IS_VALID)
            if not is_valid:
                asking, faults = check(AskingFile, _document(part["data"], own, names))
                is_valid, found = asking is not None, found + faults
            if is_valid:
                found += join((data, marks), (part["data"], own), lambda place: mark_of(place, names))
    return _document(data, marks, names), found


def _shifted(marks: Any, number: int) -> Any:
    """The marks with the number of their file."""
    return [_shifted(each, number) for each in marks] if isinstance(marks, list) else marks | number << FILE_SHIFT


@cache
def load_smalltalk(path: Path) -> SmalltalkFile:
    """Read the small talk that ships with the program; raises ValueError, since an error is the program's."""
    answer = yaml_reader.read_content(path.read_bytes())
    diagnostics = _diagnostics(answer)
    if not diagnostics:
        smalltalk, diagnostics = check(SmalltalkFile, _document(answer["data"], answer["marks"]))
        if smalltalk:
            return smalltalk
    raise ValueError("\n".join(each.line_for(path) for each in diagnostics))


#: What the reader said of files, as JSON, by name and digest: a content shares most of its files with the one before.
#: All files of a city take 2 million characters.
_known_parts: LRUCache[tuple[str, bytes], str] = LRUCache(8_000_000, getsizeof=len)
_lock = threading.Lock()
#: Set in the reader's answer for a file whose ways of asking were found to have no error.
_IS_VALID = "is_valid"


def _read(content: bytes) -> dict[str, Any]:
    """The reader's answer; of several files, only those that are not known are read. Raises ReaderError."""
    files = unpack(content) if len(content) <= yaml_reader.MAX_CONTENT else {}
    if len(files) <= 1:
        return _ask(content)
    keys = {name: (name, hashlib.sha256(body).digest()) for name, body in files.items()}
    with _lock:
        known = {name: _known_parts[key] for name, key in keys.items() if key in _known_parts}
    new = {name: body for name, body in files.items() if name not in known}
    with ThreadPoolExecutor(1, "reading") as beside:  # the reader needs as long to start as to decode what is known
        asking = beside.submit(_ask, pack(new)) if new else None
        parts = {name: json.loads(part) for name, part in known.items()}
    if asking:
        answer = asking.result()
        if "digest" not in answer:
            return answer  # refused as a whole
        read = {name: part for name, part in answer.get("files", {MAIN: answer}).items() if name in new}
        _remember({keys[name]: _with_validity(name, part) for name, part in read.items()})
        parts |= read
    return {"digest": hashlib.sha256(content).hexdigest(), "files": {name: parts[name] for name in files}}


def _with_validity(name: str, part: dict[str, Any]) -> dict[str, Any]:
    if name != MAIN and "data" in part:
        asking, faults = check(AskingFile, _document(part["data"], part["marks"]))
        part[_IS_VALID] = asking is not None and not faults
    return part


def _remember(parts: Mapping[tuple[str, bytes], Mapping[str, Any]]) -> None:
    texts = {key: json.dumps(part) for key, part in parts.items()}
    with _lock:
        _known_parts.update((key, text) for key, text in texts.items() if len(text) <= _known_parts.maxsize)


def _ask(content: bytes) -> dict[str, Any]:
    return run_reader(yaml_reader.__name__, packages=("yaml",), content=content)


def _refused(sentence: LazyMessage, suggestion: LazyMessage, line: int = 1) -> dict[str, Any]:
    return {"faults": [(line, 1, sentence.as_json(), suggestion.as_json())]}


def _diagnostics(
    answer: Mapping[str, Any], file: str = "", key: Literal["faults", "warnings"] = "faults"
) -> list[Diagnostic]:
    severity: Literal["error", "warning"] = "error" if key == "faults" else "warning"
    return [
        Diagnostic(Mark(line, column, file=file), severity, from_json(sentence), from_json(suggestion))
        for line, column, sentence, suggestion in answer.get(key, ())
    ]


def _document(data: Any, marks: Any, files: Sequence[str] = ("",)) -> Document:
    return Document(data, Places(data, marks, files, of_keys=False), Places(data, marks, files, of_keys=True))


def mark_of(place: int, files: Sequence[str] = ("",)) -> Mark:
    """The mark of a position, which encodes the file's number, the line and the column in one number."""
    line, column = (place >> COLUMN_BITS) & _COLUMNS, place & _COLUMNS
    return Mark(line, column, file=files[place >> FILE_SHIFT])


class Places(Mapping[ValuePath, Mark]):
    """The marks of a document's values or keys, as the reader sends them.

    They are looked up on demand; a dictionary of all marks would need more memory than the knowledge itself.
    """

    def __init__(self, data: Any, marks: Any, files: Sequence[str] = ("",), *, of_keys: bool) -> None:
        self._data, self._marks, self._files, self._of_keys = data, marks, files, of_keys

    def __getitem__(self, path: ValuePath) -> Mark:
        value, marks, key = self._data, self._marks, None
        for part in path:
            if isinstance(value, dict) and part in value:
                at = 1 + 2 * list(value).index(part)
                key, marks = marks[at], marks[at + 1]
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                key, marks = None, marks[1 + part]
            else:
                raise KeyError(path)
            value = value[part]
        place = key if self._of_keys else marks[0] if isinstance(marks, list) else marks
        if place is None:
            raise KeyError(path)
        return mark_of(place, self._files)

    def __iter__(self) -> Iterator[ValuePath]:
        """Every path in the order of the file, parents first."""
        waiting: list[tuple[ValuePath, Any]] = [((), self._data)]
        while waiting:
            path, value = waiting.pop()
            if not self._of_keys or (path and isinstance(path[-1], str)):
                yield path
            inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            waiting += [((*path, part), each) for part, each in inner][::-1]

    def __len__(self) -> int:
        """The number of marks."""
        return sum(1 for _ in self)
