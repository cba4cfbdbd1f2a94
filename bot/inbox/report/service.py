"""Collects the figures of a report."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.inbox.model import CountKey
from bot.inbox.ports import InboxStore
from bot.inbox.report.model import USUAL_DAYS, Period, Report, TicketTimes, TopGroup, make_report
from bot.knowledge import City

#: The number of groups in a report.
_GROUPS = 10


class ReportStore(InboxStore, Protocol):
    """The counters; every method raises StorageError."""

    async def question_counts_since(self, since: datetime) -> Sequence[tuple[CountKey, int]]:
        """The number of questions by key since that hour."""

    async def ticket_times(self, since: datetime) -> Sequence[TicketTimes]:
        """When the tickets that were opened since then were answered."""


class ReportService:
    """Creates reports; `city` is called for the current city and its time zone."""

    def __init__(self, store: ReportStore, city: Callable[[], City], now: Callable[[], datetime]) -> None:
        self._store = store
        self._city = city
        self._now = now

    async def report(self, since: date | None = None) -> Report:
        """The report since a day, by default of the last 28 days; raises StorageError."""
        now, zone = self._now(), ZoneInfo(self._city().time_zone)
        today = now.astimezone(zone).date()
        first = min(since or today - timedelta(days=USUAL_DAYS), today)
        begin = datetime.combine(first, time(), zone)
        store = self._store
        groups, _ = await store.waiting_groups(now, _GROUPS)
        return make_report(
            await store.question_counts_since(begin),
            Period(first, today, zone),
            groups=[TopGroup(group.id, group.count, await self._example(group.id)) for group in groups],
            tickets=await store.ticket_times(begin),
            gained=await store.gained_since(first),
        )

    async def _example(self, group: int) -> str:
        questions = await self._store.questions_of(group, 1)
        return questions[0].text if questions else ""
