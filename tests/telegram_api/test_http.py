"""Whether an error tells if a request may have arrived, and tells nothing else."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram.error
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.request import RequestData

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.errors import OperatorError
from bot.sandbox import Sandbox
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify
from bot.telegram_api.http import AiohttpRequest
from bot.telegram_api.request_errors import FloodError, MaybeSentError, NeverSentError
from tests.telegram_api.uncertain_sends import DOUBTS

SECRET = "1234567890:canary-canary-canary-canary-canary"


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    """A pool without a proxy."""
    async with AiohttpRequest() as opened:
        yield opened


async def outcome_of(client: Client, chat: int) -> Outcome:
    try:
        sent = await client.send_text(chat, "hello", parse_mode=None, keyboard=None, reply_to=None)
    except Exception as error:  # noqa: BLE001 - as in the sender, classify tells them apart
        shown = f"{error!r} {error} {error.__cause__!r} {error.__context__!r}"
        return Unknown("garbage") if client.token in shown else classify(error)
    return Sent(sent)


async def test_a_sent_text_has_its_number(sandbox: Sandbox, client: Client) -> None:
    ann = sandbox.person()
    sandbox.write(ann, "hi")

    assert await outcome_of(client, ann) == Sent(2)


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(("kind", "expected"), DOUBTS.items())
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


async def test_a_proxys_own_page_is_no_word_of_telegram(sandbox: Sandbox, client: Client) -> None:
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


def every(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(each for child in kind.__subclasses__() for each in every(child))]


def made(kind: type[Exception]) -> Exception:
    """An error of a class, whatever its constructor wants."""
    error = kind.__new__(kind)
    for name, value in {"message": "x", "status": 502, "new_chat_id": -5, "seconds": 3.0, "why": "broken"}.items():
        with contextlib.suppress(AttributeError):
            setattr(error, name, value)
    return error


#: Each class of errors that aiohttp has -> what became of a request that was on its way. Before it had a connection
#: that could carry it, it was never sent, whichever error tells so. Whoever adds a class of a new version here has
#: read when it is raised.
ON_ITS_WAY: dict[type[Exception], Outcome] = {
    **dict.fromkeys(
        (
            aiohttp.ClientError,
            aiohttp.ClientConnectionError,
            aiohttp.ClientConnectionResetError,
            aiohttp.ClientOSError,
            aiohttp.ClientPayloadError,
            aiohttp.ClientResponseError,
            aiohttp.ContentTypeError,
            aiohttp.ServerConnectionError,
            aiohttp.ServerDisconnectedError,
            # These come before the connection. Where one came later all the same, no one knew.
            aiohttp.ClientConnectorError,
            aiohttp.ClientConnectorCertificateError,
            aiohttp.ClientConnectorDNSError,
            aiohttp.ClientConnectorSSLError,
            aiohttp.ClientHttpProxyError,
            aiohttp.ClientProxyConnectionError,
            aiohttp.ClientSSLError,
            aiohttp.ServerFingerprintMismatch,
            aiohttp.client_exceptions.UnixClientConnectorError,
            aiohttp.InvalidURL,
            aiohttp.InvalidUrlClientError,
            aiohttp.NonHttpUrlClientError,
            # No redirect is followed, no upload is streamed, no WebSocket is opened.
            aiohttp.RedirectClientError,
            aiohttp.InvalidUrlRedirectClientError,
            aiohttp.NonHttpUrlRedirectClientError,
            aiohttp.TooManyRedirects,
            aiohttp.client_exceptions.UploadAbortedError,
            aiohttp.WSMessageTypeError,
            aiohttp.WSServerHandshakeError,
        ),
        Unknown("broken"),
    ),
    **dict.fromkeys(
        (aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError, aiohttp.SocketTimeoutError), Unknown("silence")
    ),
}


def test_each_error_of_the_http_library_is_in_the_table() -> None:
    """A class that a new version brings must be looked at before it can be used."""
    known = vars(aiohttp.client_exceptions).values()
    classes = {each for each in known if isinstance(each, type) and issubclass(each, Exception)}

    assert {each.__name__ for each in classes} == {each.__name__ for each in ON_ITS_WAY}


@pytest.mark.parametrize("kind", ON_ITS_WAY)
async def test_an_error_before_there_is_a_connection_means_never_sent(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise made(kind)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", refuse)

    assert await outcome_of(client, 1) == NotSent("network")


@pytest.mark.parametrize("reused", [False, True])
@pytest.mark.parametrize("kind", ON_ITS_WAY)
async def test_an_error_after_the_request_was_sent_is_unknown(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: type[Exception], reused: bool
) -> None:
    """Whether the connection is a new one or was used before."""

    async def break_off(*_: Any, **__: Any) -> Any:
        raise made(kind)

    if reused:
        await client.get_me()
    monkeypatch.setattr(aiohttp.ClientResponse, "start", break_off)

    assert await outcome_of(client, 1) == ON_ITS_WAY[kind]


@pytest.mark.parametrize("kind", ON_ITS_WAY)
async def test_an_error_in_the_middle_of_the_answer_is_unknown(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    async def break_off(*_: Any, **__: Any) -> Any:
        raise made(kind)

    monkeypatch.setattr(aiohttp.StreamReader, "readany", break_off)

    assert await outcome_of(client, 1) == ON_ITS_WAY[kind]


#: Each class of errors that python-telegram-bot has, and each of ours -> what became of the message.
OUTCOMES: dict[type[Exception], Outcome] = {
    telegram.error.BadRequest: Refused("unclassified"),
    telegram.error.ChatMigrated: NotSent("migrated", new_chat=-5),
    telegram.error.Conflict: NotSent("network"),
    telegram.error.EndPointNotFound: NotSent("token"),
    telegram.error.Forbidden: Refused("unclassified"),
    telegram.error.InvalidToken: NotSent("token"),
    telegram.error.NetworkError: Unknown("server"),
    telegram.error.PassportDecryptionError: Unknown("garbage"),
    telegram.error.RetryAfter: Unknown("garbage"),  # never raised: FloodError comes before it
    telegram.error.TelegramError: Unknown("garbage"),
    telegram.error.TimedOut: Unknown("silence"),
    FloodError: NotSent("flood", retry_after=3.0),
    MaybeSentError: Unknown("broken"),
    NeverSentError: NotSent("network"),
}


def test_each_error_of_the_telegram_library_is_in_the_table() -> None:
    assert set(every(TelegramError)) == set(OUTCOMES)


@pytest.mark.parametrize("kind", OUTCOMES)
def test_each_error_of_the_telegram_library_has_its_outcome(kind: type[Exception]) -> None:
    assert classify(made(kind)) == OUTCOMES[kind]


@pytest.mark.parametrize(
    "answer", [b'{"ok":true}', b'{"ok":false,"description":"x"}', b'{"ok":true,"result":{}}', b'{"ok":true,"result":1}']
)
async def test_an_answer_without_a_message_is_no_message(answer: bytes) -> None:
    """Telegram says that all is well, and does not show what it sent: that is nothing to rely on."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(answer), answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    client = Client(SECRET, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await client.open()
    try:
        assert await outcome_of(client, 1) == Unknown("garbage")
    finally:
        await client.close_pools()
        server.close()


ODD_ERRORS: list[tuple[int, Any, Outcome]] = [
    (429, {"parameters": {"retry_after": "7"}}, NotSent("flood", retry_after=7.0)),
    (429, {"parameters": {"retry_after": "soon"}}, NotSent("flood", retry_after=1.0)),
    (429, {"parameters": {"retry_after": [7]}}, NotSent("flood", retry_after=1.0)),
    (429, {"parameters": {"retry_after": -7}}, NotSent("flood", retry_after=1.0)),
    (429, {"parameters": {"retry_after": 10**400}}, NotSent("flood", retry_after=1.0)),
    (429, {"parameters": []}, NotSent("flood", retry_after=1.0)),
    (429, {}, NotSent("flood", retry_after=1.0)),
    (400, {"parameters": {"migrate_to_chat_id": "-5"}, "description": "Bad Request: chat not found"}, Refused("chat")),
    (400, {"parameters": {"migrate_to_chat_id": -(2**70)}, "description": "chat not found"}, Refused("chat")),
    (403, {"description": ["x"]}, Refused("unclassified")),
    (401, {"description": None}, NotSent("token")),
    (404, {"description": 5}, NotSent("token")),
]


@pytest.mark.parametrize(("status", "body", "outcome"), ODD_ERRORS)
async def test_an_odd_error_of_telegram_raises_nothing_else(status: int, body: Any, outcome: Outcome) -> None:
    answer = json.dumps({"ok": False, "error_code": status} | body).encode()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(answer), answer)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    client = Client(SECRET, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await client.open()
    try:
        assert await outcome_of(client, 1) == outcome
    finally:
        await client.close_pools()
        server.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadRequest("Message is not modified: specified new message content ..."), Sent()),
        (BadRequest("Query is too old and response timeout expired or query ID is invalid"), Sent()),
        (BadRequest("Can't parse entities: unsupported start tag"), Refused("content")),
        (BadRequest("Message is too long"), Refused("content")),
        (BadRequest("Chat not found"), Refused("chat")),
        (Forbidden("bot was blocked by the user"), Refused("blocked")),
        *(
            (BadRequest(text), Refused("closed"))
            for text in (
                "TOPIC_CLOSED",
                "TOPIC_DELETED",
                "CHAT_SEND_PLAIN_FORBIDDEN",
                "CHAT_SEND_PHOTOS_FORBIDDEN",
                "CHAT_ADMIN_REQUIRED",
                "need administrator rights in the channel chat",
                "Message thread not found",
                "Not enough rights to send text messages to the chat",
                "CHAT_WRITE_FORBIDDEN",
                "CHAT_RESTRICTED",
                "ALLOW_PAYMENT_REQUIRED",
                "Have no rights to send a message",
                "USER_BANNED_IN_CHANNEL",
                "TOPIC_HIDDEN",
                "direct messages topic must be specified",
                "PAYMENT_REQUIRED",
                "YOU_BLOCKED_USER",
            )
        ),
        *(
            (BadRequest(text), Refused("chat"))
            for text in (
                "CHANNEL_PRIVATE",
                "INPUT_USER_DEACTIVATED",
                "User not found",
                "PEER_ID_INVALID",
                "Group chat was deactivated",
                "The group chat was deleted",
                "group is deactivated",
                "USER_DELETED",
            )
        ),
        *(
            (BadRequest(text), Refused("content"))
            for text in (
                "Message text is empty",
                "Text must be non-empty",
                "BUTTON_URL_INVALID",
                "Wrong file identifier/HTTP URL specified",
                "Message caption is too long",
                "ENTITY_BOUNDS_INVALID",
                "Inline keyboard button URL 'x' is invalid: wrong HTTP URL",
                "PHOTO_INVALID_DIMENSIONS",
                "MEDIA_CAPTION_TOO_LONG",
                "Can't parse entities: can't find end of the entity starting at byte offset 3",
            )
        ),
        (BadRequest("SOMETHING_NEW_INVALID"), Refused("unclassified")),
        (Forbidden("Forbidden: bot is not a member of the channel chat"), Refused("blocked")),
        (Forbidden("Forbidden: the group chat was deleted"), Refused("chat")),
        (Forbidden("Forbidden: CHAT_WRITE_FORBIDDEN"), Refused("closed")),
        (Forbidden("Forbidden: something new"), Refused("unclassified")),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Refused("blocked")),
        (Forbidden("Forbidden: user is deactivated"), Refused("chat")),
        (InvalidToken("Unauthorized"), NotSent("token")),
        (ZeroDivisionError(), Unknown("garbage")),
        (asyncio.CancelledError(), Unknown("garbage")),
    ],
)
def test_the_words_of_telegram_are_understood(error: BaseException, expected: Outcome) -> None:
    assert classify(error) == expected


def test_nothing_shows_the_token() -> None:
    client = Client(SECRET, "http://127.0.0.1:1")

    assert SECRET not in f"{client!r} {client} {client.request!r}"
