"""Counters for the report; implements the port `ReportStore` together with the inbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.inbox.model import CountKey
from bot.inbox.report.model import TicketTimes
from bot.storage.schema import question_counts, tickets
from bot.storage.transactions import Repository


class ReportRepository(Repository):
    async def question_counts_since(self, since: datetime) -> Sequence[tuple[CountKey, int]]:
        return await self._all(
            select(question_counts).where(question_counts.c.hour >= since),
            lambda row: (CountKey(row.hour, row.outcome, row.language, row.area), row.number),
        )

    async def ticket_times(self, since: datetime) -> Sequence[TicketTimes]:
        return await self._all(
            select(tickets).where(tickets.c.created_at >= since),
            lambda row: TicketTimes(row.created_at, row.answered_at, row.state == "open"),
        )
