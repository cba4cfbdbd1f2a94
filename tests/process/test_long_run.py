"""A bot that runs for a long time uses constant memory and disk space; the test takes almost an hour."""

from pathlib import Path

import pytest

from tests.bench.long_run import run

MESSAGES = 50_000
#: Kilobytes of a message in docs/capacity.md: its id for two days and, if it was not answered, its text for 30.
KEPT = (94 + 150) / 1024
#: Kilobytes of SQLite's log, which begins again at its start when it is as long as this.
LOG = 4_096


@pytest.mark.soak
async def test_fifty_thousand_messages_and_two_hundred_publications_leave_memory_and_database_level(
    tmp_path: Path,
) -> None:
    """From the middle on: until then caches fill, and the last fifty versions are gathered.

    The database is level as soon as messages are as old as they are kept; until then it has what was promised of each.
    """
    samples = [sample async for sample in run(tmp_path, messages=MESSAGES, chats=20_000, publications=200)]
    middle, end = samples[len(samples) // 2], samples[-1]

    assert end.memory <= 1.15 * middle.memory
    assert end.database <= middle.database + MESSAGES // 2 * KEPT + LOG
