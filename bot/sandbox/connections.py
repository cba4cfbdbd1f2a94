"""The TCP connections below HTTP, so that a fault can break one."""

import asyncio
import socket
import struct

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

Transports = dict[tuple[str, int], asyncio.Transport]


def protocol_into(transports: Transports) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, which records each open connection by the client's address."""

    class RecordedConnection(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                transports.pop(self.client, None)
            super().connection_lost(exc)

    return RecordedConnection


async def reset(transports: Transports, request: Request) -> Response:
    """End the connection like a crashed machine: the client gets ECONNRESET."""
    break_off(_transport_of(transports, request))
    return await silence(request)


async def cut(transports: Transports, request: Request, body: bytes) -> Response:
    """Announce the whole body, send half of it, and close."""
    transport = _transport_of(transports, request)
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    transport.write(head.encode() + body[: len(body) // 2])
    transport.close()
    return await silence(request)


async def silence(request: Request) -> Response:
    """Send nothing until the client disconnects; the client never receives the response."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def break_off(transport: asyncio.Transport) -> None:
    """Close at once with a reset."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport_of(transports: Transports, request: Request) -> asyncio.Transport:
    client = request.scope["client"]
    return transports[client[0], client[1]]
