"""Standard error without a reader: what is lost, and that nothing blocks or fails."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.log_output import LogOutput

_LINE = "x" * 99 + "\n"
#: More than a pipe holds.
_MANY = 2_000


class Reader:
    """The end of standard error that a person may read; it never waits."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._stream = os.fdopen(descriptor, "rb", buffering=0)

    def read(self) -> str:
        return self._stream.read(1_000_000).decode()

    def leave(self) -> None:
        self._stream.close()


@contextmanager
def piped() -> Iterator[Reader]:
    """Standard error is a pipe. This is not a fixture, because pytest replaces standard error when a test begins."""
    reads, writes = os.pipe()
    reader = Reader(reads)
    with os.fdopen(writes, "w", encoding="utf-8") as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        yield reader
    reader.leave()


def test_a_pipe_that_nobody_empties_loses_lines_and_says_how_many_later() -> None:
    output = LogOutput()
    with piped() as reader:
        for _ in range(_MANY):
            output.write(_LINE)
        kept = reader.read().count(_LINE)
        output.write("after\n")
        notice, last = reader.read().splitlines()

    assert 0 < kept < _MANY
    assert json.loads(notice) == {"event": "log_lines_lost", "level": "warning", "lines": _MANY - kept}
    assert last == "after"


def test_a_reader_that_left_raises_nothing() -> None:
    with piped() as reader:
        reader.leave()
        LogOutput().write(_LINE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_raises_nothing_and_leaves_nothing_for_the_end_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        LogOutput().write(_LINE)
        stream.flush()


def test_no_standard_error_at_all_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    LogOutput().write(_LINE)


def test_text_that_is_not_utf_8_is_written_with_escapes() -> None:
    with piped() as reader:
        LogOutput().write("\ud800 \n")
        assert reader.read() == "\\ud800 \n"
