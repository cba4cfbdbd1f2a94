"""The real program: citizens ask the city's staff, and people answer, also while the program is killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.answers.answer import Smalltalk
from bot.answers.requests import decide_message
from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation
from tests.process.chats import presses, reads
from tests.telegram_ui.bot_env import small_city

ANN, WANG, OLGA, ADMIN, CLERK = 11, 12, 13, 21, 22
#: The minute before a message in doubt is sent again takes a second.
_HURRY = """
from datetime import timedelta
import bot.inbox.tickets.model, bot.storage.owed_messages
for module in (bot.inbox.tickets.model, bot.storage.owed_messages):
    module.RESEND_AFTER = timedelta(seconds=1)
"""
UNKNOWN = "what colour is my bicycle"
PERSON = {
    "en": [
        "operator",
        "opertor",
        "talk to a human",
        "human please",
        "real person please",
        "connect me with an operator",
    ],
    "zh": ["转人工", "人工客服", "人工", "找人工", "我要人工服务", "真人客服"],
    "ru": [
        "оператор",
        "операторр",
        "живой человек",
        "позовите человека",
        "хочу поговорить с человеком",
        "соедините с оператором",
    ],
}


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        for number, language in ((ANN, "en"), (WANG, "zh"), (OLGA, "ru"), (ADMIN, "en"), (CLERK, "en")):
            running.person(number=number, language=language)
        yield running


def staff_group(city: Sandbox) -> int:
    """The id of a group with staff and the bot."""
    return city.group("Staff", members=[ADMIN, CLERK])


def bot_of(city: Sandbox, folder: Path, group: int | None, prelude: str = "") -> Installation:
    settings = {"ADMIN_IDS": str(ADMIN), "STAFF_IDS": str(CLERK)}
    if group is not None:
        settings["STAFF_CHAT_ID"] = str(group)
    return Installation(city, folder, settings=settings, prelude=prelude)


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_words_for_a_person_are_understood_in_every_language(language: str) -> None:
    """The texts include typing errors."""
    snapshot = small_city().snapshot
    for text in PERSON[language]:
        assert decide_message(text, snapshot)[0].answer == Smalltalk("human"), text


async def test_a_question_is_answered_in_words_and_the_citizen_says_that_this_was_it(
    city: Sandbox, tmp_path: Path
) -> None:
    group = staff_group(city)
    async with bot_of(city, tmp_path, group).serving() as process:
        city.write(ANN, UNKNOWN)
        await presses(city, ANN, "Ask the city")
        await reads(city, ANN, "Your question has number 1")
        asked = await reads(city, group, "Question 1 from a citizen")
        assert UNKNOWN in asked["text"]

        city.write(CLERK, "Ask your neighbour.", chat=group, reply_to=asked["message_id"])
        await reads(city, group, "on its way")
        answer = await reads(city, ANN, "Ask your neighbour.")
        assert "The city's staff have answered your question 1:" in answer["text"]
        assert "Was this it?" in answer["text"]

        await presses(city, ANN, "No")
        await reads(city, group, "did not help")
        await presses(city, ADMIN, "Answer with a project", chat=group)
        await presses(city, ADMIN, "Sixth Municipal Hospital", chat=group)
        await reads(city, ANN, "Sixth Municipal Hospital")
        assert await presses(city, ANN, "Yes") == "Thank you."
        city.write(CLERK, "Too late.", chat=group, reply_to=asked["message_id"])
        await reads(city, group, "Question 1 is closed")
        assert await process.leaves() == 0
        assert UNKNOWN not in process.said()


async def test_who_asks_for_a_person_writes_one_message_that_the_staff_get_in_private(
    city: Sandbox, tmp_path: Path
) -> None:
    """STAFF_CHAT_ID is not set. A reply of a person without the role, or who has lost it, is not delivered."""
    async with bot_of(city, tmp_path, None).serving():
        for person in (ADMIN, CLERK):
            city.start(person)
        city.write(OLGA, "оператор")
        await reads(city, OLGA, "Напишите его одним сообщением")
        city.write(OLGA, "Мой велосипед пропал, +7 912 345-67-89")
        await reads(city, OLGA, "Номер вашего вопроса: 1")
        asked = await reads(city, CLERK, "Question 1 from a citizen (Русский)")
        await reads(city, ADMIN, "Question 1 from a citizen (Русский)")
        assert "велосипед" in asked["text"]
        assert "912" not in asked["text"]

        city.write(ADMIN, f"/revoke {CLERK}")
        await presses(city, ADMIN, "Yes")
        await reads(city, ADMIN, "no rights any more")
        city.write(CLERK, "Ищите.", reply_to=asked["message_id"])
        await reads(city, CLERK, "Only the city's staff")
        question = await reads(city, ADMIN, "Question 1 from a citizen")
        city.write(ADMIN, "Мы ищем.", reply_to=question["message_id"])
        answer = await reads(city, OLGA, "Мы ищем.")
        assert "Сотрудник города ответил" in answer["text"]
        assert "Ищите." not in str(city.replies(OLGA))


async def test_in_a_group_the_answer_replies_below_the_question_and_only_the_asker_closes_it(
    city: Sandbox, tmp_path: Path
) -> None:
    """Two people answer at once. A reply in another group and an anonymous reply are ignored."""
    staff, square = staff_group(city), city.group("Square", members=[ANN, WANG, CLERK])
    async with bot_of(city, tmp_path, staff).serving():
        mention = f"@{city.state.bot['username']} {UNKNOWN}"
        city.write(ANN, mention, chat=square)
        await presses(city, ANN, "Ask the city", square)
        refused = await reads(city, square, "Tell me when you know")
        asked = await reads(city, staff, "Question 1 from a citizen")
        other = await reads(city, square, "Your question has number 1")
        city.write(CLERK, "Not here.", chat=square, reply_to=other["message_id"])
        for person in (ADMIN, CLERK):
            city.write(person, f"Answer of {person}.", chat=staff, reply_to=asked["message_id"])
        await reads(city, staff, "on its way")
        await reads(city, staff, "answered already")
        answer = await reads(city, square, "Answer of")
        assert answer["reply_to_message"]["message_id"] == refused["message_id"]
        assert sum("have answered your question" in str(each.get("text")) for each in city.replies(square)) == 1
        assert "只有提问者本人" in await presses(city, WANG, "Yes", square)
        assert await presses(city, ANN, "Yes", square) == "Thank you."


async def test_a_refusal_by_a_topic_elsewhere_can_be_asked_of_the_city_too(city: Sandbox, tmp_path: Path) -> None:
    """The citizen uses the button, or asks for a person. Nothing will be taught for it, so no wish is offered."""
    group = staff_group(city)
    async with bot_of(city, tmp_path, group).serving():
        city.write(OLGA, "запись к врачу")
        refusal = await reads(city, OLGA, "Спросить сотрудника")
        assert "Сообщить, когда" not in str(refusal)
        await presses(city, OLGA, "Спросить сотрудника")
        await reads(city, OLGA, "Номер вашего вопроса: 1")
        assert "запись к врачу" in (await reads(city, group, "Question 1 from a citizen (Русский)"))["text"]

        city.write(WANG, "预约挂号")
        await reads(city, WANG, "转给工作人员")
        city.write(WANG, "转人工")
        await reads(city, WANG, "您的问题编号为2")
        assert "预约挂号" in (await reads(city, group, "Question 2 from a citizen (中文)"))["text"]


async def test_the_staff_chat_is_written_to_in_the_language_of_most_staff_until_it_chooses_one(
    city: Sandbox, tmp_path: Path
) -> None:
    group = staff_group(city)
    for person in (ADMIN, CLERK):
        city.state.person(person).user["language_code"] = "ru"
    async with bot_of(city, tmp_path, group).serving():
        for person in (ADMIN, CLERK):
            city.start(person)
        city.write(ANN, UNKNOWN)
        await presses(city, ANN, "Ask the city")
        await reads(city, group, "Вопрос № 1 от жителя")

        city.write(CLERK, "/language", chat=group)
        await presses(city, CLERK, "中文", chat=group)
        city.write(ANN, "where is my bicycle now")
        await presses(city, ANN, "Ask the city")
        await reads(city, group, "市民提出的第2号问题")


async def test_hostile_texts_are_shown_literally_to_staff_and_a_fourth_question_waits(
    city: Sandbox, tmp_path: Path
) -> None:
    group = staff_group(city)
    hostile = [
        "<b>bold</b> &amp; <a href='tg://user?id=1'>x</a> bicycle",
        "bicycle\u202e\x00\x07 [x](y) *z* `q`",
        "\U0001f6b2" * 2048 + " bicycle",
    ]
    async with bot_of(city, tmp_path, group).serving():
        for number, text in enumerate(hostile, 1):
            city.write(ANN, text)
            await presses(city, ANN, "Ask the city")
            shown = await reads(city, group, f"Question {number} from")
            assert not any(each["type"] not in ("mention", "url", "bot_command") for each in shown.get("entities", []))
            assert len(shown["text"]) < 4096
            assert not {"\u202e", "\x00", "\x07"} & set(shown["text"])
        city.write(ANN, "where is my bicycle now")
        await presses(city, ANN, "Ask the city")
        await reads(city, ANN, "already have 3 open questions")


async def _is_in_the_inbox(city: Sandbox, words: str) -> None:
    async with asyncio.timeout(150):
        while words not in str(city.replies(CLERK)):
            city.write(CLERK, "/inbox")
            await city.wait_until_confirmed(within=150)


async def test_a_killed_bot_delivers_the_ticket_and_the_answer_after_its_next_start(
    city: Sandbox, tmp_path: Path
) -> None:
    """The bot is killed right after the button was pressed, and right after the reply was sent."""
    group = staff_group(city)
    installation = bot_of(city, tmp_path, group, _HURRY)
    async with installation.serving() as process:
        city.write(WANG, "我的自行车是什么颜色")
        message = await reads(city, WANG, "转给工作人员")
        await _is_in_the_inbox(city, "自行车")  # on a slow disk that is after the reply, and a kill loses it until then
        city.press(WANG, message["message_id"], "转给工作人员")
        await asyncio.sleep(0.03)
        await process.is_killed()
    async with installation.serving() as process:
        asked = await reads(city, group, "Question 1 from a citizen (中文)")
        city.write(CLERK, "红色。", chat=group, reply_to=asked["message_id"])
        await asyncio.sleep(0.03)
        await process.is_killed()
    async with installation.serving():
        await reads(city, WANG, "红色。")
        await reads(city, WANG, "您的问题编号为1")
        await city.wait_until_confirmed(within=150)
        await asyncio.sleep(1.5)
    assert 1 <= sum("红色。" in str(each.get("text")) for each in city.replies(WANG)) <= 2
    assert "Question 2" not in str(city.replies(group))
