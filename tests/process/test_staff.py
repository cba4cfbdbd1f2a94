"""The real program while staff work on its knowledge: by editor, by file, by spreadsheet and by button."""

import asyncio
import io
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from bot.sandbox import Sandbox
from tests.factories import YAML_TEXT, yaml_text
from tests.process.bot_process import TOKEN, Installation, Process
from tests.publishing.broken_files import BROKEN
from tests.quiet_time import takes_less_than

ADMIN, CLERK, ANN, STAFF_ROOM = 21, 22, 11, 31
GOOD = YAML_TEXT.encode()
#: While this file is in the bot's folder, its disk is full.
FULL = "full"
_FULL_DISK = f"""
import errno, os
really = os.fsync
def fsync(descriptor):
    if os.path.exists({FULL!r}):
        raise OSError(errno.ENOSPC, "No space left on device")
    really(descriptor)
os.fsync = fsync
"""


@dataclass
class Hall:
    """A city hall: the file on its server, the bot, its staff, and a citizen."""

    city: Sandbox
    installation: Installation
    path: Path

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """The bot at work."""
        async with self.installation.serving() as process:
            await self.city.wait_until_confirmed(within=150)
            yield process

    async def says(self, person: int, text: str, count: int = 1) -> list[dict[str, Any]]:
        """The replies to a text, `count` of them."""
        before = len(self.city.replies(person))
        self.city.write(person, text)
        return (await self.city.wait_for_replies(person, before + count, within=150))[before:]

    async def presses(self, person: int, label: str) -> str:
        """Press the newest button that is called so; what the chat then shows as new or changed."""
        message, name = self._newest(person, label)
        before = {reply["message_id"]: reply.get("text") for reply in self.city.replies(person)}
        query = self.city.press(person, message["message_id"], name)
        answer = await self.city.wait_for_answer(query, within=150)
        async with asyncio.timeout(150):
            while not (news := self._news(person, before)) and not answer.get("text"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return "\n".join([str(answer.get("text", "")), *(str(reply.get("text", "")) for reply in news)])

    def _news(self, person: int, before: Mapping[int, object]) -> list[dict[str, Any]]:
        """What is not in `before` as it is: new messages, also files, and messages with another text."""
        missing = object()
        return [
            reply
            for reply in self.city.replies(person)
            if before.get(reply["message_id"], missing) != reply.get("text")
        ]

    async def sends(self, person: int, name: str, content: bytes, words: str) -> str:
        """Send a file; the text of the reply with these words."""
        self.city.attach(person, "document", content=content, name=name)
        return await self.reads(person, words)

    async def reads(self, chat: int, words: str, within: float = 150.0) -> str:
        """The text in a chat with these words, as soon as it is there."""
        async with asyncio.timeout(within):
            while not (found := [text for text in self.city.texts(chat) if re.search(words, text)]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found[-1]

    async def reads_refusal(self, number: int) -> str:
        """What the staff's chat says of the saved file when it was refused so often."""
        async with asyncio.timeout(150):
            while len(self._refusals()) < number:  # noqa: ASYNC110 - people may be looked at, they tell nothing
                await asyncio.sleep(0.05)
        return self._refusals()[-1]

    def _refusals(self) -> list[str]:
        return [text for text in self.city.texts(STAFF_ROOM) if "last good version" in text]

    async def sees_status(self, words: str, within: float = 150.0) -> None:
        """The citizen asks until the answer has these words."""
        async with takes_less_than(within):
            while words not in str((await self.says(ANN, "sixth hospital"))[0]["text"]):  # noqa: ASYNC110 - as citizens do
                await asyncio.sleep(0.1)

    def save(self, content: bytes) -> None:
        """Save the file as an editor does that puts a new one in its place."""
        draft = self.path.with_suffix(".tmp")
        draft.write_bytes(content)
        draft.replace(self.path)

    def _newest(self, person: int, label: str) -> tuple[dict[str, Any], str]:
        for message in reversed(self.city.replies(person)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if label in button["text"]:
                        return message, button["text"]
        raise AssertionError(f"nobody offered {label!r}")


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    """The small city with its file in a folder of its own."""
    async with Sandbox(TOKEN) as city:
        for number, name in ((ADMIN, "Admin"), (CLERK, "Clerk"), (ANN, "Ann"), (STAFF_ROOM, "Staff")):
            city.start(city.person(name, number=number))
        path = tmp_path / "knowledge" / "projects.yaml"
        path.parent.mkdir()
        path.write_bytes(GOOD)
        settings = {
            "KNOWLEDGE_PATH": str(path),
            "ADMIN_IDS": str(ADMIN),
            "STAFF_IDS": str(CLERK),
            "STAFF_CHAT_ID": str(STAFF_ROOM),
        }
        yield Hall(city, Installation(city, tmp_path, settings=settings, prelude=_FULL_DISK), path)


async def test_a_status_is_changed_by_editor_file_spreadsheet_and_button_and_undone(hall: Hall) -> None:
    async with hall.serving():
        await hall.sees_status("planned")

        hall.save(yaml_text(("status: planned", "status: in progress")).encode())
        await hall.sees_status("in progress")
        assert "planned → in progress" in await hall.reads(STAFF_ROOM, "new version")

        _, sent = await hall.says(CLERK, "/knowledge", 2)
        content = hall.city.content(sent)
        assert content == hall.path.read_bytes()
        changed = content.replace(b"in progress", b"delayed", 1)
        assert "in progress → delayed" in await hall.sends(
            CLERK, sent["document"]["file_name"], changed, "would change"
        )
        full = hall.installation.folder / FULL
        full.touch()
        assert "the disk is full. Make room, then try again." in await hall.presses(CLERK, "Publish")
        await hall.sees_status("in progress")
        full.unlink()
        assert "Published" in await hall.presses(CLERK, "Publish")
        await hall.sees_status("delayed", within=2)
        assert hall.path.read_bytes() == changed

        await hall.says(CLERK, "/knowledge", 2)
        await hall.presses(CLERK, "As a spreadsheet")
        sheet = hall.city.replies(CLERK)[-1]
        assert "delayed → cancelled" in await hall.sends(
            CLERK, sheet["document"]["file_name"], with_status(hall.city.content(sheet), "cancelled"), "→ cancelled"
        )
        assert "Published" in await hall.presses(CLERK, "Publish")
        await hall.sees_status("cancelled", within=2)

        await hall.says(CLERK, "/edit sixth hospital")
        await hall.presses(CLERK, "Status")
        assert "cancelled → completed" in await hall.presses(CLERK, "completed")
        assert "Published" in await hall.presses(CLERK, "Publish")
        await hall.sees_status("completed", within=2)
        assert hall.path.read_bytes() == completed_today()

        assert "completed → cancelled" in str((await hall.says(CLERK, "/undo"))[0]["text"])
        assert "Published" in await hall.presses(CLERK, "Publish")
        await hall.sees_status("cancelled", within=2)


def completed_today() -> bytes:
    """The city's file after a clerk has pressed that the sixth hospital is completed."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    confirmed = "status: planned\n    as_of: 2021-11-12", f"status: completed\n    as_of: {today}"
    return yaml_text(confirmed).encode()


def with_status(workbook: bytes, status: str) -> bytes:
    """The workbook with another status of the sixth hospital."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = next(sheet for sheet in book if any(cell.value == "sixth-hospital" for cell in sheet["A"]))
    row = next(number for number, cell in enumerate(sheet["A"], start=1) if cell.value == "sixth-hospital")
    column = next(number for number, cell in enumerate(sheet[1], start=1) if str(cell.value).endswith("status"))
    sheet.cell(row, column).value = status
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


@pytest.mark.soak
async def test_forty_broken_files_each_get_a_sentence_and_the_bot_goes_on_answering(hall: Hall) -> None:
    async with hall.serving() as process:
        await hall.sees_status("planned")
        for number, (name, broken) in enumerate(BROKEN.items(), start=1):
            hall.save(broken.content)
            refusal = await hall.reads_refusal(number)
            # Of many remarks the first are told, and what is too large is not even read.
            assert re.search(rf"Line {broken.line}\b|Further remarks|larger than 5 MB", refusal), (name, refusal)
            assert "planned" in str((await hall.says(ANN, "sixth hospital"))[0]["text"]), name
        hall.save(GOOD)
        await hall.reads(STAFF_ROOM, "in order again")
        assert process.exit_code is None


async def test_rights_that_are_taken_away_are_gone_at_the_next_press(hall: Hall) -> None:
    async with hall.serving():
        await hall.says(CLERK, "/edit sixth hospital")
        await hall.presses(CLERK, "Status")
        await hall.presses(CLERK, "completed")
        await hall.says(ADMIN, f"/revoke {CLERK}")
        await hall.presses(ADMIN, "Yes")

        assert "Only the city's staff" in await hall.presses(CLERK, "Publish")
        assert hall.path.read_bytes() == GOOD


async def test_a_start_with_a_broken_file_answers_from_the_last_good_copy_and_says_so(hall: Hall) -> None:
    async with hall.serving():
        await hall.sees_status("planned")
    hall.save(b"city: [")
    async with hall.serving():
        await hall.sees_status("planned")
        assert "Line 1" in await hall.reads(STAFF_ROOM, "saved with errors")
    shutil.rmtree(hall.path.parent)
    async with hall.serving():
        await hall.sees_status("planned")
        await hall.reads(STAFF_ROOM, "not there")


async def test_of_two_simultaneous_changes_the_second_is_refused(hall: Hall) -> None:
    async with hall.serving():
        for person, status in ((CLERK, "completed"), (ADMIN, "delayed")):
            await hall.says(person, "/edit sixth hospital")
            await hall.presses(person, "Status")
            await hall.presses(person, status)

        assert "Published" in await hall.presses(CLERK, "Publish")
        assert f"changed with buttons by {CLERK}" in await hall.presses(ADMIN, "Publish")
        await hall.sees_status("completed", within=2)


async def test_a_yes_that_was_killed_is_done_after_the_start(hall: Hall) -> None:
    async with hall.serving() as process:
        await hall.says(CLERK, "/edit sixth hospital")
        await hall.presses(CLERK, "Status")
        await hall.presses(CLERK, "completed")
        message, name = hall._newest(CLERK, "Publish")
        hall.city.press(CLERK, message["message_id"], name)
        await asyncio.sleep(0.02)
        await process.is_killed()
    async with hall.serving():
        await hall.sees_status("completed")
        await hall.city.wait_until_confirmed(within=150)
    assert hall.path.read_bytes() == completed_today()
