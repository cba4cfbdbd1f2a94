"""Each error of the HTTP library and of Telegram has its outcome."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest
import telegram.error
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify
from bot.telegram_api.request_errors import FloodError, MaybeSentError, NeverSentError
from tests.telegram_api.http_outcomes import SECRET, outcome_of


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
#: that could carry it, it was never sent, whichever error tells so. Before you add a class of a
#: new version, read when it is raised.
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
async def test_an_answer_without_a_message_leaves_the_outcome_unknown(answer: bytes) -> None:
    """Telegram reports success, but does not show what it sent: the outcome is unknown."""

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
