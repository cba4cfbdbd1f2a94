"""JSON lines, read and written by commands."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot.cli.terminal import stop

#: Some editors write it at the beginning of a UTF-8 file.
_BYTE_ORDER_MARK = "\ufeff"
#: Examples for error messages: a line with a question, and one with a list entry.
QUESTION = '{"id": "1", "text": "new childcare center?"}'
ENTRY = '{"id": "1", "texts": ["new childcare center?"]}'


def rows(lines: Iterable[str], of: str = "the input", form: str = QUESTION) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines with their line numbers; exits with 2 at an invalid line.

    A byte order mark before the first line is skipped.
    """
    for number, line in enumerate(lines, 1):
        if (line := line.removeprefix(_BYTE_ORDER_MARK)).strip():
            yield number, _row(line, f"line {number} of {of}", form)


def _row(line: str, place: str, form: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        fits = isinstance(row["id"], str | int) and (_is_texts(row["texts"]) if form == ENTRY else _asks(row))
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        stop(f"{place} is not of the form {form}", 2)
    return dict(row)


def _asks(row: dict[str, Any]) -> bool:
    return isinstance(row["text"], str) and _is_texts(row.get("context", []))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def print_json(value: object, *, flush: bool = False) -> None:
    """Print a value as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=flush)
