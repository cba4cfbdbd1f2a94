"""Answers from a raw socket that are not valid HTTP: the outcome is unknown, soon, and uses little memory."""

import asyncio
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.broadcasts.delivery import Sent, Unknown
from bot.telegram_api import http
from bot.telegram_api.client import Client
from bot.telegram_api.http import MAX_ANSWER
from bot.telegram_api.request_errors import MaybeSentError
from tests.telegram_api.http_outcomes import SECRET, outcome_of

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_RESULT = b'{"ok":true,"result":{"message_id":7,"chat":{"id":1,"type":"private"}}}'


def just(data: bytes) -> Answer:
    """These bytes, and the end of the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return answer


def endless(head: bytes, piece: bytes) -> Answer:
    """A head, and then the same bytes again and again."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return answer


_CHUNK = b"10000\r\n" + b"a" * 65536 + b"\r\n"


async def _bomb(writer: asyncio.StreamWriter) -> None:
    """200 MB of spaces, packed to 200 kB; packed here and in pieces, because memory is measured."""
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(compressor.compress(b" " * 1_000_000) for _ in range(200)) + compressor.flush()
    writer.write(_OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


HOSTILE: dict[str, Answer] = {
    "a body without an end": endless(_OK + b"\r\n", b"a" * 65536),
    "chunks without an end": endless(_OK + b"Transfer-Encoding: chunked\r\n\r\n", _CHUNK),
    "headers without an end": endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 1000 + b"\r\n"),
    "a line without an end": endless(b"HTTP/1.1 200 ", b"a" * 1000),
    "a small body that unpacks to a large one": _bomb,
    "rubbish that is said to be packed": just(
        _OK + b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\n" + b"\x1f\x8b\x08\xff\xff\xff"
    ),
    "half of the bytes that it promises": just(_OK + b"Content-Length: 9999\r\n\r\n" + _RESULT),
    "a negative length": just(_OK + b"Content-Length: -1\r\n\r\n" + _RESULT),
    "a length that is not a number": just(_OK + b"Content-Length: many\r\n\r\n" + _RESULT),
    "two lengths": just(_OK + b"Content-Length: 5\r\nContent-Length: 70\r\n\r\n" + _RESULT),
    "chunks of wrong size": just(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    "no HTTP": just(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "another version of HTTP": just(b"HTTP/9.9 200 OK\r\n\r\n" + _RESULT),
    "no status": just(b"HTTP/1.1 OK\r\n\r\n"),
    "a status without an end": just(b"HTTP/1.1 99999 OK\r\n\r\n"),
    "nothing": just(b""),
    "only bytes of zero": just(b"\x00" * 4096),
}


async def _drip(writer: asyncio.StreamWriter) -> None:
    """A body whose bytes come so that no pause between two of them is long."""
    writer.write(_OK + b"Content-Length: 99999\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def _slow_line(writer: asyncio.StreamWriter) -> None:
    """A large answer that takes longer than a small one may, but makes progress."""
    padding = b" " * 40_000
    writer.write(_OK + b"Content-Length: %d\r\n\r\n" % (10 * len(padding) + len(_RESULT)))
    for _ in range(10):
        writer.write(padding)
        await writer.drain()
        await asyncio.sleep(0.1)
    writer.write(_RESULT)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[Client]:
    """A client of a server that answers each call in this way."""

    replying: set[asyncio.Task[None] | None] = set()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replying.add(asyncio.current_task())
        with suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    client = Client(SECRET, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await client.open()
    try:
        yield client
    finally:
        await client.close_pools()
        server.close()
        await asyncio.wait([task for task in replying if task], timeout=5)


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
async def test_an_answer_that_is_not_http_is_unknown_soon_and_costs_little_memory(answer: Answer) -> None:
    tracemalloc.start()
    try:
        async with asyncio.timeout(30), answering(answer) as client:
            assert isinstance(await outcome_of(client, 1), Unknown)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 3 * MAX_ANSWER


async def test_an_answer_that_drips_is_given_up_long_before_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BODY_PATIENCE", 0.5)
    async with asyncio.timeout(20), answering(_drip) as client:
        with pytest.raises(MaybeSentError, match="did not answer in time"):
            await client.fetch(0, wait=25)


async def test_a_large_answer_on_a_slow_line_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BODY_PATIENCE", 0.5)
    async with answering(_slow_line) as client:
        assert await outcome_of(client, 1) == Sent(7)
