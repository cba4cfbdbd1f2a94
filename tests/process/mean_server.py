"""A server in front of the sandbox that answers some calls incorrectly: for faults that `bot/sandbox` does not have."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

Spoil = Callable[[web.Request, bytes], Coroutine[Any, Any, web.StreamResponse]]

_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"


def says(status: int, body: object, headers: dict[str, str] | None = None) -> Spoil:
    """Answer with this body: a text as it is, anything else as JSON."""

    async def spoil(_: web.Request, __: bytes) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)

    return spoil


def page(status: int) -> Spoil:
    """Answer like a proxy that has lost the server behind it."""
    return says(status, _HTML.format(status), {"Content-Type": "text/html"})


async def trickles(request: web.Request, _: bytes) -> web.StreamResponse:
    """Send an answer byte by byte, and reset the connection in the middle of it."""
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    for sign in b'{"ok":true,"result":':
        await response.write(bytes([sign]))
        await asyncio.sleep(0.05)
    return await resets(request, b"")


async def resets(request: web.Request, _: bytes) -> web.StreamResponse:
    """Reset the connection."""
    if request.transport:
        request.transport.abort()
    raise ConnectionResetError


def error(status: int, description: object, parameters: object = None) -> Spoil:
    """Answer with an error in the form of Telegram, possibly with wrong types."""
    return says(status, {"ok": False, "error_code": status, "description": description, "parameters": parameters})


#: What a call may get instead of its answer.
SPOILED: dict[str, Spoil] = {
    "401 page": page(401),
    "404 page": page(404),
    "409 page": page(409),
    "413 page": page(413),
    "502 page": page(502),
    "200 page": page(200),
    "no result": says(200, {"ok": True}),
    "null": says(200, "null"),
    "not ok": says(200, {"ok": False}),
    "not ok but a result": says(200, {"ok": False, "result": []}),
    "result of another type": says(200, {"ok": True, "result": 7}),
    "list": says(200, []),
    "half": says(200, '{"ok":true,"result":[{"update_id":'),
    "not UTF-8": says(200, '{"ok":true,"result":"\\ud800"}'),
    "infinite number": says(200, '{"ok":true,"result":{"message_id":1e999}}'),
    "deep": says(200, '{"ok":true,"result":' + "[" * 100_000),
    "false compression": says(200, '{"ok":true,"result":[]}', {"Content-Encoding": "gzip"}),
    "redirect": says(302, "", {"Location": "http://127.0.0.1:9/elsewhere"}),
    "redirect to itself": says(307, "", {"Location": "getMe"}),
    "204": says(204, ""),
    "negative wait": error(429, "Too Many Requests: retry after -5", {"retry_after": -5}),
    "no wait": error(429, "Too Many Requests", {"retry_after": None}),
    "wait as text": error(429, "Too Many Requests", {"retry_after": "1"}),
    "endless wait": error(429, "Too Many Requests", {"retry_after": 1e400}),
    "huge wait": error(429, "Too Many Requests", {"retry_after": 10**30}),
    "description of another type": error(500, {"text": "sorry"}),
    "parameters of another type": error(500, "Internal Server Error", [1]),
    "slow, then cut": trickles,
    "reset": resets,
}


@dataclass
class MeanServer:
    """A server that passes calls to the one behind it, except those that get a fault."""

    behind: str
    url: str = ""
    spoiled: defaultdict[str, deque[Spoil]] = field(default_factory=lambda: defaultdict(deque))
    #: a chat -> what the next message to it gets
    to_chat: dict[int, Spoil] = field(default_factory=dict)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body, method = await request.read(), request.path.rpartition("/")[2]
        chat = 0
        with suppress(ValueError, AttributeError):
            chat = json.loads(body).get("chat_id")
        spoil = self.to_chat.pop(chat, None) if chat and method == "sendMessage" else None
        if spoil is None and self.spoiled[method]:
            spoil = self.spoiled[method].popleft()
        if spoil:
            return await spoil(request, body)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, self.behind + request.path, data=body, headers={"Content-Type": request.content_type}
            ) as answer,
        ):
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["MeanServer"]:
        """Serve on a free port of this machine."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()
