"""Errors say whether a request may have arrived, and reveal nothing else."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from telegram.request import RequestData

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.errors import OperatorError
from bot.sandbox import Sandbox
from bot.telegram_api.client import Client
from bot.telegram_api.http import AiohttpRequest
from bot.telegram_api.request_errors import MaybeSentError, NeverSentError
from tests.telegram_api.http_outcomes import SECRET, outcome_of
from tests.telegram_api.uncertain_sends import UNCERTAIN_OUTCOMES


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    """A pool without a proxy."""
    async with AiohttpRequest() as opened:
        yield opened


async def test_a_sent_text_has_its_number(sandbox: Sandbox, client: Client) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")

    assert await outcome_of(client, ann) == Sent(2)


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("kind", "expected"), UNCERTAIN_OUTCOMES.items())
async def test_what_went_wrong_after_the_connection_is_unknown(
    sandbox: Sandbox, client: Client, kind: str, expected: Outcome, accepted: bool
) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    sandbox.fault(kind, "sendMessage", accepted=accepted)

    assert await outcome_of(client, ann) == expected


async def test_no_answer_in_time_is_unknown(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("hang")

    with pytest.raises(MaybeSentError, match="did not answer in time"):
        await client.get_me(read_timeout=0.05)


async def test_telegrams_own_refusals_stay_what_they_are(sandbox: Sandbox, client: Client) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    sandbox.fault("flood", "sendMessage", times=1, seconds=7)
    assert await outcome_of(client, ann) == NotSent("flood", retry_after=7.0)
    sandbox.block(ann)
    assert await outcome_of(client, ann) == Refused("blocked")
    assert await outcome_of(client, 424242) == Refused("chat")
    sandbox.set_token("1000000001:another-token-of-the-same-bot-entirely")
    assert await outcome_of(client, ann) == NotSent("token")


async def test_a_refusal_of_a_proxy_is_not_a_refusal_of_telegram(sandbox: Sandbox, client: Client) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")
    for status in (401, 403, 404):
        sandbox.clear_faults()
        sandbox.fault("html", "sendMessage", status=status)
        assert await outcome_of(client, ann) == Unknown("server")


async def test_a_refused_connection_never_sent_anything(request_: AiohttpRequest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NeverSentError, match="connection refused") as caught:
        await request_.post(f"http://127.0.0.1:{port}/bot{SECRET}/getMe")
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_name_that_is_not_found_never_sent_anything(request_: AiohttpRequest) -> None:
    with pytest.raises(NeverSentError, match="its name is not found"):
        await request_.post(f"http://telegram.invalid/bot{SECRET}/getMe")


async def test_encryption_that_fails_never_sent_anything(request_: AiohttpRequest, sandbox: Sandbox) -> None:
    with pytest.raises(NeverSentError):
        await request_.post(f"https://127.0.0.1:{sandbox.port}/bot{SECRET}/getMe")


async def test_a_connection_that_takes_too_long_never_sent_anything(request_: AiohttpRequest) -> None:
    # A full backlog does not answer the third handshake; 10.255.255.1 would need a network.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        try:
            with pytest.raises(NeverSentError, match="no answer in time"):
                await request_.post(f"http://127.0.0.1:{full.getsockname()[1]}/bot{SECRET}/getMe", connect_timeout=0.1)
        finally:
            for other in others:
                other.close()


async def test_a_closed_pool_never_sent_anything() -> None:
    with pytest.raises(NeverSentError):
        await AiohttpRequest().post(f"http://127.0.0.1:1/bot{SECRET}/getMe")


async def test_an_address_that_makes_no_sense_tells_no_token(request_: AiohttpRequest) -> None:
    for address in (f"nonsense/{SECRET}", f"http://[/{SECRET}", f"gopher://x/{SECRET}"):
        with pytest.raises(NeverSentError) as caught:
            await request_.post(address)
        assert SECRET not in str(caught.value)


async def test_a_proxy_carries_the_calls(sandbox: Sandbox) -> None:
    heads: list[bytes] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call: forwarded with a bare path, as an HTTP proxy does."""
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        onward, back = await asyncio.open_connection("127.0.0.1", sandbox.port)
        back.write(head.replace(sandbox.url.encode(), b"", 1).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        back.write(await reader.read(10_000))
        writer.write(await onward.read())
        for end in (back, writer):
            end.close()
            await end.wait_closed()

    proxy = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    async with AiohttpRequest(f"http://user:password@127.0.0.1:{port}") as through:
        assert await through.post(f"{sandbox.url}/bot{sandbox.token}/getUpdates", RequestData([])) == []
    proxy.close()

    assert b"Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==" in heads[0]


async def test_a_proxy_that_is_gone_is_named_without_its_password(sandbox: Sandbox) -> None:
    async with AiohttpRequest("http://user:password@127.0.0.1:1") as gone:
        with pytest.raises(NeverSentError, match="the proxy: connection refused") as caught:
            await gone.post(f"{sandbox.url}/bot{sandbox.token}/getMe")
    assert "password" not in str(caught.value)


def test_socks_without_its_part_is_a_sentence() -> None:
    with pytest.raises(OperatorError, match=r"TELEGRAM_PROXY begins with socks5.*aiohttp-socks"):
        AiohttpRequest("socks5://user:password@127.0.0.1:1")


async def test_a_cancelled_call_is_cancelled(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("hang")
    call = asyncio.create_task(client.get_me())
    await sandbox.wait_for_calls("getMe")
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_hundred_calls_are_on_their_way_at_a_time(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("hang")
    calls = [asyncio.create_task(client.get_me()) for _ in range(100)]
    await sandbox.wait_for_calls("getMe", 100)
    for call in calls:
        call.cancel()

    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*calls, return_exceptions=True))


def test_nothing_shows_the_token() -> None:
    client = Client(SECRET, "http://127.0.0.1:1")

    assert SECRET not in f"{client!r} {client} {client.request!r}"
