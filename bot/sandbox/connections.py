"""The TCP connections below HTTP, so that a fault can break one."""

import asyncio
import socket
import struct

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

Wires = dict[tuple[str, int], asyncio.Transport]


def protocol_into(wires: Wires) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, noting each open connection by the client's address."""

    class Wire(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client:
                wires[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client:
                wires.pop(self.client, None)
            super().connection_lost(exc)

    return Wire


async def reset(wires: Wires, request: Request) -> Response:
    """End the connection as a crashed machine does: the client reads ECONNRESET."""
    break_off(_wire(wires, request))
    return await silence(request)


async def cut(wires: Wires, request: Request, body: bytes) -> Response:
    """Promise the whole body, send half of it, close."""
    wire = _wire(wires, request)
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    wire.write(head.encode() + body[: len(body) // 2])
    wire.close()
    return await silence(request)


async def silence(request: Request) -> Response:
    """Say nothing until the client is gone; the response that comes then reaches nobody."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def break_off(wire: asyncio.Transport) -> None:
    """Close without waiting and with a reset."""
    wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.abort()


def _wire(wires: Wires, request: Request) -> asyncio.Transport:
    client = request.scope["client"]
    return wires[client[0], client[1]]
