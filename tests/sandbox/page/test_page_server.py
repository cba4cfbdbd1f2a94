"""The sandbox page over real HTTP and its WebSocket, with the real program and the real bot behind it."""

import asyncio
import base64
import json

import aiohttp
import pytest

from bot.i18n.languages import LANGUAGES
from bot.sandbox import TOKEN
from bot.sandbox.attachments import PIXEL
from tests.sandbox.page.browser import Browser, Json, browser_at
from tests.sandbox.page.conftest import Program, call

EMMA = "Emma"


async def test_a_page_shows_three_citizens_a_clerk_two_admins_and_their_group(browser: Browser) -> None:
    people = browser.snapshot["people"]
    members = {chat["person"] for chat in browser.snapshot["chats"] if chat["type"] == "group"}

    assert [person["language"] for person in people if person["role"] == "citizen"] == ["en", "zh", "ru"]
    assert [person["role"] for person in people[3:]] == ["staff", "admin", "admin"]
    assert members == {person["id"] for person in people[3:]}
    assert browser.snapshot["languages"] == [*LANGUAGES]


async def test_a_question_is_answered_and_a_button_opens_more(browser: Browser) -> None:
    key = browser.key(EMMA)

    answer = await browser.ask(key, "new childcare center?")
    before = set(browser.chats[key])
    notice = await browser.press(key, answer["buttons"][0][0]["text"])
    more = await browser.answer(key, before)

    assert answer["from"] == "bot"
    assert "childcare" in answer["text"].lower()
    assert notice["person"] == browser.person(EMMA)["id"]
    assert more["id"] > answer["id"]


async def test_every_open_page_gets_the_messages_and_a_new_one_finds_them(browser: Browser, program: Program) -> None:
    key = browser.key(EMMA)
    async with browser_at(program.address) as other:
        await browser.do("write", key=key, text="/id")
        await other.until(lambda: any(each["text"] == "/id" for each in other.chats[key].values()))
    async with browser_at(program.address) as later:
        assert any(each["text"] == "/id" and each["out"] for each in later.chats[key].values())


async def test_a_changed_question_replaces_the_message(browser: Browser) -> None:
    key = browser.key(EMMA)
    sent = await browser.do("write", key=key, text="hullo")

    await browser.do("edit", key=key, message=sent["id"], text="hello")

    await browser.until(lambda: browser.chats[key][sent["id"]]["edited"])
    assert browser.chats[key][sent["id"]]["text"] == "hello"


async def test_a_file_goes_up_and_comes_down_as_an_attachment(browser: Browser) -> None:
    key, content = browser.key(EMMA), base64.b64encode(b"what a citizen sends").decode()
    sent = await browser.do("attach", key=key, name="../a letter.txt", content=content, caption="look")
    document = browser.chats[key][sent["id"]]["document"]

    async with browser.session.get(f"{browser.root}/file/{document['id']}") as response:
        assert await response.read() == b"what a citizen sends"
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20letter.txt"
    assert (document["name"], browser.chats[key][sent["id"]]["text"]) == ("a letter.txt", "look")


async def test_a_photo_is_shown_and_a_file_that_is_not_a_picture_is_refused(browser: Browser) -> None:
    key = browser.key(EMMA)
    sent = await browser.do("attach", key=key, content=base64.b64encode(PIXEL).decode(), kind="photo")

    async with browser.session.get(f"{browser.root}/file/{browser.chats[key][sent['id']]['photo']}") as response:
        assert response.headers["Content-Type"] == "image/png"
    page = base64.b64encode(b"<script>").decode()
    assert "not a picture" in await browser.refused("attach", key=key, content=page, kind="photo")


async def test_an_inline_search_finds_and_its_result_is_sent(browser: Browser) -> None:
    emma = browser.person(EMMA)["id"]

    asked = await browser.do("inline", person=emma, query="childcare")
    found = await browser.event("inline", query_id=asked["query_id"])
    sent = await browser.do("choose", person=emma, query_id=asked["query_id"], result_id=found["results"][0]["id"])

    assert browser.chats[browser.key(EMMA)][sent["id"]]["via_inline"]


async def test_the_menus_follow_the_roles(browser: Browser) -> None:
    emma, grace, maria = (str(browser.person(name)["id"]) for name in (EMMA, "Grace", "Maria"))

    def menu(person: str) -> set[str]:
        newest = next(each for each in reversed(browser.events) if "profiles" in each)
        return {command["command"] for command in newest["profiles"][person]["commands"]}

    await browser.until(lambda: "broadcast" in menu(maria))
    assert "inbox" in menu(grace)
    assert "broadcast" not in menu(grace)
    assert "inbox" not in menu(emma)


async def test_a_person_who_blocks_the_bot_gets_nothing_until_they_write(browser: Browser) -> None:
    anna = browser.person("Анна")["id"]
    await browser.ask(browser.key("Анна"), "/id")

    await browser.do("block", person=anna, blocked=True)
    people = (await browser.event("people"))["people"]
    assert next(person["blocked"] for person in people if person["id"] == anna)

    assert (await browser.ask(browser.key("Анна"), "/id"))["from"] == "bot"


async def test_what_cannot_be_done_is_refused_with_a_sentence(browser: Browser) -> None:
    key, clerks = browser.key(EMMA), browser.key("Grace")

    assert "no action" in await browser.refused("fly")
    assert "“text”" in await browser.refused("write", key=key)
    assert "“text”" in await browser.refused("write", key=key, text="x" * 5000)
    assert "no such chat" in await browser.refused(
        "write", key=f"{key.partition(':')[0]}:{clerks.partition(':')[0]}", text="hi"
    )
    assert "gone" in await browser.refused("press", key=key, message=999_999, row=0, column=0)
    await browser.socket.send_str("[1, 2")
    assert await browser.do("tour", step=0) == {"step": 0}


async def test_why_tells_the_candidates_and_the_signals_of_the_running_bot(browser: Browser) -> None:
    why = await browser.do("why", text="new childcare center?", person=browser.person("Анна")["id"])

    assert why["outcome"] == "Found"
    assert why["candidates"][0]["score"] >= why["candidates"][-1]["score"]
    assert why["signals"]
    assert why["confidence"] >= why["answers_from"] > 0
    best = why["candidates"][0]
    assert set(best["signals"]) == {"meaning", "words", "letters", "parts"}
    assert sum(best["signals"].values()) == pytest.approx(best["score"], abs=1e-4)
    assert why["language"] == "ru"


async def test_the_calls_of_the_bot_are_listed(browser: Browser) -> None:
    await browser.ask(browser.key(EMMA), "/id")

    calls = (await browser.do("calls", since=0))["calls"]

    assert {"getUpdates", "sendMessage"} <= {call["method"] for call in calls}
    assert any("message" in call["summary"] for call in calls if call["method"] == "getUpdates")


async def test_a_killed_bot_is_started_again_and_answers_what_was_asked_meanwhile(browser: Browser) -> None:
    key = browser.key(EMMA)
    before, old = set(browser.chats[key]), (await browser.do("health")) and browser.snapshot["bot"]["pid"]

    await browser.do("kill_bot")
    await browser.do("write", key=key, text="/id")
    await browser.event("bot", state="restarting")
    await browser.answer(key, before)
    up = await browser.until(lambda: next((event for event in browser.events if _is_up_again(event, old)), None))

    assert up["health"]["readyz"]["status"] == "ok"


def _is_up_again(event: Json, old: object) -> bool:
    """Whether the page shows another process; the first event may be about the killed one."""
    return bool(event["event"] == "bot" and event["state"] == "up" and event["pid"] != old)


async def test_a_knowledge_file_is_checked_saved_and_served(browser: Browser) -> None:
    read = await browser.do("knowledge_read")
    text = read["text"]
    faulty = await browser.do("knowledge_save", text=text.replace("title:", "titel:", 1))
    assert faulty["ok"] is False
    assert faulty["faults"][0]["line"] == text[: text.index("title:")].count("\n") + 1
    assert (await browser.do("knowledge_read"))["text"] == text

    saved = await browser.do("knowledge_save", text=f"{text}# checked\n")

    assert saved["ok"]
    await browser.event("knowledge", served=False)
    await browser.until(lambda: browser.events[-1]["event"] == "knowledge" and browser.events[-1]["served"])
    assert read["schema"]["$schema"]


async def test_strangers_are_kept_out(program: Program) -> None:
    root, _, token = program.address.partition("/?token=")
    port = root.rpartition(":")[2]
    cookie = {"Cookie": f"minsheng_sandbox_{port}={token}"}

    async def status(path: str, **headers: str) -> int:
        async with session.get(f"{root}{path}", headers=headers) as response:
            return response.status

    async with aiohttp.ClientSession() as session:
        assert await status("/") == 403
        assert await status("/?token=wrong") == 403
        assert await status("/static/app.js") == 403
        assert await status("/file/sandbox-file-00000001") == 403
        assert await status(f"/?token={token}", Host=f"evil.example:{port}") == 403
        assert await status(f"/?token={token}", Origin="https://evil.example") == 403
        assert await status("/file/nothing", **cookie) == 404
        for headers in ({}, cookie | {"Origin": "https://evil.example"}, cookie, {"Origin": root}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{root}/socket", headers=headers)
            assert refused.value.status == 403


async def test_the_bot_api_beside_the_page_is_closed_to_others(browser: Browser, program: Program) -> None:
    running = json.loads((program.data / "running.json").read_text(encoding="utf-8"))["settings"]
    api = running["TELEGRAM_API_BASE_URL"]

    async with browser.session.post(f"{api}/sandbox/messages", json={"chat": browser.person(EMMA)["id"]}) as acts:
        assert acts.status == 404
    async with browser.session.get(f"{api}/bot{TOKEN}/getMe") as known_token:
        assert known_token.status == 401
    assert (program.data / "running.json").stat().st_mode & 0o777 == 0o600
    assert program.data.stat().st_mode & 0o777 == 0o700


async def test_the_page_may_load_and_call_nothing_but_itself(program: Program) -> None:
    async with aiohttp.ClientSession() as session, session.get(program.address) as response:
        policy, cookie = response.headers["Content-Security-Policy"], response.headers["Set-Cookie"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))


async def test_a_frame_that_is_too_long_ends_the_connection_and_no_other(browser: Browser, program: Program) -> None:
    async with browser_at(program.address) as other:
        await other.socket.send_str("x" * 15_000_000)
        await asyncio.wait_for(other.until(lambda: other.socket.closed), 150)
    assert await browser.do("tour", step=1) == {"step": 1}


def test_a_second_sandbox_in_the_same_folder_says_where_the_first_one_is(program: Program) -> None:
    second = call(program.folder, "sandbox", "--no-browser")

    assert (second.code, second.errors) == (1, f"A sandbox runs already: {program.address}\n")


def test_no_sandbox_is_started_beside_a_token(program: Program) -> None:
    with_token = call(program.folder, "sandbox", "--no-browser", TELEGRAM_BOT_TOKEN=f"123456:{'a' * 35}")

    assert with_token.code == 78
    assert "TELEGRAM_BOT_TOKEN is set" in with_token.errors
