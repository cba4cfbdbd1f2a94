"""The real program, and an operator who broadcasts from the command line, kills it, and continues."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.control.socket import NAME
from bot.sandbox import Sandbox
from tests.process.bot_process import TOKEN, Installation

ADMIN, ANN, BEN = 21, 11, 12
#: A broadcast can be recalled for a second here.
_HURRY = {"RECALL_SECONDS": "1"}


@pytest.fixture
async def city() -> AsyncIterator[Sandbox]:
    """A sandbox with an admin and two citizens."""
    async with Sandbox(TOKEN) as running:
        for number in (ADMIN, ANN, BEN):
            running.person(number=number)
        yield running


async def minsheng(installation: Installation, *words: str) -> list[Any]:
    """Run a command with --json in a process of its own; return the rows that it prints."""
    code, out, err = await installation.minsheng(*words, "--json", DATA_DIR=installation.settings["DATA_DIR"])
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


async def all_subscribe(city: Sandbox, installation: Installation) -> None:
    """Let everybody press Start. The bot greets people before it stores that they subscribed."""
    for person in (ADMIN, ANN, BEN):
        city.start(person)
        await city.wait_for_replies(person, within=150)
    async with asyncio.timeout(150):
        while sum(row["subscribers"] for row in await minsheng(installation, "subscribers")) < 3:
            pass


async def test_a_broadcast_with_a_file_from_the_command_line_reaches_everybody(city: Sandbox, tmp_path: Path) -> None:
    """Also after the bot was killed between the preview and the confirmation, and left its socket behind."""
    installation = Installation(city, tmp_path, settings={"ADMIN_IDS": f"{ADMIN}"} | _HURRY)
    (tmp_path / "map.pdf").write_bytes(b"%PDF the map")
    async with installation.serving() as process:
        await all_subscribe(city, installation)
        (draft,) = await minsheng(
            installation,
            "broadcast",
            "new",
            "--text-en",
            "<b>No water</b>",
            "--text-zh",
            "停水",
            "--class",
            "alert",
            "--document",
            "map.pdf",
            "--link",
            "Schedule https://example.org/schedule",
            "--to",
            f"{ADMIN}",
        )
        assert draft["head_count"] == 3
        captions = [reply.get("caption") for reply in city.replies(ADMIN)[-2:]]
        assert captions == [f"No water\n\nNo {draft['number']}", f"停水\n\n第 {draft['number']} 号"]
        await process.is_killed()
    socket = tmp_path / "data" / NAME
    assert socket.is_socket()
    async with installation.serving() as process:
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        await minsheng(installation, "broadcast", "start", draft["number"], "--confirm", "3")
        *_, last = await minsheng(installation, "broadcast", "status", draft["number"], "--follow")
        assert (last["state"], last["sent"], last["recipients"]) == ("finished", 3, 3)
        assert [row["subscribers"] for row in await minsheng(installation, "subscribers")] == [3, 0, 0]
        assert await process.leaves() == 0
        assert "No water" not in process.said()
    assert not socket.exists()
    for person in (ANN, BEN):
        message = city.replies(person)[-1]
        assert message["caption"] == f"No water\n\nNo {draft['number']}"
        assert city.content(message) == b"%PDF the map"
        assert message["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://example.org/schedule"


async def test_a_broadcast_to_many_starts_when_an_admin_approves_it_in_the_chat(city: Sandbox, tmp_path: Path) -> None:
    settings = {"ADMIN_IDS": f"{ADMIN}", "TWO_ADMINS_ABOVE": "2"} | _HURRY
    installation = Installation(city, tmp_path, settings=settings)
    async with installation.serving():
        await all_subscribe(city, installation)
        (draft,) = await minsheng(
            installation, "broadcast", "new", "--text-en", "No water", "--class", "alert", "--to", f"{ADMIN}"
        )
        assert draft["needs_second_admin"]
        (begun,) = await minsheng(installation, "broadcast", "start", draft["number"], "--confirm", "3")
        assert begun["state"] == "unapproved"
        assert "No water" not in "".join(map(str, city.texts(ANN)))
        await presses(city, "✓ Yes, send it")
        *_, last = await minsheng(installation, "broadcast", "status", draft["number"], "--follow")
        assert (last["state"], last["sent"], last["approved_by"]) == ("finished", 3, ADMIN)


async def presses(city: Sandbox, label: str) -> None:
    """Press a button with this label as the admin, as soon as it appears."""
    async with asyncio.timeout(150):
        while not (found := [reply for reply in city.replies(ADMIN) if label in str(reply.get("reply_markup"))]):  # noqa: ASYNC110 - people may be looked at, they tell nothing
            await asyncio.sleep(0.05)
    await city.wait_for_answer(city.press(ADMIN, found[-1]["message_id"], label), within=150)
