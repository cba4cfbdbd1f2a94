"""Standard error for a process that must continue when nobody reads its log: a write neither blocks nor raises.

A pipe that nobody reads (a stopped log collector, a frozen `| tee`) would block the event loop, and with it every
answer. A closed pipe, a full disk or a closed descriptor would raise wherever something is logged. Here such lines are
lost and counted; the next line that can be written is preceded by their number.
"""

import os
import select
import sys

#: Bytes that a pipe accepts without blocking if it has any room: a page on Linux.
_PIECE = 4096


class LogOutput:
    """Standard error as it is at the moment of the write. It has the two file methods that loggers use."""

    def __init__(self) -> None:
        self._lost = 0

    def write(self, text: str) -> None:
        """Write a line, or count it as lost."""
        if self._lost and _put(f'{{"event": "log_lines_lost", "level": "warning", "lines": {self._lost}}}\n'):
            self._lost = 0
        if self._lost or not _put(text):
            self._lost += 1

    def flush(self) -> None:
        """Do nothing; there is no buffer."""


def _put(text: str) -> bool:
    """Whether the text was written; if it is longer than `_PIECE`, a part may have been."""
    if sys.stderr is None:
        return False
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):  # a substitute without a descriptor, as in tests, or a closed one
        return _put_into_replacement(text)
    try:
        return _put_bytes(descriptor, text.encode("utf-8", "backslashreplace"))
    except OSError:
        return False


def _put_into_replacement(text: str) -> bool:
    try:
        sys.stderr.write(text)
    except (OSError, ValueError):
        return False
    return True


def _put_bytes(descriptor: int, rest: bytes) -> bool:
    while rest and _has_room(descriptor):
        rest = rest[os.write(descriptor, rest[:_PIECE]) :]
    return not rest


def _has_room(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


STANDARD_ERROR = LogOutput()
