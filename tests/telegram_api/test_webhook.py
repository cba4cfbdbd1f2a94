"""The webhook, which is open to the internet."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.typing import EventDict

from bot.errors import OperatorError
from bot.sandbox import Sandbox
from bot.storage import Store
from bot.telegram_api import webhook_watch
from bot.telegram_api.startup import WebhookConfig
from bot.telegram_api.web_server import WebServer
from bot.telegram_api.webhook import MAX_BODY
from tests.quiet_time import takes_less_than
from tests.telegram_api.conftest import Echo
from tests.telegram_api.webhook_door import HEADER, SECRET, Door, opened_door


@pytest.fixture
async def door(echo: Echo) -> AsyncIterator[Door]:
    """The echo bot behind a webhook."""
    async with opened_door(echo) as door:
        yield door


def update(number: int, text: str = "hello", chat: int = 5) -> bytes:
    """Make an update as Telegram sends it."""
    body: dict[str, Any] = {"message_id": number, "date": 1, "text": text}
    body["chat"] = {"id": chat, "type": "private", "first_name": "Ann"}
    return json.dumps({"update_id": number, "message": body}).encode()


async def test_a_thousand_forged_calls_are_refused_and_none_is_handled(
    door: Door, echo: Echo, store: Store, logs: list[EventDict]
) -> None:
    forged = [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "é" * 25, "x" * 5000]
    statuses = [await door.knock(update(number), forged[number % len(forged)]) for number in range(1000)]

    assert set(statuses) == {403}
    assert echo.update_queue.in_flight == 0
    assert await store.unhandled(range(1000)) == set(range(1000))
    assert len(logs) < 15


async def test_a_forged_call_is_refused_before_its_body_has_come(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
    async with takes_less_than(2):
        assert b" 403 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b" " * (MAX_BODY + 1), 413),
        (b"", 400),
        (b"no json", 400),
        (b"[1]", 400),
        (b'{"update_id": "5"}', 400),
        (b"\xff\xfe", 400),
        (b'{"update_id": 5}', 200),
        (b'{"update_id": 6, "message": {"chat": 3}}', 200),
    ],
)
async def test_nonsense_with_the_right_secret_is_answered_honestly(door: Door, body: bytes, status: int) -> None:
    assert await door.knock(body) == status


async def test_other_paths_and_ways_lead_nowhere(door: Door) -> None:
    assert await door.knock(update(1), path="/") == 404
    async with door.session.get(f"http://127.0.0.1:{door.port}/hook") as response:
        assert response.status == 405


async def test_an_update_that_comes_many_times_at_once_is_answered_once(
    door: Door, echo: Echo, sandbox: Sandbox
) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    statuses = await asyncio.gather(*(door.knock(update(7, "hello", ann)) for _ in range(40)))
    await echo.update_queue.drain(10.0)

    # On a busy machine the commit may take longer than a caller waits; then Telegram sends the update again.
    assert set(statuses) <= {200, 503}
    assert await door.knock(update(7, "hello", ann)) == 200
    assert sandbox.texts(ann) == ["hello"]


async def test_200_means_handled_or_parked_and_nothing_less(
    door: Door, echo: Echo, store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def wait(text: str) -> None:
        await gate.wait()

    async def fail(*_: object) -> None:
        raise OSError

    echo.before = wait
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    assert await door.knock(update(8, "hello", ann)) == 200
    assert len(await store.parked()) == 1
    monkeypatch.setattr(store, "park", fail)
    assert await door.knock(update(9, "again", ann)) == 503
    gate.set()
    await sandbox.wait_for_replies(ann, 2)
    assert await door.knock(update(9, "again", ann)) == 200

    assert sandbox.texts(ann) == ["hello", "again"]


async def test_a_port_that_is_taken_is_a_sentence(door: Door, echo: Echo) -> None:
    with pytest.raises(OperatorError, match="LISTEN cannot be used"):
        async with WebServer(echo.health).listening("127.0.0.1", door.port):
            pass


async def test_a_call_that_comes_while_the_program_stops_is_left_to_telegram(door: Door, sandbox: Sandbox) -> None:
    door.stopping.set()
    assert await door.knock(update(7, "hello", sandbox.person())) == 503


async def opened_at(port: int, count: int, data: bytes = b"") -> list[asyncio.StreamWriter]:
    """Open connections that send this and nothing more."""
    writers = []
    for _ in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        writers.append(writer)
    return writers


@pytest.mark.parametrize("data", [b"", b"POST /hook HTTP/1.1\r\nHost: x\r\n"])
async def test_too_many_idle_or_half_open_connections_lock_out_no_client(
    echo: Echo, sandbox: Sandbox, logs: list[EventDict], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr("bot.telegram_api.web_server.max_visitors", lambda: 20)
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    async with opened_door(echo) as door:
        strangers = await opened_at(door.port, 100, data)
        assert await door.knock(update(7, "hello", ann)) == 200
        async with door.session.get(f"http://127.0.0.1:{door.port}/health") as response:
            assert response.status == 200
        for writer in strangers:
            writer.close()

    assert sandbox.texts(ann) == ["hello"]
    assert [event["event"] for event in logs].count("too_many_connections") == 1


async def test_a_request_that_never_becomes_complete_is_closed(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram_api.connections.REQUEST_TIMEOUT", 0.5)
    async with opened_door(echo) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        closed = asyncio.ensure_future(reader.read())
        async with takes_less_than(4):
            while not closed.done():
                writer.write(b"a")
                await asyncio.sleep(0.1)
        with contextlib.suppress(ConnectionError):
            assert await closed == b""
        writer.close()


async def test_a_body_that_never_comes_is_answered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram_api.webhook.BODY_TIMEOUT", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"POST /hook HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nContent-Length: 9\r\n\r\n".encode())
    async with takes_less_than(2):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_body_that_is_not_an_update_is_refused_and_one_that_no_handler_can_read_is_set_aside(
    door: Door, logs: list[EventDict]
) -> None:
    """With a 4xx Telegram would send an update again for a day, and keep the others of its chat back."""
    assert await door.knock(b"[" * 60_000) == 400
    deep = b'{"reply_to_message":' * 20_000 + b"1" + b"}" * 20_000
    assert await door.knock(b'{"update_id": 5, "message": ' + deep + b"}") == 200
    assert await door.knock(b'{"update_id": 6, "message": {"message_id": ' + b"9" * 5_000 + b"}}") == 200
    assert await door.knock(b'{"update_id": 7, "message": {"text": "\xff"}}') == 200
    assert await door.knock(b'{"update_id": 99999999999999999999999}') == 400
    assert await door.knock(b'{"update_id": 9, "message": {"chat": []}}') == 200
    assert await door.knock(b'{"update_id": 10, "message": "x"}') == 200

    assert [event["reason"] for event in logs if event["event"] == "update_set_aside"][-1] == "message: model_type"


async def test_a_webhook_that_another_program_deletes_is_set_again_and_one_that_it_replaces_is_reported(
    sandbox: Sandbox, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_watch, "CHECK_INTERVAL", 0.1)
    monkeypatch.setattr(sandbox.webhook_sender, "second", 0.1)
    async with opened_door(echo) as door:
        config = WebhookConfig(f"http://127.0.0.1:{door.port}/hook", SECRET)
        watching = asyncio.create_task(webhook_watch.watch_webhook(echo.client, config, echo.health))
        ann = sandbox.person()
        sandbox.write(ann, "hello")
        await sandbox.wait_for_replies(ann)  # nobody had set it
        sandbox.fault("garbage", "getWebhookInfo", times=1)
        await echo.client.delete_webhook()
        sandbox.write(ann, "are you there?")
        await sandbox.wait_for_replies(ann, 2)
        assert list(echo.health.problems) == []

        async with asyncio.timeout(150):
            sandbox.state.webhook = replace(sandbox.state.webhook, url="http://127.0.0.1:9/elsewhere")
            while not echo.health.problems:  # noqa: ASYNC110 - health has no event
                await asyncio.sleep(0.02)
            assert sandbox.state.webhook.url.endswith("/elsewhere")
            await echo.client.delete_webhook()
            while echo.health.problems:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        watching.cancel()
