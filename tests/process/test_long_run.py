"""A bot that runs for long keeps the level of its memory and of its database; it takes most of an hour."""

from pathlib import Path

import pytest

from tests.bench.long_run import run


@pytest.mark.soak
async def test_fifty_thousand_messages_and_two_hundred_publications_leave_memory_and_database_level(
    tmp_path: Path,
) -> None:
    """From the middle on: until then caches fill, and the last fifty versions are gathered."""
    samples = [sample async for sample in run(tmp_path, messages=50_000, chats=20_000, publications=200)]
    middle, end = samples[len(samples) // 2], samples[-1]

    assert end.memory <= 1.15 * middle.memory
    assert end.database <= 1.25 * middle.database
