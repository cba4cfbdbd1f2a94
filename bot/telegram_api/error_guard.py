"""Handles exceptions of a handler: an apology, a log line, a note to staff."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from telegram import Update

from bot.log_config import error_location

#: The shortest time between two notes to staff.
ALERT_INTERVAL = timedelta(minutes=10)

log = structlog.get_logger()


class Handlers(Protocol):
    """Handles updates; each method may raise."""

    async def handle(self, update: Update) -> None:
        """Handle the update."""

    async def apologize(self, update: Update) -> None:
        """Tell a person who waits for an answer that the bot failed."""

    async def reject(self, update: Update) -> None:
        """Tell a chat that some of its updates were dropped."""


class ErrorGuard:
    """Calls handlers and contains their exceptions.

    The text of an exception is neither logged nor sent, because it may quote a citizen.
    """

    def __init__(
        self, handlers: Handlers, *, alert: Callable[[str], Awaitable[None]], now: Callable[[], datetime]
    ) -> None:
        self._handlers = handlers
        self._alert = alert
        self._now = now
        self._alerted_at: datetime | None = None
        self._unreported = 0

    async def handle(self, update: Update) -> None:
        """Handle an update; raises only CancelledError."""
        try:
            await self._handlers.handle(update)
        except Exception as error:  # noqa: BLE001 - an error with one update must not stop the others
            _log_error(error, update=update.update_id)
            await self._try("apology", self._handlers.apologize(update))
            await self._alert_staff(f"{type(error).__name__}, {error_location(error)}")

    async def reject(self, update: Update) -> None:
        """Tell the chat that updates were dropped; raises only CancelledError."""
        await self._try("rejection", self._handlers.reject(update))

    async def _alert_staff(self, error: str) -> None:
        self._unreported += 1
        now = self._now()
        if self._alerted_at is None or now - self._alerted_at >= ALERT_INTERVAL:
            count, self._unreported, self._alerted_at = self._unreported, 0, now
            await self._try("alert", self._alert(f"{error} ({count}×)"))

    async def _try(self, step: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the last resort failed; the log line is all that is left
            _log_error(error, during=step)


def _log_error(error: Exception, **where: object) -> None:
    log.error("handler_failed", error=type(error).__name__, place=error_location(error), **where)
