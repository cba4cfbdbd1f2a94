"""What happens when the program itself fails on an update: an apology, a log line, a word to staff."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from telegram import Update

from bot.log_config import error_location

#: Staff are told of mishaps at most this often.
ALERT_PAUSE = timedelta(minutes=10)

log = structlog.get_logger()


class ErrorGuard:
    """Lets a handler fail without harm to anybody else; what the error says is never told, it may quote."""

    def __init__(
        self,
        handle: Callable[[Update], Awaitable[None]],
        *,
        apologise: Callable[[Update], Awaitable[None]],
        alert: Callable[[str], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._handle = handle
        self._apologise = apologise
        self._alert = alert
        self._now = now
        self._alerted_at: datetime | None = None
        self._untold = 0

    async def handle(self, update: Update) -> None:
        """Handle an update; never fails, except when it is cancelled."""
        try:
            await self._handle(update)
        except Exception as error:  # noqa: BLE001 - one citizen's mishap must not become everybody's
            _report(error, update=update.update_id)
            await self._try("apology", self._apologise(update))
            await self._tell_staff(f"{type(error).__name__}, {error_location(error)}")

    async def _tell_staff(self, what: str) -> None:
        self._untold += 1
        now = self._now()
        if self._alerted_at is None or now - self._alerted_at >= ALERT_PAUSE:
            number, self._untold, self._alerted_at = self._untold, 0, now
            await self._try("alert", self._alert(f"{what} ({number}×)"))

    async def _try(self, what: str, act: Awaitable[None]) -> None:
        try:
            await act
        except Exception as error:  # noqa: BLE001 - nothing is left that could be done for anybody
            _report(error, during=what)


def _report(error: Exception, **where: object) -> None:
    log.error("handler_failed", error=type(error).__name__, place=error_location(error), **where)
