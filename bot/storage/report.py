"""The counters of the report; implements the port `ReportStore` beside the inbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.inbox.model import CountKey
from bot.inbox.report.model import TicketTimes
from bot.storage.schema import question_counts, tickets
from bot.storage.transactions import Repository


class ReportRepository(Repository):
    async def question_counts_since(self, since: datetime) -> Sequence[tuple[CountKey, int]]:
        async with self._transactions.reading() as connection:
            rows = await connection.execute(select(question_counts).where(question_counts.c.hour >= since))
            return [(CountKey(row.hour, row.outcome, row.language, row.area), row.number) for row in rows]

    async def ticket_times(self, since: datetime) -> Sequence[TicketTimes]:
        query = select(tickets.c.created_at, tickets.c.answered_at, tickets.c.state)
        async with self._transactions.reading() as connection:
            rows = await connection.execute(query.where(tickets.c.created_at >= since))
            return [TicketTimes(row.created_at, row.answered_at, row.state == "open") for row in rows]
