"""The real program, from unanswered questions to the answer that staff taught."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation
from tests.process.chats import reads
from tests.process.city_hall import ADMIN, ANN, CLERK, GOOD, STAFF_ROOM, Hall

BEN, IVAN, OTHER = 12, 13, 23
QUESTIONS = {
    ANN: "where will the surgery building be built",
    BEN: "外科大楼建在哪里",
    IVAN: "где построят хирургический корпус",
}
HOSTILE = [
    "<b>*_`[x](tg://user?id=1)</b> &amp;",
    "a\x00b\u202ec\u2066d",
    "🙂" * 4096,
    "'; DROP TABLE unanswered_questions; --",
]


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    """The small city with three citizens and two clerks."""
    async with Sandbox(TOKEN) as city:
        people = ((ADMIN, "Admin"), (CLERK, "Clerk"), (OTHER, "Other"), (STAFF_ROOM, "Staff"))
        for number, name in (*people, (ANN, "Ann"), (BEN, "Ben"), (IVAN, "Ivan")):
            city.start(city.person(name, number=number))
        path = tmp_path / "knowledge" / "projects.yaml"
        path.parent.mkdir()
        path.write_bytes(GOOD)
        settings = {
            "KNOWLEDGE_PATH": str(path),
            "ADMIN_IDS": str(ADMIN),
            "STAFF_IDS": f"{CLERK},{OTHER}",
            "STAFF_CHAT_ID": str(STAFF_ROOM),
        }
        yield Hall(city, Installation(city, tmp_path, settings=settings), path)


async def asks(hall: Hall, person: int, text: str) -> str:
    """Ask a question and return the reply."""
    return str((await hall.says(person, text))[0]["text"])


async def inbox_with(hall: Hall, words: str, person: int = CLERK) -> str:
    """Send `/inbox` until the reply has these words; a question is stored a moment after its reply."""
    async with asyncio.timeout(150):
        while words not in (page := await asks(hall, person, "/inbox")):  # noqa: ASYNC110 - as staff do
            await asyncio.sleep(0.1)
    return page


async def opened_group(hall: Hall, person: int = CLERK) -> str:
    """Open the first group of the inbox."""
    await inbox_with(hall, "#", person)
    return await hall.presses(person, "#")


async def proposes_hospitals(hall: Hall, person: int = CLERK) -> str:
    """Propose to attach the first group to the area of hospitals; return the reply."""
    await opened_group(hall, person)
    await hall.presses(person, "Another project")
    await hall.presses(person, "Hospitals")
    return await hall.presses(person, "All projects: Hospitals")


async def test_three_citizens_ask_in_vain_and_a_clerk_teaches_the_answer(hall: Hall) -> None:
    async with hall.serving():
        for person, question in QUESTIONS.items():
            await asks(hall, person, question)
        page = await inbox_with(hall, "asked 3 times")
        assert "1 group of unanswered questions waits" in page
        view = await hall.presses(CLERK, "#")
        assert all(question in view for question in QUESTIONS.values())
        assert "today" in view

        await hall.presses(CLERK, "Another project")
        await hall.presses(CLERK, "Hospitals")
        await hall.presses(CLERK, "Sixth Municipal Hospital")
        proposal = await hall.presses(CLERK, "Sixth Municipal Hospital")
        assert "This would change:" in proposal
        assert "No answer is lost" in proposal
        assert "Published" in await hall.presses(CLERK, "Publish")

        for question in QUESTIONS.values():
            reply = await asks(hall, BEN, question)
            assert any(name in reply for name in ("Sixth", "第六", "Шестая")), reply
        assert "The inbox is empty" in await asks(hall, CLERK, "/inbox")
        assert "undo" in await asks(hall, CLERK, "/help")
        assert "taught from the inbox" in (await hall.says(CLERK, "/knowledge", 2))[0]["text"]
        hall.city.write(CLERK, "/report")
        await reads(hall.city, CLERK, ".html")


async def test_what_was_taught_and_is_asked_again_counts_as_won(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, QUESTIONS[ANN])
        await proposes_hospitals(hall)
        await hall.presses(CLERK, "Publish")
        for person in (BEN, IVAN):
            await asks(hall, person, QUESTIONS[ANN])
        await inbox_with(hall, "2 citizens got an answer this week")


async def test_ignored_stays_ignored_and_emergencies_are_never_kept(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, "who won the cup final")
        await asks(hall, BEN, "my house is on fire, help")
        await opened_group(hall)
        assert "is ignored from now on" in await hall.presses(CLERK, "Ignore for good")
        await asks(hall, BEN, "who won the cup final")
        await asyncio.sleep(0.5)
        assert "The inbox is empty" in await asks(hall, CLERK, "/inbox")
    assert b"my house is on fire" not in hall.installation.everything_written()


async def test_the_audit_says_in_words_what_was_ignored(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, "who won the cup final")
        await opened_group(hall)
        await hall.presses(CLERK, "Ignore for good")
        assert "ignored #1 of the inbox for good" in await asks(hall, ADMIN, "/audit")


async def test_hostile_texts_reach_staff_as_plain_text(hall: Hall) -> None:
    async with hall.serving():
        for number, text in enumerate(HOSTILE):
            hall.city.write((ANN, BEN)[number % 2], f"{text} unknown thing {number}"[:4096])
        await hall.city.wait_until_confirmed(within=150)
        page = await asks(hall, CLERK, "/inbox")
        assert "\x00" not in page
        assert "\u202e" not in page
        for reply in hall.city.replies(CLERK):
            assert not reply.get("entities") or all(each["type"] != "text_mention" for each in reply["entities"])
        assert len(page) < 4096


async def test_rights_taken_away_in_between_end_the_teaching(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, QUESTIONS[ANN])
        await proposes_hospitals(hall)
        await hall.says(ADMIN, f"/revoke {CLERK}")
        await hall.presses(ADMIN, "Yes")

        assert "Only the city's staff" in await hall.presses(CLERK, "Publish")
        assert "Only the city's staff" in await asks(hall, CLERK, "/inbox")
        assert hall.path.read_bytes() == GOOD


async def test_of_two_staff_who_teach_at_once_the_second_reads_what_the_first_did(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, QUESTIONS[ANN])
        await proposes_hospitals(hall)
        await opened_group(hall, OTHER)
        await hall.presses(OTHER, "Another project")
        await hall.presses(OTHER, "Hospitals")
        await hall.presses(OTHER, "Sixth Municipal Hospital")
        await hall.presses(OTHER, "Sixth Municipal Hospital")
        assert "Published" in await hall.presses(CLERK, "Publish")

        assert "Meanwhile another version was published" in await hall.presses(OTHER, "Publish")
        assert "has been taught already" in await hall.reads(OTHER, "has been taught")


async def test_what_did_not_help_and_none_of_these_reach_the_inbox_once(hall: Hall) -> None:
    async with hall.serving():
        for question in ("new beds for old people", "help at home for my mother", "when will the sixth hospital open"):
            (reply,) = await hall.says(ANN, question)
        assert "The inbox is empty" in await asks(hall, CLERK, "/inbox")
        _, label = hall._newest(ANN, "Not helpful")
        await hall.presses(ANN, label)
        again = hall.city.press(ANN, reply["message_id"], data=button_data(reply, label))
        await hall.city.wait_for_answer(again, within=150)
        await inbox_with(hall, "sixth hospital open")

        await asks(hall, BEN, "hospital or childcare")
        await hall.presses(BEN, "None of these")
        page = await inbox_with(hall, "hospital or childcare")
        assert "2 groups of unanswered questions wait" in page
        assert page.count("asked 1 time") == 2


def button_data(message: Mapping[str, Any], label: str) -> str:
    """The callback data of a button, to press it after it has disappeared."""
    rows = message["reply_markup"]["inline_keyboard"]
    return next(str(button["callback_data"]) for row in rows for button in row if button["text"] == label)


async def test_in_a_group_who_wished_to_be_told_is_told_below_the_question(hall: Hall) -> None:
    """A reply stays in the forum topic of the message that it replies to."""
    square = hall.city.group("Square", members=[ANN, CLERK])
    async with hall.serving():
        name = hall.city.state.bot["username"]
        question = hall.city.write(ANN, f"@{name} {QUESTIONS[ANN]}", chat=square)
        await hall.reads(square, "can.t answer that")
        refused = hall.city.replies(square)[-1]
        assert refused["reply_to_message"]["message_id"] == question
        query = hall.city.press(ANN, refused["message_id"], "Tell me when you know", chat=square)
        await hall.city.wait_for_answer(query, within=150)

        await proposes_hospitals(hall)
        assert "Published" in await hall.presses(CLERK, "Publish")
        await hall.reads(square, "now has one")
        (told,) = [each for each in hall.city.replies(square) if "now has one" in each["text"]]
        assert told["reply_to_message"]["message_id"] == refused["message_id"]


@pytest.mark.parametrize("delay", [pytest.param(0.0, marks=pytest.mark.soak), 0.02])
async def test_a_kill_while_a_question_is_kept_loses_nothing(hall: Hall, delay: float) -> None:
    async with hall.serving() as process:
        await asks(hall, BEN, "how do I register a drone")
        hall.city.write(ANN, QUESTIONS[ANN])
        await asyncio.sleep(delay)
        await process.is_killed()
    async with hall.serving():
        await hall.city.wait_until_confirmed(within=150)
        await inbox_with(hall, "drone")
        await inbox_with(hall, QUESTIONS[ANN])


@pytest.mark.parametrize("delay", [0.0, pytest.param(0.03, marks=pytest.mark.soak)])
async def test_teaching_that_is_killed_while_it_is_published_is_completed_at_the_next_start(
    hall: Hall, delay: float
) -> None:
    async with hall.serving() as process:
        await asks(hall, ANN, QUESTIONS[ANN])
        await proposes_hospitals(hall)
        message, name = hall._newest(CLERK, "Publish")
        hall.city.press(CLERK, message["message_id"], name)
        await asyncio.sleep(delay)
        await process.is_killed()
    async with hall.serving():
        await hall.city.wait_until_confirmed(within=150)
        await inbox_with(hall, "The inbox is empty")
        assert "ospital" in await asks(hall, BEN, QUESTIONS[ANN])


async def test_beside_a_file_of_another_name_nothing_is_taught_and_staff_read_what_to_do(hall: Hall) -> None:
    hall.path = hall.path.rename(hall.path.with_name("city.yaml"))
    hall.installation.settings["KNOWLEDGE_PATH"] = str(hall.path)
    async with hall.serving():
        await asks(hall, ANN, QUESTIONS[ANN])
        assert "rename city.yaml to projects.yaml" in await proposes_hospitals(hall)
    assert hall.path.read_bytes() == GOOD
    hall.path = hall.path.rename(hall.path.with_name("projects.yaml"))
    hall.installation.settings["KNOWLEDGE_PATH"] = str(hall.path)
    async with hall.serving():
        await proposes_hospitals(hall)
        await hall.presses(CLERK, "Publish")
        assert "ospital" in await asks(hall, BEN, QUESTIONS[ANN])
    hall.path = hall.path.rename(hall.path.with_name("city.yaml"))
    hall.installation.settings["KNOWLEDGE_PATH"] = str(hall.path)
    async with hall.serving():
        before = len(hall.city.replies(CLERK))
        hall.city.write(CLERK, "/undo")  # to a version of two files
        async with asyncio.timeout(150):
            while not any("rename city.yaml" in text for text in hall.city.texts(CLERK)[before:]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def test_a_new_fact_and_a_new_project_take_a_short_dialogue(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, "is there parking for visitors")
        await opened_group(hall)
        await hall.presses(CLERK, "Another project")
        await hall.presses(CLERK, "Hospitals")
        await hall.presses(CLERK, "Sixth Municipal Hospital")
        await hall.presses(CLERK, "New fact here")
        assert "At most 200 characters" in await hall.presses(CLERK, "Where?")
        assert "This would change:" in await asks(hall, CLERK, "The car park is beside the main gate.")
        await hall.presses(CLERK, "Publish")
        assert "The car park is beside the main gate." in await asks(hall, BEN, "is there parking for visitors")

        await asks(hall, ANN, "will there be a river park")
        await opened_group(hall)
        await hall.presses(CLERK, "Another project")
        await hall.presses(CLERK, "Childcare")
        await hall.presses(CLERK, "New project here")
        assert "title of the project" in await hall.presses(CLERK, "planned")
        assert "This would change:" in await asks(hall, CLERK, "River park\nA park for children is planned.")
        await hall.presses(CLERK, "Publish")
        assert "River park" in await asks(hall, BEN, "will there be a river park")


async def test_the_operator_lists_and_teaches_from_the_command_line(hall: Hall) -> None:
    async with hall.serving():
        await asks(hall, ANN, "=SUM(A1) who paints the ceiling")
        await inbox_with(hall, "#1")

        (row,) = map(json.loads, (await hall.installation.minsheng("inbox", "--json"))[1].splitlines())
        assert (row["group"], row["count"]) == (1, 1)
        assert "'=SUM(A1)" in (await hall.installation.minsheng("inbox", "--csv"))[1]
        code, *_ = await hall.installation.minsheng("teach", "1", "--project", "no-such-project", "--yes")
        assert code == 1
        code, said, _ = await hall.installation.minsheng("teach", "1", "--project", "sixth-hospital", "--yes")
        assert (code, "published" in said) == (0, True), said
        assert (await hall.installation.minsheng("inbox"))[1] == ""
        assert "Sixth" in await asks(hall, BEN, "=SUM(A1) who paints the ceiling")
