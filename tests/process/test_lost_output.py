"""The real program without a reader of its log or without its terminal: citizens notice nothing; it ends normally."""

import os
import resource
import signal
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation

PERSON = 11
_FULL_PIPE = """
import os
reads, writes = os.pipe()
os.set_blocking(writes, False)
try:
    while True:
        os.write(writes, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(writes, True)
os.dup2(writes, 2)
"""
_CLOSED_PIPE = """
import os
reads, writes = os.pipe()
os.dup2(writes, 2)
os.close(reads)
"""
_FULL_DISK = """
import os
os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
"""
_NO_STREAM = """
import sys
sys.stderr = None
"""


@pytest.mark.parametrize(
    "loses_output",
    [
        pytest.param(_FULL_PIPE, id="a pipe that nobody empties"),
        pytest.param(_CLOSED_PIPE, id="a reader that left"),
        pytest.param(_FULL_DISK, id="a full disk"),
        pytest.param(_NO_STREAM, id="no standard error"),
    ],
)
async def test_a_log_that_cannot_be_written_costs_no_answer_and_no_orderly_end(
    tmp_path: Path, loses_output: str
) -> None:
    async with Sandbox(TOKEN) as city:
        city.person(number=PERSON)
        async with Installation(city, tmp_path, prelude=loses_output).started() as process:
            city.start(PERSON)
            await city.wait_for_replies(PERSON, within=150)
            city.write(PERSON, "What is planned?")
            await city.wait_for_replies(PERSON, 2, within=150)
            assert await process.leaves() == 0


async def test_the_end_of_the_terminal_ends_the_bot_in_order(tmp_path: Path) -> None:
    not_ignoring = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # these tests may run under nohup
    async with Sandbox(TOKEN) as city, Installation(city, tmp_path, prelude=not_ignoring).serving() as process:
        os.kill(process.pid, signal.SIGHUP)
        assert await process.ends(60) == 0
        assert '"stopped"' in process.said()


async def test_a_rotated_log_does_not_end_the_bot_and_a_quit_ends_it_in_order_without_a_core_file(
    tmp_path: Path,
) -> None:
    async with Sandbox(TOKEN) as city, Installation(city, tmp_path).serving() as process:
        city.person(number=PERSON)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            os.kill(process.pid, number)
        city.start(PERSON)
        await city.wait_for_replies(PERSON, within=150)
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE)[0] == 0
        os.kill(process.pid, signal.SIGQUIT)
        assert await process.ends(60) == 0
        assert '"stopped"' in process.said()


async def test_with_nohup_the_end_of_the_terminal_does_not_end_the_bot(tmp_path: Path) -> None:
    ignoring = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    async with Sandbox(TOKEN) as city:
        city.person(number=PERSON)
        async with Installation(city, tmp_path, prelude=ignoring).serving() as process:
            os.kill(process.pid, signal.SIGHUP)
            city.start(PERSON)
            await city.wait_for_replies(PERSON, within=150)
            assert await process.leaves() == 0
