"""Reads a YAML file that may be broken or hostile: a small program that prints its result as JSON.

`files/load.py` starts it as a separate process. It imports only the standard library, PyYAML and messages that are
translated later. It uses only PyYAML's events, and every scalar stays a text. It collects all errors, except that a
syntax error ends the reading, because libyaml cannot continue after one.
"""

import contextlib
import hashlib
import itertools
import json
import re
import resource
import sys
from collections.abc import Iterable
from typing import Any

import yaml

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.publishing.files.folder import MAIN, MAX_BYTES, unpack
from bot.publishing.yaml.node_loader import MAX_FAULTS, NO_SUCH_FILE, Fault, NodeLoader, RefusedError
from bot.publishing.yaml.syntax_errors import LINE_BREAK, explain

#: The most lines of a content.
MAX_LINES = 200_000
#: The most bytes of a content: the files and the separator lines.
MAX_CONTENT = MAX_BYTES + 20_000
#: The limits of the process that reads a file: bytes of memory, and seconds of processor time.
MEMORY, CPU_SECONDS = 512 * 2**20, 10

#: Characters that YAML forbids, or treats as a line break although editors do not.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_CONFLICT = re.compile(r"(<{7}|>{7})(?:[ \t]|$)")
_SAVE = lazy_gettext("save as UTF-8")
_CUT_OFF = lazy_gettext("the file ends in the middle of a line; is its end missing?")
_COMPARE = lazy_gettext("compare it with an earlier version, or end the line with Enter")
TOO_LARGE = lazy_gettext("the file is larger than 5 MB")


def main() -> None:
    """Print the result for the content on standard input as one JSON value in UTF-8."""
    limit_this_process()
    try:
        answer = read_content(sys.stdin.buffer.read(MAX_CONTENT + 1))
    except MemoryError:
        answer = _refused(lazy_gettext("the file needs too much memory"), NO_SUCH_FILE)
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    # The pure parser turns escapes into lone surrogates; the models refuse them.
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))


def limit_this_process() -> None:
    """Limit memory and CPU time of this process."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems, such as macOS, do not allow every limit; the reader's own limits apply there too.
        with contextlib.suppress(ValueError, OSError):
            hard = resource.getrlimit(limit)[1]
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def read_content(content: bytes) -> dict[str, Any]:
    """The result of `read` for a content, and its digest; for several files one result each (`files`)."""
    if len(content) > MAX_CONTENT:
        return _refused(TOO_LARGE, NO_SUCH_FILE)
    digest, files = hashlib.sha256(content).hexdigest(), unpack(content)
    if len(files) == 1:
        return {"digest": digest, **read(content)}
    return {"digest": digest, "files": {name: _read_file(name, body) for name, body in files.items()}}


def _read_file(name: str, body: bytes) -> dict[str, Any]:
    return read(body, first="city:" if name == MAIN else "projects:")


def _refused(sentence: LazyMessage, suggestion: LazyMessage) -> dict[str, Any]:
    return {"faults": _carried([(1, 1, sentence, suggestion)])}


def _carried(faults: Iterable[Fault]) -> list[tuple[int, int, list[Any], list[Any]]]:
    """Convert errors to JSON values."""
    return [(line, column, sentence.as_json(), hint.as_json()) for line, column, sentence, hint in faults]


def read(content: bytes, *, loader: Any = None, first: str = "city:") -> dict[str, Any]:
    """All `faults` and, unless reading ended early, the values (`data`), `marks` and `warnings`; never fails."""
    tree, text = NodeLoader(), "\n"
    try:
        text = _text(content)
        tree = NodeLoader(text)
        _grow(tree, text, loader or getattr(yaml, "CBaseLoader", yaml.BaseLoader), first)
    except RefusedError as refusal:
        # One mistake, such as a text that begins with *, can be reported twice.
        known = {line for line, *_ in tree.faults}
        refused = [fault for fault in refusal.args if fault[0] not in known]
        return {"faults": _carried([*tree.faults, *refused, *_end_missing(text)])}
    warnings = _carried([*tree.warnings, *_end_missing(text)])
    return {"faults": _carried(tree.faults), "warnings": warnings, "data": tree.root[0], "marks": tree.places[0]}


def _end_missing(text: str) -> list[Fault]:
    """An error if the last line has no line break: the file may have been truncated."""
    is_whole = not text or text.endswith(("\n", "\r", '"', "'", "]", "}"))
    return [] if is_whole else [(*_end_of(text), _CUT_OFF, _COMPARE)]


def _grow(tree: NodeLoader, text: str, loader: Any, first: str) -> None:
    lines = LINE_BREAK.split(text)
    _refuse_conflicts(lines)
    try:
        for event in yaml.parse(text, Loader=loader):
            tree.take(event)
    except yaml.YAMLError as error:
        raise RefusedError(explain(error, lines, tree.last_quote)) from None
    if tree.root in ([], [None]):
        hint = lazy_gettext("it begins with the line `{line}`", line=first)
        raise RefusedError((1, 1, lazy_gettext("the file is empty"), hint))


def _text(content: bytes) -> str:
    """The file's text without a byte order mark; only UTF-8 is accepted."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise RefusedError((1, 1, lazy_gettext("the file is saved as UTF-16 or UTF-32"), _SAVE))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        why = lazy_gettext("this is a spreadsheet, a document or an archive, not a text file")
        raise RefusedError((1, 1, why, NO_SUCH_FILE))
    if max(content.count(b"\n"), content.count(b"\r")) > MAX_LINES:
        sentence = lazy_gettext("the file has more than {number:,} lines", number=MAX_LINES)
        raise RefusedError((1, 1, sentence, NO_SUCH_FILE))
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _end_of(content[: error.start].decode("utf-8"))
        if error.end == len(content) and error.reason == "unexpected end of data":
            raise RefusedError((*place, _CUT_OFF, _COMPARE)) from None
        raise RefusedError((*place, lazy_gettext("from here on the file is not UTF-8"), _SAVE)) from None
    found = itertools.islice(_CONTROL.finditer(text), 5)
    stray = [_stray(character[0], text[: character.start()]) for character in found]
    if stray:
        raise RefusedError(*stray)
    return text


def _end_of(text: str) -> tuple[int, int]:
    """Line and column after a text."""
    lines = LINE_BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def _stray(character: str, before: str) -> Fault:
    code = f"U+{ord(character):04X}"
    sentence = lazy_gettext("the character {character} is not allowed in this file", character=code)
    return (*_end_of(before), sentence, lazy_gettext("delete it; if there are many, save as UTF-8"))


def _refuse_conflicts(lines: list[str]) -> None:
    """Refuse conflict markers of version control."""
    marked = [(number, found[1]) for number, line in enumerate(lines, start=1) if (found := _CONFLICT.match(line))]
    # A conflict begins with one marker and ends with the other; the first may have been deleted.
    begun = [number for number, sign in marked if sign[0] == "<"] or [number for number, _ in marked]
    if begun:
        hint = lazy_gettext("keep one version, and delete the lines <<<<<<<, ======= and >>>>>>>")
        sentence = lazy_gettext("two edits of these lines were not merged")
        raise RefusedError(*[(number, 1, sentence, hint) for number in begun[:MAX_FAULTS]])
