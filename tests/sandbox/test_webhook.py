"""Delivery to a webhook: with its secret, in order within a chat, again after a failure."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot

from bot.sandbox import Sandbox


class Endpoint:
    """A webhook that records updates and answers as configured."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[float, dict[str, Any]]] = []
        self.secrets: set[str | None] = set()
        #: statuses of the next answers; 200 when they are used up
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.now = 0
        self.most = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.got.append((asyncio.get_running_loop().time(), await request.json()))
        await asyncio.sleep(self.delay)
        self.now -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers if status != 200 else {})

    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.got if "message" in update]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", endpoint.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield endpoint
    await runner.cleanup()


async def test_an_update_comes_at_once_with_the_secret(
    ptb: Bot, sandbox: Sandbox, ann: int, endpoint: Endpoint
) -> None:
    await ptb.set_webhook(endpoint.url, secret_token="s-3_X")
    sandbox.write(ann, "hello")
    await sandbox.wait_until_confirmed()

    assert endpoint.texts() == ["hello"]
    assert endpoint.secrets == {"s-3_X"}


async def test_what_waited_before_comes_too(ptb: Bot, sandbox: Sandbox, ann: int, endpoint: Endpoint) -> None:
    sandbox.write(ann, "early")
    await ptb.set_webhook(endpoint.url)
    await sandbox.wait_until_confirmed()

    assert endpoint.texts() == ["early"]
    assert endpoint.secrets == {None}


async def test_pending_updates_may_be_dropped(ptb: Bot, sandbox: Sandbox, ann: int, endpoint: Endpoint) -> None:
    sandbox.write(ann, "early")
    await ptb.set_webhook(endpoint.url, drop_pending_updates=True)
    sandbox.write(ann, "late")
    await sandbox.wait_until_confirmed()

    assert endpoint.texts() == ["late"]


async def test_a_failed_update_comes_again_with_growing_pauses(raw: Any, ann: int, endpoint: Endpoint) -> None:
    raw.sandbox.webhook_sender.second = 0.05
    endpoint.statuses = [500, 503, 404, 302]
    await raw("setWebhook", url=endpoint.url)
    raw.sandbox.write(ann, "again")
    await raw.sandbox.wait_until_confirmed()
    times = [at for at, _ in endpoint.got]
    pauses = [second - first for first, second in pairwise(times)]

    assert endpoint.texts() == ["again"] * 5
    assert pauses[1] >= 0.1
    assert pauses[2] >= 0.2
    assert pauses[3] >= 0.4


async def test_retry_after_of_the_webhook_is_heeded(raw: Any, ann: int, endpoint: Endpoint) -> None:
    raw.sandbox.webhook_sender.second = 0.1
    endpoint.statuses, endpoint.headers = [429], {"Retry-After": "3"}
    await raw("setWebhook", url=endpoint.url)
    raw.sandbox.write(ann, "again")
    await raw.sandbox.wait_until_confirmed()

    assert endpoint.got[1][0] - endpoint.got[0][0] >= 0.3


async def test_one_chat_stays_in_order_and_others_do_not_wait_for_it(raw: Any, ann: int, endpoint: Endpoint) -> None:
    raw.sandbox.webhook_sender.second = 0.1
    ben = raw.sandbox.person("Ben")
    endpoint.statuses = [500, 200, 200, 500]
    await raw("setWebhook", url=endpoint.url, max_connections=1)
    for text in ("a1", "a2", "a3"):
        raw.sandbox.write(ann, text)
    raw.sandbox.write(ben, "b1")
    await raw.sandbox.wait_until_confirmed()

    received = list(dict.fromkeys(reversed([text for text in endpoint.texts() if text != "b1"])))[::-1]
    assert received == ["a1", "a2", "a3"]
    assert len(endpoint.texts()) == 6


async def test_many_chats_are_served_at_once_but_no_more_than_allowed(raw: Any, endpoint: Endpoint) -> None:
    endpoint.delay = 0.05
    people = [raw.sandbox.person(str(number)) for number in range(30)]
    await raw("setWebhook", url=endpoint.url, max_connections=7)
    for person in people:
        raw.sandbox.write(person, "hello")
    await raw.sandbox.wait_until_confirmed()

    assert len(endpoint.got) == 30
    assert endpoint.most == 7


async def test_updates_wait_while_no_bot_polls(raw: Any, ann: int, endpoint: Endpoint) -> None:
    raw.sandbox.webhook_sender.second = 0.05
    await raw("setWebhook", url="http://127.0.0.1:1/hook")
    raw.sandbox.write(ann, "hello")
    await asyncio.sleep(0.2)
    _, body = await raw("getWebhookInfo")

    assert body["result"]["pending_update_count"] == 1
    assert "ClientConnectorError" in body["result"]["last_error_message"]
    await asyncio.sleep(0.9)  # sooner, Telegram would refuse another address
    await raw("setWebhook", url=endpoint.url)
    await raw.sandbox.wait_until_confirmed()
    assert endpoint.texts() == ["hello"]


async def test_a_repeated_update_is_delivered_under_its_old_number(raw: Any, ann: int, endpoint: Endpoint) -> None:
    await raw("setWebhook", url=endpoint.url)
    raw.sandbox.write(ann, "one")
    await raw.sandbox.wait_until_confirmed()
    raw.sandbox.repeat(raw.sandbox.update_ids()[-1:] * 2)
    await raw.sandbox.wait_until_confirmed()

    assert len({update["update_id"] for _, update in endpoint.got}) == 1
    assert endpoint.texts() == ["one"] * 3


async def test_webhook_info_tells_what_was_set(ptb: Bot, endpoint: Endpoint) -> None:
    await ptb.set_webhook(endpoint.url, max_connections=5, allowed_updates=["message"])
    info = await ptb.get_webhook_info()

    assert (info.url, info.max_connections, info.allowed_updates) == (endpoint.url, 5, ("message",))
    assert info.last_error_message is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"url": "ftp://127.0.0.1/"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1/", "secret_token": "a" * 257}, "secret token is too long"),
        (
            {"url": "https://city.example/hook"},
            "bad webhook: the sandbox delivers to this machine only (127.0.0.1, localhost, ::1)",
        ),
    ],
)
async def test_a_bad_webhook_is_refused(raw: Any, values: Any, sentence: str) -> None:
    assert await raw.refused("setWebhook", **values) == f"Bad Request: {sentence}"


async def test_setting_and_deleting_say_what_they_did(raw: Any, endpoint: Endpoint) -> None:
    answers = [await raw("setWebhook", url=endpoint.url)]
    await asyncio.sleep(1.0)
    answers += [
        await raw("setWebhook", url=endpoint.url),
        await raw("deleteWebhook"),
        await raw("setWebhook", url=""),
    ]

    assert [body["description"] for _, body in answers] == [
        "Webhook was set",
        "Webhook is already set",
        "Webhook was deleted",
        "Webhook is already deleted",
    ]


async def test_only_one_address_a_second_is_accepted(raw: Any) -> None:
    await raw("setWebhook", url="http://127.0.0.1:1/")
    status, body = await raw("setWebhook", url="http://127.0.0.1:2/")

    assert (status, body["parameters"]) == (429, {"retry_after": 1})


async def test_two_chats_per_connection_that_fail_hold_up_all_others(
    ptb: Bot, sandbox: Sandbox, endpoint: Endpoint
) -> None:
    """Telegram loads no further updates: a webhook must not leave many chats unanswered."""
    sandbox.webhook_sender.second = 60.0
    people = [sandbox.person() for _ in range(3)]
    await ptb.set_webhook(endpoint.url, max_connections=1)
    endpoint.statuses = [500] * 4
    for person in people[:2]:
        sandbox.write(person, "refused")
    await asyncio.sleep(0.5)
    sandbox.write(people[2], "waits")
    await asyncio.sleep(0.3)

    assert "waits" not in endpoint.texts()
    assert len(sandbox.pending()) == 3
