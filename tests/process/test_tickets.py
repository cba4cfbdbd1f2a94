"""The real program: citizens ask the city's staff, and people answer, also while the program is killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation

ANN, WANG, OLGA, ADMIN, CLERK = 11, 12, 13, 21, 22
UNKNOWN = "what colour is my bicycle"


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        for number, language in ((ANN, "en"), (WANG, "zh"), (OLGA, "ru"), (ADMIN, "en"), (CLERK, "en")):
            running.person(number=number, language=language)
        yield running


def staff_group(city: Sandbox) -> int:
    """A group of staff with the bot in it."""
    return city.group("Staff", members=[ADMIN, CLERK])


def bot_of(city: Sandbox, folder: Path, group: int | None, prelude: str = "") -> Installation:
    settings = {"ADMIN_IDS": str(ADMIN), "STAFF_IDS": str(CLERK)}
    if group is not None:
        settings["STAFF_CHAT_ID"] = str(group)
    return Installation(city, folder, settings=settings, prelude=prelude)


async def newest(city: Sandbox, chat: int, words: str, count: int = 1) -> dict[str, Any]:
    """The newest message of the bot in a chat with these words, as soon as there are so many."""
    async with asyncio.timeout(20):
        while len(found := [each for each in city.replies(chat) if words in str(each)]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found[-1]


async def presses(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button that is called so; what is shown over the chat."""
    where = person if chat is None else chat
    message = await newest(city, where, label)
    query = city.press(person, message["message_id"], label, chat=where)
    return str((await city.wait_for_answer(query, within=20)).get("text", ""))


async def test_a_question_is_answered_in_words_and_the_citizen_says_that_this_was_it(
    city: Sandbox, tmp_path: Path
) -> None:
    group = staff_group(city)
    async with bot_of(city, tmp_path, group).serving() as process:
        city.write(ANN, UNKNOWN)
        await presses(city, ANN, "Ask the city")
        await newest(city, ANN, "Your question has number 1")
        asked = await newest(city, group, "Question 1 from a citizen")
        assert UNKNOWN in asked["text"]

        city.write(CLERK, "Ask your neighbour.", chat=group, reply_to=asked["message_id"])
        await newest(city, group, "on its way")
        answer = await newest(city, ANN, "Ask your neighbour.")
        assert "The city's staff have answered your question 1:" in answer["text"]
        assert "Was this it?" in answer["text"]

        await presses(city, ANN, "No")
        await newest(city, group, "did not help")
        await presses(city, ADMIN, "Answer with a project", chat=group)
        await presses(city, ADMIN, "Sixth Municipal Hospital", chat=group)
        await newest(city, ANN, "Sixth Municipal Hospital")
        assert await presses(city, ANN, "Yes") == "Thank you."
        city.write(CLERK, "Too late.", chat=group, reply_to=asked["message_id"])
        await newest(city, group, "Question 1 is closed")
        assert await process.leaves() == 0
        assert UNKNOWN not in process.said()
