"""Raw HTTP over the control socket."""

import asyncio
import json
from contextlib import suppress
from typing import Any


async def post(path: str, target: str, body: bytes) -> tuple[int, Any]:
    """Send a request; return the status and the body of the response, or status 0 if the connection ends before it."""
    reader, writer = await asyncio.open_unix_connection(path)
    with suppress(ConnectionError):
        writer.write(request(target, body))
        await writer.drain()
    answer = b""
    with suppress(ConnectionError):
        while part := await reader.read(1 << 20):
            answer += part
    writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, json.loads(content) if content else None


def request(target: str, body: bytes) -> bytes:
    """The bytes of a request."""
    head = f"POST {target} HTTP/1.1\r\nHost: bot\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
