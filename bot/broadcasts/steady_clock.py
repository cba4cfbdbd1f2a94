"""The clock of one delivery run: it advances steadily, also when the system clock is set."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.broadcasts.context import monotonic

#: A difference between both clocks that counts as a jump of the system clock.
_JUMP = timedelta(seconds=5)

log = structlog.get_logger()


class SteadyClock:
    """Starts at the system time and advances with the monotonic clock.

    It never starts before `floor`, the last time that the database has of this broadcast: after the system clock was
    set back, deliveries that were due stay due.
    """

    def __init__(self, system: Callable[[], datetime], floor: datetime | None) -> None:
        self._system = system
        now = system()
        self._start = max(now, floor) if floor else now
        self._began = monotonic()
        self._expected = now  #: the system time at `_began`, if it has not jumped since

    def __call__(self) -> datetime:
        """The time of this run."""
        return self._start + timedelta(seconds=monotonic() - self._began)

    def log_jump(self) -> None:
        """Log by how much the system clock has jumped since the last call, if it has."""
        difference = self._system() - (self._expected + timedelta(seconds=monotonic() - self._began))
        if abs(difference) >= _JUMP:
            self._expected += difference
            log.warning("clock_jumped", seconds=round(difference.total_seconds()))
