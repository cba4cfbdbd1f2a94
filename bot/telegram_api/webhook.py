"""The HTTP server that Telegram sends updates to, and `/health`.

Telegram sends an update again until it gets a 2xx, up to a day; the updates of one chat one after the other, at most a
hundred at the same time, and no others while two hundred chats have unanswered ones. So an update is answered soon:
200 when it is handled, or parked in the database (`UpdateQueue.secure` waits 0.4 seconds at most and one commit), 503
when the database fails meanwhile. A body that can be no update gets a 4xx.

The port is open to the internet: `connections` bounds what strangers can hold.
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import Generator
from typing import Any, cast

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import OperatorError
from bot.telegram_api.connections import Connections
from bot.telegram_api.descriptors import max_visitors
from bot.telegram_api.health import Health
from bot.telegram_api.update_queue import UpdateQueue

#: Bytes of a call, and seconds in which it must have come; Telegram's own have a few thousand.
LARGEST_BODY, BODY_TIMEOUT = 1_000_000, 10.0
#: Seconds in which calls in flight may end when the program stops.
LAST_SECONDS = 6
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of the header

log = structlog.get_logger()


class Webhook:
    """Accepts updates that carry the secret."""

    def __init__(self, *, path: str, secret: str, update_queue: UpdateQueue, health: Health) -> None:
        self._secret = secret.encode()
        self._update_queue = update_queue
        self._health = health
        self._forged = 0
        self.app = Starlette(routes=[Route(path, self._receive, methods=["POST"]), Route("/health", self._show_health)])

    async def serve(self, host: str, port: int, stopping: asyncio.Event) -> None:
        """Listen until `stopping` is set, then let calls in flight end; OperatorError if the address cannot be used."""
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, port), family=family)
        except OSError as error:
            raise OperatorError(f"LISTEN cannot be used: {host}:{port}: {error.strerror}.") from None
        with listening:
            await _Server(self.app, stopping, max_visitors()).serve(sockets=[listening])

    async def _receive(self, request: Request) -> Response:
        given = request.headers.get(_SECRET_HEADER, "").encode("latin-1")
        if not secrets.compare_digest(given, self._secret):
            self._log_forgery()
            return Response(status_code=403)
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                body = await _read(request)
        except TimeoutError:
            return Response(status_code=408, headers={"Connection": "close"})
        if body is None:
            return Response(status_code=413)
        if self._update_queue.is_full:
            return Response(status_code=503)
        try:
            value: Any = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        updates = await self._update_queue.accept([value])
        if not updates:
            return Response(status_code=400)
        return Response(status_code=200 if await self._update_queue.secure(updates) else 503)

    async def _show_health(self, _: Request) -> Response:
        problems = self._health.problems
        state = {
            "status": "trouble" if problems else "ok",
            "troubles": problems,
            "in_flight": self._update_queue.in_flight,
        }
        return JSONResponse(state, status_code=503 if problems else 200)

    def _log_forgery(self) -> None:
        """Log each power of two, so that a flood of calls is no flood of lines."""
        self._forged += 1
        if self._forged & (self._forged - 1) == 0:
            log.warning("forged_call", refused=self._forged)


async def _read(request: Request) -> bytes | None:
    """The body; None when it is too large, which is noticed before it is held in memory."""
    body = bytearray()
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return None
    return bytes(body)


class _Server(uvicorn.Server):
    """uvicorn that leaves signals alone and stops when the program does."""

    def __init__(self, app: Starlette, stopping: asyncio.Event, limit: int) -> None:
        config = uvicorn.Config(
            app,
            http=cast("type[asyncio.Protocol]", Connections(limit).protocol),  # uvicorn only calls it
            backlog=min(128, max(16, limit // 2)),  # as many are accepted at once, before one can be closed
            log_level="error",  # a malformed request is no event
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=LAST_SECONDS,
        )
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        """Until it is time to stop."""
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the program's."""
        yield
