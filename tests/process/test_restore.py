"""The real program after its whole data folder was replaced by an older copy of itself."""

import asyncio
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.broadcasts.subscribers import HARBIN, confirmed, opened, subscribe
from tests.factories import YAML_TEXT
from tests.process.bot_process import TOKEN, Installation
from tests.storage.databases import file_place

ADMIN = 21


def awake() -> str:
    """The small city's knowledge, with a quiet hour half a day from now."""
    hour = datetime.now(HARBIN).hour
    quiet = f"quiet_hours: {{start: '{(hour + 12) % 24:02}:00', end: '{(hour + 13) % 24:02}:00'}}"
    text = YAML_TEXT.replace("quiet_hours: {start: 21:00, end: 08:00}", quiet)
    assert quiet in text
    return text


@pytest.mark.soak
async def test_a_broadcast_of_the_class_once_reaches_nobody_twice_after_its_data_folder_was_restored(
    tmp_path: Path,
) -> None:
    """Database and checkpoint are of the same moment, so only Telegram's numbers tell that they are old.

    In `make test` the same is held by `tests/broadcasts/test_older_copies.py`, without the process.
    """
    async with Sandbox(TOKEN) as city:
        people = [city.person(f"P{number}") for number in range(250)]
        city.person(number=ADMIN)
        for person in (ADMIN, *people):
            city.state.people[person].seen = city.state.people[person].started = True
        installation = Installation(city, tmp_path, settings={"ADMIN_IDS": str(ADMIN)})
        (tmp_path / "projects.yaml").write_text(awake(), encoding="utf-8")
        data, copy = tmp_path / "data", tmp_path / "copy"
        async with opened(file_place(data / "minsheng.db")) as store:
            await subscribe(store, people)
            broadcast = await confirmed(store, "once")

        async with installation.serving() as process:
            await city.wait_for_calls("sendMessage", 40, within=150)
            assert await process.leaves() == 0
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*.sock", "control*"))
        async with installation.serving() as process:
            await city.wait_for_calls("sendMessage", len(city.calls(method="sendMessage")) + 60, within=150)
            await process.is_killed()
        shutil.rmtree(data)
        shutil.copytree(copy, data)
        async with installation.serving() as process:
            await process.says('"broadcast_paused"', within=150)
            await asyncio.sleep(2.0)
            assert '"reason": "restore"' in process.said()
            assert await process.leaves() == 0

        copies = Counter(person for person in people for text in city.texts(person) if broadcast.number in text)
        assert set(copies.values()) == {1}
        assert 90 <= len(copies) < 250
        assert not any(broadcast.number == text for text in city.texts(ADMIN)), "the silent message was deleted"
