"""Messages that the inbox owes: claimed and settled; implements the port `OwedMessages`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.delivery import MAX_ATTEMPTS, RESEND_AFTER, Settled
from bot.inbox.tickets.model import OwedMessage
from bot.storage.schema import owed_messages, ticket_messages, tickets
from bot.storage.tickets import Owed, move_inbox, owe, ticket_from
from bot.storage.transactions import AnyRow, Repository

_owed = owed_messages


class OwedMessageRepository(Repository):
    async def recover_owed(self, staff: Collection[int], now: datetime) -> None:
        claimed = _owed.c.state == "sending"
        exhausted = select(_owed).where(claimed & (_owed.c.attempts >= MAX_ATTEMPTS))
        async with self._transactions.writing() as connection:
            for row in (await connection.execute(exhausted)).all():
                message = await _message(connection, row)
                await _settle(connection, message, Settled(message.chat, "failed", "unknown"), staff, now)
            again = update(_owed).where(claimed).values(state="pending", next_at=now + RESEND_AFTER)
            await connection.execute(again)

    async def claim_owed(self, most: int, now: datetime) -> Sequence[OwedMessage]:
        due = (_owed.c.state == "pending") & (_owed.c.next_at <= now)
        query = select(_owed.c.id).where(due).order_by(_owed.c.next_at, _owed.c.id).limit(most)
        async with self._transactions.reading() as connection:
            if not (await connection.execute(query)).first():
                return []
        async with self._transactions.writing() as connection:
            chosen = (await connection.scalars(query)).all()
            here = _owed.c.id.in_(chosen)
            await connection.execute(update(_owed).where(here).values(state="sending", attempts=_owed.c.attempts + 1))
            rows = (await connection.execute(select(_owed).where(here).order_by(_owed.c.id))).all()
            return [await _message(connection, row) for row in rows]

    async def settle_owed(
        self, settled: Sequence[tuple[OwedMessage, Settled]], staff: Collection[int], now: datetime
    ) -> None:
        async with self._transactions.writing() as connection:
            for message, outcome in settled:
                await _settle(connection, message, outcome, staff, now)

    async def next_owed(self) -> datetime | None:
        query = select(func.min(_owed.c.next_at)).where(_owed.c.state == "pending")
        due: datetime | None = await self._scalar(query)
        return due


async def _message(connection: AsyncConnection, row: AnyRow) -> OwedMessage:
    found = (await connection.execute(select(tickets).where(tickets.c.id == row.ticket_id))).first()
    return OwedMessage(
        id=row.id,
        kind=row.kind,
        chat=row.chat_id,
        language=row.language,
        reply_to=row.reply_to,
        text=row.text,
        ticket=None if found is None else ticket_from(found),
        attempt=row.attempts,
    )


async def _settle(
    connection: AsyncConnection, message: OwedMessage, outcome: Settled, staff: Collection[int], now: datetime
) -> None:
    here = _owed.c.id == message.id
    if outcome.state == "pending":
        attempts = message.attempt - (0 if outcome.counts else 1)
        values = {"state": "pending", "attempts": attempts, "next_at": outcome.next_at or now}
        await connection.execute(update(_owed).where(here).values(values))
        if outcome.new_chat is not None:
            await move_inbox(connection, message.chat, outcome.new_chat)
        return
    kept = (await connection.execute(delete(_owed).where(here))).rowcount
    if not kept or message.ticket is None:
        return
    if (
        outcome.state == "sent"
        and outcome.message_id is not None
        and message.kind in ("ticket", "reopened", "reminder")
    ):
        await _show(connection, message.ticket.id, message.chat, outcome.message_id)
    elif outcome.state == "failed" and message.kind == "answer":
        owed = [Owed("undelivered", chat, outcome.reason, message.ticket.id) for chat in staff]
        await owe(connection, owed, now)


async def _show(connection: AsyncConnection, ticket: int, chat: int, message: int) -> None:
    """Record which ticket a message shows; a database from a backup may contain an older message with this number."""
    here = (ticket_messages.c.chat_id == chat) & (ticket_messages.c.message_id == message)
    await connection.execute(delete(ticket_messages).where(here))
    await connection.execute(insert(ticket_messages).values(chat_id=chat, message_id=message, ticket_id=ticket))
