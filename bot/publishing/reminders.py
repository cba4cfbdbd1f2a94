"""The weekly list of stale projects for the staff chat: when it is due."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.people.ports import ScheduledJobs

#: The list is due on Mondays at nine o'clock in the city's time zone.
_WEEKDAY, _HOUR = 0, time(9)
#: The name of the scheduled job.
JOB = "stale"
#: Seconds between two checks.
_INTERVAL = 3600.0
#: On its first run the bot sends the list only if it is overdue by at most this.
_GRACE = timedelta(hours=1)

log = structlog.get_logger()


class WeeklyReminder:
    """Calls `send` once a week; looks up `city_zone` and `now` at each check."""

    def __init__(
        self,
        jobs: ScheduledJobs,
        send: Callable[[], Awaitable[None]],
        *,
        city_zone: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._send = send
        self._city_zone = city_zone
        self._now = now

    async def run(self) -> None:
        """Check every hour, until cancelled."""
        while True:
            try:
                await self.check()
            except Exception as error:  # noqa: BLE001 - next week's list must be sent whatever happens
                log.warning("not_reminded", error=type(error).__name__)
            await asyncio.sleep(_INTERVAL)

    async def check(self) -> None:
        """Send the list if it is due and was not sent this week; raises StorageError.

        It is recorded as sent before it is sent: a failure loses one list but never sends it twice. A recorded time in
        the future came from a wrong clock and is ignored.
        """
        now = self._now()
        due = last_due(now, ZoneInfo(self._city_zone()))
        last = await self._jobs.last_done(JOB)
        if last is not None and due <= last <= now:
            return
        await self._jobs.done(JOB, now)
        if last is not None or now - due <= _GRACE:
            await self._send()


def last_due(now: datetime, zone: ZoneInfo) -> datetime:
    """The last Monday at nine in this time zone."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - _WEEKDAY) % 7)
    due = datetime.combine(day, _HOUR, zone)
    return due if due <= now else due - timedelta(days=7)
