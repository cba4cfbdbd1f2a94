"""The real program while an admin broadcasts to many people: composed, paused, resumed, killed, and still reported."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.broadcasts.sending_env import eventually
from tests.broadcasts.subscribers import opened, subscribe
from tests.process.bot_process import TOKEN, Installation
from tests.storage.databases import file_place
from tests.telegram_ui.pictures import png

ADMIN = 21
#: The minute before a message in doubt is sent again takes a second.
_HURRY = """
from datetime import timedelta
import bot.broadcasts.worker as delivering
delivering.RESEND_AFTER = timedelta(seconds=1)
"""


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    """A sandbox with an admin."""
    async with Sandbox(TOKEN) as running:
        running.person(number=ADMIN)
        yield running


async def says(city: Sandbox, text: str) -> None:
    """Write a text as the admin, and wait for the answer of the bot."""
    last = city.write(ADMIN, text)
    await city.wait_for_replies(ADMIN, after=last, within=150)


def newest(city: Sandbox, label: str) -> tuple[int, str] | None:
    """Find the newest button whose text contains the label: its message and its text."""
    for message in reversed(city.replies(ADMIN)):
        rows: list[list[dict[str, Any]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
        names = [button["text"] for row in rows for button in row if label in button["text"]]
        if names:
            return message["message_id"], names[0]
    return None


async def presses(city: Sandbox, *labels: str) -> None:
    """Press the newest buttons with these labels as the admin, each as soon as it appears."""
    for label in labels:
        await eventually(lambda label=label: newest(city, label) is not None)  # type: ignore[misc]
        message_id, name = newest(city, label) or (0, "")
        await city.wait_for_answer(city.press(ADMIN, message_id, name), within=150)
        await asyncio.sleep(0.2)  # the message changes after the answer


async def composes(city: Sandbox) -> None:
    """Compose and confirm an alert in three languages, with a photo."""
    await says(city, "/broadcast")
    await presses(city, "English")
    city.attach(ADMIN, "photo", caption="No water tomorrow", content=png())
    await city.wait_until_confirmed(within=150)
    await presses(city, "中文")
    await says(city, "明天停水")
    await presses(city, "Русский")
    await says(city, "Завтра не будет воды")
    await presses(city, "Class", "alert", "Preview")
    await eventually(lambda: "Type the number 151" in city.texts(ADMIN)[-1])
    await says(city, "151")


async def test_a_broadcast_in_three_languages_is_paused_resumed_killed_and_reported(
    city: Sandbox, tmp_path: Path
) -> None:
    """After a kill it continues by itself; everybody gets it once or twice, and the admin gets the report."""
    people = [city.person(f"P{number}") for number in range(150)]
    for person in (ADMIN, *people):
        city.state.people[person].seen = city.state.people[person].started = True
    installation = Installation(
        city, tmp_path, settings={"ADMIN_IDS": str(ADMIN), "RECALL_SECONDS": "1"}, prelude=_HURRY
    )
    async with opened(file_place(tmp_path / "data" / "minsheng.db")) as store:
        await subscribe(store, [ADMIN, *people])

    async with installation.serving() as process:
        await composes(city)
        await city.wait_for_calls("sendPhoto", 3 + 30, within=150)
        await presses(city, "Pause")
        paused = len(city.calls(method="sendPhoto"))
        await eventually(lambda: any("paused" in text for text in city.texts(ADMIN)))
        await presses(city, "Resume")
        await city.wait_for_calls("sendPhoto", paused + 30, within=150)
        await process.is_killed()
    async with installation.serving() as process:
        await city.wait_for_calls("sendDocument", within=150)  # the counts, which come last
        assert await process.leaves() == 0
        assert "No water" not in process.said()

    copies = Counter(
        person
        for person in people
        for reply in city.replies(person)
        if "No water" in str(reply) or "明天" in str(reply)
    )
    assert copies.keys() == set(people)
    assert max(copies.values()) <= 2
    assert sum(copies.values()) <= len(people) + 8
    report = next(text for text in city.texts(ADMIN) if "is finished" in text)
    assert "100 %" in report
    assert any(": finished" in text for text in city.texts(ADMIN))  # the card
