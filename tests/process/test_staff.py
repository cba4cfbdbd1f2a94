"""The real program while staff work on its knowledge: by editor, by file, by spreadsheet and by button."""

import asyncio
import io
import re
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from bot.sandbox import Sandbox
from tests.factories import yaml_text
from tests.process.bot_process import TOKEN, Installation
from tests.process.city_hall import ADMIN, ANN, CLERK, GOOD, STAFF_ROOM, Hall
from tests.publishing.broken_files import BROKEN

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


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    """The small city, with an admin, a clerk, a citizen and a chat of staff."""
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
    """The city's file after a clerk has set the sixth hospital to completed with buttons."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    confirmed = "status: planned\n    as_of: 2021-11-12", f"status: completed\n    as_of: {today}"
    return yaml_text(confirmed).encode()


def with_status(workbook: bytes, status: str) -> bytes:
    """Change the status of the sixth hospital in a workbook."""
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


async def test_a_confirmation_during_which_the_bot_was_killed_is_done_after_the_next_start(hall: Hall) -> None:
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
