"""What the sandbox page keeps, how faults and subscribers show, and how commands find it. One folder, two starts."""

import asyncio
import contextlib
import json
from collections.abc import Iterator

import aiohttp
import pytest

from tests.sandbox.page.browser import Browser, browser_at
from tests.sandbox.page.conftest import Program, call, start


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A sandbox with 30 subscribers."""
    program = start(tmp_path_factory.mktemp("city"), "--subscribers", "30")
    yield program
    program.end()


async def listening_again(address: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(150):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get(address):
                    return
            await asyncio.sleep(0.1)


async def counted_subscribers(program: Program) -> dict[str, int]:
    """The number of subscribers in each language."""
    listed = await asyncio.to_thread(call, program.folder, "subscribers", "--json", "--sandbox")
    assert listed.code == 0
    rows = [json.loads(line) for line in listed.output.splitlines()]
    return {row["language"]: row["subscribers"] for row in rows}


async def test_subscribers_join_and_are_counted_by_the_bot(browser: Browser, program: Program) -> None:
    if browser.snapshot["subscribers"]["total"] < 30:
        await browser.event("subscribers", total=30, joining=0)

    # The bot greets people before it stores that they subscribed, and the page waits for the greetings only.
    async with asyncio.timeout(150):
        while min((await counted_subscribers(program)).values()) < 10:
            pass

    assert "There can be 5000" in await browser.refused("subscribers", count=5000)


async def test_a_fault_shows_in_the_log_of_calls_and_ends(browser: Browser) -> None:
    key = browser.key("Emma")
    before = set(browser.chats[key])
    await browser.do("faults", kind="429", seconds=1)
    await browser.do("write", key=key, text="/id")

    def refused() -> bool:
        calls = [each for event in browser.events if event["event"] == "calls" for each in event["calls"]]
        return any(each["result"].startswith("429") for each in calls)

    await browser.until(refused)
    assert await browser.do("faults", kind="none") == {"kind": "none", "seconds": None}
    assert (await browser.answer(key, before))["from"] == "bot"


async def test_while_telegram_is_down_nothing_is_lost(browser: Browser) -> None:
    key = browser.key("Emma")
    await browser.do("faults", kind="down")
    await browser.do("write", key=key, text="new childcare center?")
    before = set(browser.chats[key])

    await browser.do("faults", kind="none")

    assert "childcare" in (await browser.answer(key, before))["text"].lower()


async def test_an_added_admin_has_rights_and_the_staff_group(browser: Browser) -> None:
    added = await browser.do("add_person", name="Boris", language="ru", role="admin")
    key = f"{added['id']}:{added['id']}"

    audit = await browser.ask(key, "/audit")

    assert any(chat["key"] == f"{added['id']}:{browser.snapshot['group']}" for chat in browser.snapshot["chats"])
    assert audit["from"] == "bot"

    def menus() -> list[str]:
        return [str(each["profiles"].get(str(added["id"]))) for each in browser.events if each["event"] == "profiles"]

    await browser.until(lambda: any("broadcast" in menu for menu in menus()))


async def test_everything_is_there_after_a_restart_and_gone_after_a_reset(program: Program) -> None:
    async with browser_at(program.address) as browser:
        key = browser.key("Emma")
        await browser.do("write", key=key, text="remember me")
        await browser.do("tour", step=3)
    assert program.end() == 0
    assert "remember me" not in program.output
    listed = await asyncio.to_thread(call, program.folder, "broadcast", "list", "--sandbox")
    assert "No sandbox runs" in listed.errors

    again = start(program.folder)
    program.process, program.address = again.process, again.address
    async with browser_at(program.address) as browser:
        assert "remember me" in [message["text"] for message in browser.chats[key].values()]
        assert browser.snapshot["tour"] == {"step": 3}
        assert browser.person("Boris")["role"] == "admin"
        assert browser.snapshot["subscribers"]["total"] == 30
        await browser.event("bot", state="up")
        assert (await browser.ask(key, "new childcare center?"))["from"] == "bot"
        await browser.do("reset")
        await browser.until(lambda: browser.socket.closed)
    await listening_again(program.address)
    async with browser_at(program.address) as browser:
        assert browser.chats[browser.key("Emma")] == {}
        assert [person["name"] for person in browser.snapshot["people"]][-1] == "David"
