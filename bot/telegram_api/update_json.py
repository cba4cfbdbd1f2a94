"""The JSON of updates, including JSON that Python's parser refuses.

Python refuses deep nesting, numbers with thousands of digits, and text that is not UTF-8. Such an update is set aside
like an invalid one: it must not hide the other updates in the same answer, nor come again and again.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_BATCH = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\s*,\s*"result"\s*:\s*\[')
_NUMBER = re.compile(rb'\s*\{\s*"update_id"\s*:\s*(\d{1,16})\s*[,}]')
#: A string, or a character that opens or closes an object or a list.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update whose JSON cannot be parsed."""

    id: int | None  #: None: not even the id can be read


def read_json(text: bytes) -> Any:
    """The value of one update, or `Unreadable`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        number = _NUMBER.match(text)
        return Unreadable(int(number[1]) if number else None)


def read_batch(answer: bytes) -> list[Any]:
    """The updates in an answer to getUpdates, each parsed separately; empty if the answer is incomplete."""
    beginning = _BATCH.match(answer)
    if beginning is None:
        return []
    found, depth, start = [], 1, 0
    for token in _TOKEN.finditer(answer, beginning.end()):
        if token[0] in b"[{":
            start = token.start() if depth == 1 else start
            depth += 1
        elif token[0] in b"]}":
            depth -= 1
            if depth == 1:
                found.append(read_json(answer[start : token.end()]))
            if depth == 0:
                return found
    return []
