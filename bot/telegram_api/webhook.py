"""Receives the updates that Telegram sends to the bot's web server.

Telegram repeats an update until it gets a 2xx, for up to a day. It sends the updates of one chat one after the other,
at most a hundred at the same time, and no others while two hundred chats have unanswered ones. So each call is answered
soon: 200 when the update is handled or parked in the database (`UpdateQueue.secure` waits at most 0.4 seconds and one
commit), 503 if the database fails meanwhile or the program stops. A body that cannot be an update gets a 4xx. A body
with an update's id that is otherwise unreadable is set aside: after a 4xx it would come again for a day and delay its
chat.
"""

import asyncio
import contextlib
import secrets

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.telegram_api.update_json import read_json
from bot.telegram_api.update_queue import UpdateQueue

#: The most bytes of a call, and the seconds within which it must arrive; usual calls have a few thousand bytes.
MAX_BODY, BODY_TIMEOUT = 1_000_000, 10.0
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of the header

log = structlog.get_logger()


class Webhook:
    """Accepts updates that carry the secret."""

    def __init__(self, *, path: str, secret: str, update_queue: UpdateQueue, stopping: asyncio.Event) -> None:
        self._secret = secret.encode()
        self._update_queue = update_queue
        self._stopping = stopping
        self._forged = 0
        self.route = Route(path, self._receive, methods=["POST"])

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
        if self._stopping.is_set() or self._update_queue.is_full:
            return Response(status_code=503)
        updates = await self._update_queue.accept([read_json(body)])
        if not updates:
            return Response(status_code=400)
        return Response(status_code=200 if await self._update_queue.secure(updates) else 503)

    def _log_forgery(self) -> None:
        """Log only powers of two, so that a flood of calls does not flood the log."""
        self._forged += 1
        if self._forged & (self._forged - 1) == 0:
            log.warning("forged_call", refused=self._forged)


async def _read(request: Request) -> bytes | None:
    """The body; None if it is too large, which is detected before it is read completely."""
    body = bytearray()
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
    return bytes(body)
