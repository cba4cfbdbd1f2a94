"""Where Telegram calls the bot, and where others ask whether it is well."""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import Generator
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import OperatorError
from bot.telegram_api.health import Health
from bot.telegram_api.update_queue import PATIENCE, UpdateQueue

#: Bytes of a call; Telegram's own are a few thousand.
LARGEST_BODY = 1_000_000
#: Seconds in which calls in flight may still end when the program does.
LAST_SECONDS = 6
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of the header

log = structlog.get_logger()


class Webhook:
    """Takes updates in as Telegram brings them; 200 means that the update is safe.

    Telegram brings an update again until it hears 200, so everything else is an honest "not yet".
    """

    def __init__(self, *, path: str, secret: str, update_queue: UpdateQueue, health: Health) -> None:
        self._secret = secret.encode()
        self._update_queue = update_queue
        self._health = health
        self._refused = 0
        self.app = Starlette(routes=[Route(path, self._receive, methods=["POST"]), Route("/health", self._tell_health)])

    async def serve(self, host: str, port: int, stopping: asyncio.Event) -> None:
        """Listen until it is time to stop, then let calls in flight end; OperatorError if LISTEN is taken."""
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            raise OperatorError(f"LISTEN cannot be used: {host}:{port}: {error.strerror}.") from None
        with listening:
            await _Server(self.app, stopping).serve(sockets=[listening])

    async def _receive(self, request: Request) -> Response:
        given = request.headers.get(_SECRET_HEADER, "").encode("latin-1")
        if not secrets.compare_digest(given, self._secret):
            self._note_forgery()
            return Response(status_code=403)
        body = await _read(request)
        if body is None:
            return Response(status_code=413)
        try:
            raw: Any = json.loads(body)
        except ValueError:
            raw = None
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            return Response(status_code=400)
        return Response(status_code=200 if await self._is_safe(raw) else 503)

    async def _is_safe(self, raw: dict[str, Any]) -> bool:
        """Whether the update was handled, or parked because that takes long."""
        (arrival,) = (await self._update_queue.take([raw])).values()
        try:
            async with asyncio.timeout(PATIENCE):
                await arrival.safe.wait()
        except TimeoutError:
            await self._update_queue.park([arrival])
        return arrival.safe.is_set()

    async def _tell_health(self, _: Request) -> Response:
        troubles = self._health.problems
        state = {
            "status": "trouble" if troubles else "ok",
            "troubles": troubles,
            "in_flight": self._update_queue.in_flight,
        }
        return JSONResponse(state, status_code=503 if troubles else 200)

    def _note_forgery(self) -> None:
        """Log each power of two: whoever floods the bot must not flood its log."""
        self._refused += 1
        if self._refused & (self._refused - 1) == 0:
            log.warning("forged_call", refused=self._refused)


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

    def __init__(self, app: Starlette, stopping: asyncio.Event) -> None:
        config = uvicorn.Config(
            app,
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
