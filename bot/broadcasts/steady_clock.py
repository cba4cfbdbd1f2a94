"""Clocks that advance steadily even if the system clock is set."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

#: A larger difference between both clocks is a jump of the system clock.
_JUMP = timedelta(seconds=5)

log = structlog.get_logger()


def monotonic() -> float:
    """Seconds on a monotonic clock."""
    return asyncio.get_running_loop().time()


class SteadyClock:
    """The clock of one delivery run: starts at the system time and advances with the monotonic clock.

    It never starts before `floor`, the last time of this broadcast in the database: if the system clock was set back,
    due deliveries stay due.
    """

    def __init__(self, system: Callable[[], datetime], floor: datetime | None) -> None:
        self._system = system
        now = system()
        self._start = max(now, floor) if floor else now
        self._began = monotonic()
        self._expected = now  #: the expected system time at `_began`, updated after each jump

    def __call__(self) -> datetime:
        """The current time of this run."""
        return self._start + timedelta(seconds=monotonic() - self._began)

    def log_jump(self) -> None:
        """Log how far the system clock has jumped since the last call, if it has."""
        difference = self._system() - (self._expected + timedelta(seconds=monotonic() - self._began))
        if abs(difference) >= _JUMP:
            self._expected += difference
            log.warning("clock_jumped", seconds=round(difference.total_seconds()))
