"""Network faults as python-telegram-bot and a bare client see them, before and after acceptance."""

import asyncio
import time
from collections import Counter
from typing import Any

import aiohttp
import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot.sandbox import Kind, Sandbox


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        (Kind.RESET, NetworkError),
        (Kind.HANG, TimedOut),
        (Kind.ERROR, NetworkError),
        (Kind.HTML, NetworkError),
        (Kind.GARBAGE, TelegramError),
        (Kind.TRUNCATED, TelegramError),
        (Kind.EMPTY, TelegramError),
        (Kind.CUT, NetworkError),
        (Kind.FLOOD, RetryAfter),
    ],
)
async def test_a_fault_raises_its_error_whether_or_not_the_message_was_accepted(
    ptb: Bot, sandbox: Sandbox, ann: int, fault: tuple[Kind, type[Exception]], accepted: bool
) -> None:
    kind, error = fault
    sandbox.fault(kind, "sendMessage", times=1, accepted=accepted)
    with pytest.raises(error):
        await ptb.send_message(ann, "one", read_timeout=0.3)
    await ptb.send_message(ann, "two")

    assert sandbox.texts(ann) == (["one", "two"] if accepted else ["two"])
    faulty, normal = sandbox.record.of("sendMessage")
    assert (faulty.fault, faulty.accepted, normal.fault) == (kind.value, accepted, "")


async def test_a_reset_reads_as_a_reset(ptb: Bot, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault("reset", times=1)
    with pytest.raises(NetworkError) as broken:
        await ptb.send_message(ann, "x")

    assert isinstance(broken.value.__cause__, httpx.ReadError)


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_delay_changes_nothing_but_the_time(raw: Any, ann: int, accepted: bool) -> None:
    raw.sandbox.fault("delay", "sendMessage", seconds=0.3, times=1, accepted=accepted)
    begun = time.monotonic()
    status, _ = await raw("sendMessage", chat_id=ann, text="late")
    ended = time.monotonic()
    accepted_at = raw.sandbox.record.sends()[0].at

    assert (status, raw.sandbox.texts(ann)) == (200, ["late"])
    assert ended - begun >= 0.3
    assert (ended - accepted_at >= 0.3) == accepted


async def test_errors_look_like_those_of_telegram_and_of_a_proxy(raw: Any, ann: int) -> None:
    raw.sandbox.fault("error", times=1, status=502)
    raw.sandbox.fault("html", times=1, status=504)
    json_answer = await raw("getMe")
    async with raw.session.get(raw.address("getMe")) as page:
        text = await page.text()

    assert json_answer == (502, {"ok": False, "error_code": 502, "description": "Internal Server Error"})
    assert (page.status, page.content_type, text[:6]) == (504, "text/html", "<html>")


@pytest.mark.parametrize(("kind", "complete"), [("garbage", False), ("truncated", False), ("empty", True)])
async def test_bad_bodies_come_with_status_200(raw: Any, kind: str, complete: bool) -> None:
    raw.sandbox.fault(kind)
    async with raw.session.get(raw.address("getMe")) as response:
        body = await response.read()

    assert response.status == 200
    assert (body == b"") == complete
    assert not body.endswith(b"}")


async def test_a_cut_body_is_shorter_than_promised(raw: Any) -> None:
    raw.sandbox.fault("cut")
    with pytest.raises(aiohttp.ClientPayloadError):
        await raw("getMe")


async def test_429_has_retry_after_in_body_and_header(raw: Any) -> None:
    raw.sandbox.fault("flood", seconds=7)
    async with raw.session.get(raw.address("getMe")) as response:
        body = await response.json()

    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert body["description"] == "Too Many Requests: retry after 7"
    assert body["parameters"] == {"retry_after": 7}


async def test_a_fault_applies_to_one_method_and_chat_after_some_calls_and_a_number_of_times(
    raw: Any, ann: int
) -> None:
    ben = raw.sandbox.person("Ben")
    raw.sandbox.start(ben)
    raw.sandbox.fault("error", "SENDMESSAGE", chat_id=ann, skip=1, times=2)
    statuses = [(await raw("sendMessage", chat_id=ann, text="x"))[0] for _ in range(4)]

    assert statuses == [200, 500, 500, 200]
    assert (await raw("sendMessage", chat_id=ben, text="x"))[0] == 200
    assert (await raw("getMe"))[0] == 200


async def test_faults_with_a_probability_are_the_same_for_the_same_seed() -> None:
    async def statuses(seed: int) -> list[int]:
        async with Sandbox(seed=seed) as sandbox, aiohttp.ClientSession() as session:
            sandbox.fault("error", probability=0.4)
            found = []
            for _ in range(60):
                async with session.get(f"{sandbox.url}/bot{sandbox.token}/getMe") as response:
                    found.append(response.status)
            return found

    first, same, other = await statuses(1), await statuses(1), await statuses(2)
    assert first == same
    assert first != other
    assert 10 < Counter(first)[500] < 40


async def test_faults_can_be_cleared(raw: Any) -> None:
    raw.sandbox.fault("error")
    assert (await raw("getMe"))[0] == 500
    raw.sandbox.clear_faults()

    assert (await raw("getMe"))[0] == 200


async def test_updates_whose_answer_was_lost_come_again(raw: Any, ann: int) -> None:
    raw.sandbox.write(ann, "one")
    raw.sandbox.fault("reset", "getUpdates", times=1, accepted=True)
    with pytest.raises(aiohttp.ClientError):
        await raw("getUpdates")
    _, body = await raw("getUpdates")

    assert len(body["result"]) == 1


async def test_every_call_takes_its_latency_half_before_acceptance(raw: Any, ann: int) -> None:
    raw.sandbox.set_latency(0.4)
    begun = time.monotonic()
    await raw("sendMessage", chat_id=ann, text="x")
    ended = time.monotonic()
    at = raw.sandbox.record.sends()[0].at

    assert at - begun >= 0.2
    assert ended - at >= 0.2


async def test_latency_may_vary_between_two_figures(raw: Any) -> None:
    raw.sandbox.set_latency(0.01, 0.05)
    halves = [raw.sandbox.half_latency() for _ in range(50)]

    assert all(0.005 <= half <= 0.025 for half in halves)
    assert len(set(halves)) > 10


async def test_a_closed_sandbox_refuses_connections_and_keeps_its_updates_for_when_it_opens_again(
    raw: Any, ann: int
) -> None:
    raw.sandbox.write(ann, "before")
    await raw.sandbox.close()
    with pytest.raises(aiohttp.ClientConnectorError):
        await raw("getMe")
    raw.sandbox.write(ann, "meanwhile")
    await raw.sandbox.listen()
    _, body = await raw("getUpdates")

    assert [update["message"]["text"] for update in body["result"]] == ["before", "meanwhile"]


async def test_closing_does_not_wait_for_hanging_calls() -> None:
    async with aiohttp.ClientSession() as session:
        async with Sandbox() as sandbox:
            sandbox.fault("hang", "getMe")
            address = f"{sandbox.url}/bot{sandbox.token}/"
            hanging = [asyncio.create_task(session.get(address + name)) for name in ("getMe", "getUpdates?timeout=40")]
            await asyncio.sleep(0.2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 20  # the longer of the two hangs for 40
        results = await asyncio.gather(*hanging, return_exceptions=True)

    assert all(isinstance(result, aiohttp.ClientError) for result in results)


async def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        await Sandbox(port=sandbox.port).listen()
