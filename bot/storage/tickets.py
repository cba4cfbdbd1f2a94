"""Tickets and wishes; implements the port `TicketStore`."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.tickets.model import (
    CLOSES_AFTER,
    KEEP_TICKETS,
    MAX_OPEN,
    MAX_WISHES,
    Accepted,
    AnswerResult,
    NewTicket,
    NotOpen,
    Opened,
    OpenResult,
    OwedKind,
    OwnInbox,
    Ticket,
    TooMany,
    Wish,
)
from bot.storage.schema import owed_messages, ticket_messages, tickets, wishes
from bot.storage.transactions import AnyRow, Repository

#: A closed ticket keeps only its number and times.
_CLOSED = {"state": "closed", "chat_id": 0, "person": 0, "message_id": 0, "text": "", "answer": "", "answered_by": None}


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that a chat is owed from now on."""

    kind: OwedKind
    chat: int
    text: str = ""
    ticket: int | None = None
    language: str | None = None
    reply_to: int | None = None  #: the message in that chat to reply to


class TicketRepository(Repository):
    async def open_ticket(self, ticket: NewTicket, staff: Collection[int], now: datetime) -> OpenResult:
        async with self._transactions.writing() as connection:
            known = await _find(connection, tickets.c.question == ticket.question)
            if known is not None:
                return Opened(known, new=False)
            if await _count_open(connection, ticket.person) >= MAX_OPEN:
                return TooMany()
            values = asdict(ticket)
            ids = {f"{name}_id": values.pop(name) for name in ("chat", "message", "group")}
            row = values | ids | {"state": "open", "reminded": False, "opened_at": now, "created_at": now, "answer": ""}
            written = await connection.execute(insert(tickets).values(row).returning(tickets.c.id))
            opened = await _find(connection, tickets.c.id == written.scalar_one())
            assert opened is not None  # noqa: S101 - it was written in this transaction
            await owe(connection, [Owed("ticket", chat, ticket=opened.id) for chat in staff], now)
        return Opened(opened, new=True)

    async def ticket(self, identifier: int) -> Ticket | None:
        return await self._first(select(tickets).where(tickets.c.id == identifier), ticket_from)

    async def ticket_at(self, chat: int, message: int) -> Ticket | None:
        here = (ticket_messages.c.chat_id == chat) & (ticket_messages.c.message_id == message)
        shown = select(ticket_messages.c.ticket_id).where(here).scalar_subquery()
        return await self._first(select(tickets).where(tickets.c.id == shown), ticket_from)

    async def answer_ticket(self, identifier: int, person: int, answer: str, now: datetime) -> AnswerResult:
        # A reopened ticket keeps the answer that did not help, because its update may come again after a crash.
        repeats = (tickets.c.answered_by == person) & (tickets.c.answer == answer)
        is_open = (tickets.c.id == identifier) & (tickets.c.state == "open") & func.coalesce(~repeats, true())
        values = {"state": "answered", "answered_by": person, "answered_at": now, "answer": answer}
        async with self._transactions.writing() as connection:
            changed = await connection.execute(update(tickets).where(is_open).values(values))
            ticket = await _find(connection, tickets.c.id == identifier)
            if ticket is None:
                return None
            if not changed.rowcount:
                return NotOpen(ticket)
            owed = Owed("answer", ticket.chat, answer, ticket.id, language=ticket.language, reply_to=ticket.message)
            await owe(connection, [owed], now)
        return Accepted(ticket)

    async def close_ticket(self, identifier: int) -> bool:
        answered = (tickets.c.id == identifier) & (tickets.c.state == "answered")
        async with self._transactions.writing() as connection:
            closed = (await connection.execute(update(tickets).where(answered).values(_CLOSED))).rowcount
        await self._transactions.purge()
        return bool(closed)

    async def reopen_ticket(self, identifier: int, staff: Collection[int], now: datetime) -> bool:
        answered = (tickets.c.id == identifier) & (tickets.c.state == "answered")
        values = {"state": "open", "reminded": False, "opened_at": now}
        async with self._transactions.writing() as connection:
            if not (await connection.execute(update(tickets).where(answered).values(values))).rowcount:
                return False
            await _owe_to_staff(connection, "reopened", identifier, staff, now)
        return True

    async def remind(self, before: datetime, staff: Collection[int], now: datetime) -> int:
        due = (tickets.c.state == "open") & (tickets.c.opened_at < before) & tickets.c.reminded.is_(False)
        async with self._transactions.writing() as connection:
            waiting = (await connection.scalars(select(tickets.c.id).where(due))).all()
            for ticket in waiting:
                await connection.execute(update(tickets).where(tickets.c.id == ticket).values(reminded=True))
                await _owe_to_staff(connection, "reminder", ticket, staff, now)
        return len(waiting)

    async def keep_wish(self, wish: Wish) -> bool:
        here = wishes.c.chat_id == wish.chat
        async with self._transactions.writing() as connection:
            groups = (await connection.scalars(select(wishes.c.group_id).where(here))).all()
            if wish.group not in groups and len(groups) >= MAX_WISHES:
                return False
            await connection.execute(delete(wishes).where(here & (wishes.c.group_id == wish.group)))
            await connection.execute(
                insert(wishes).values(
                    chat_id=wish.chat,
                    group_id=wish.group,
                    person=wish.person,
                    message_id=wish.message,
                    language=wish.language,
                    created_at=wish.created_at,
                )
            )
        return True

    async def grant_wishes(self, group: int, text: str, now: datetime) -> int:
        asked = (tickets.c.group_id == group) & tickets.c.state.in_(("open", "answered"))
        async with self._transactions.writing() as connection:
            askers: dict[int, tuple[int, str]] = {}
            for table, here in ((wishes, wishes.c.group_id == group), (tickets, asked & (tickets.c.state == "open"))):
                rows = await connection.execute(
                    select(table.c.chat_id, table.c.message_id, table.c.language).where(here)
                )
                askers |= {row.chat_id: (row.message_id, row.language) for row in rows}
            await connection.execute(delete(wishes).where(wishes.c.group_id == group))
            await connection.execute(update(tickets).where(asked).values(_CLOSED))
            owed = [
                Owed("taught", chat, text, language=language, reply_to=message)
                for chat, (message, language) in askers.items()
            ]
            await owe(connection, owed, now)
        return len(askers)

    async def own_inbox(self, chat: int) -> OwnInbox:
        own = ((tickets.c.chat_id == chat) | (tickets.c.person == chat)) & (tickets.c.state != "closed")
        async with self._transactions.reading() as connection:
            rows = (await connection.execute(select(tickets).where(own).order_by(tickets.c.id))).all()
            wished = await connection.scalar(
                select(func.count()).select_from(wishes).where((wishes.c.chat_id == chat) | (wishes.c.person == chat))
            )
            owed = await connection.scalar(
                select(func.count()).select_from(owed_messages).where(owed_messages.c.chat_id == chat)
            )
        return OwnInbox([ticket_from(row) for row in rows], wished or 0, owed or 0)

    async def expire_tickets(self, now: datetime) -> None:
        """Close answered tickets without a reaction for 14 days, and erase everything older than 90 days."""
        unspoken = (tickets.c.state == "answered") & (tickets.c.answered_at < now - CLOSES_AFTER)
        old = select(tickets.c.id).where(tickets.c.created_at < now - KEEP_TICKETS)
        async with self._transactions.writing() as connection:
            await connection.execute(update(tickets).where(unspoken).values(_CLOSED))
            await _erase(connection, tickets.c.id.in_(old))
            await connection.execute(delete(wishes).where(wishes.c.created_at < now - KEEP_TICKETS))
            await connection.execute(delete(owed_messages).where(owed_messages.c.next_at < now - KEEP_TICKETS))


async def owe(connection: AsyncConnection, owed: Sequence[Owed], now: datetime) -> None:
    """Owe messages, in the transaction of the event that causes them."""
    rows = [asdict(each) | {"state": "pending", "attempts": 0, "next_at": now} for each in owed]
    for row in rows:
        row["chat_id"], row["ticket_id"] = row.pop("chat"), row.pop("ticket")
    if rows:
        await connection.execute(insert(owed_messages), rows)


async def _owe_to_staff(
    connection: AsyncConnection, kind: OwedKind, ticket: int, staff: Collection[int], now: datetime
) -> None:
    """Owe the staff chats a message about a ticket, as a reply to the message that shows it."""
    query = select(ticket_messages.c.chat_id, func.min(ticket_messages.c.message_id))
    rows = await connection.execute(
        query.where(ticket_messages.c.ticket_id == ticket).group_by(ticket_messages.c.chat_id)
    )
    shown: dict[int, int] = {chat: message for chat, message in rows}  # noqa: C416 - for mypy a row is not a pair
    await owe(connection, [Owed(kind, chat, ticket=ticket, reply_to=shown.get(chat)) for chat in staff], now)


async def erase_inbox(connection: AsyncConnection, chat: int) -> None:
    """Erase the tickets, wishes and owed messages of a chat, in the transaction that erases the rest of its data."""
    await _erase(connection, (tickets.c.chat_id == chat) | (tickets.c.person == chat))
    await connection.execute(delete(wishes).where((wishes.c.chat_id == chat) | (wishes.c.person == chat)))
    await connection.execute(delete(owed_messages).where(owed_messages.c.chat_id == chat))
    await connection.execute(delete(ticket_messages).where(ticket_messages.c.chat_id == chat))
    await connection.execute(update(tickets).where(tickets.c.answered_by == chat).values(answered_by=None))


async def move_inbox(connection: AsyncConnection, old: int, new: int) -> None:
    """Move a group's data to its new id; messages in the old group cannot be replied to in the new one."""
    await connection.execute(update(tickets).where(tickets.c.chat_id == old).values(chat_id=new))
    moved = select(wishes.c.group_id).where(wishes.c.chat_id == new)
    await connection.execute(delete(wishes).where((wishes.c.chat_id == old) & wishes.c.group_id.in_(moved)))
    await connection.execute(update(wishes).where(wishes.c.chat_id == old).values(chat_id=new))
    await connection.execute(update(owed_messages).where(owed_messages.c.chat_id == old).values(chat_id=new))


async def _erase(connection: AsyncConnection, condition: ColumnElement[bool]) -> None:
    """Delete tickets with all messages about them."""
    gone = select(tickets.c.id).where(condition)
    for table in (ticket_messages, owed_messages):
        await connection.execute(delete(table).where(table.c.ticket_id.in_(gone)))
    await connection.execute(delete(tickets).where(condition))


async def _count_open(connection: AsyncConnection, person: int) -> int:
    is_open = (tickets.c.person == person) & (tickets.c.state == "open")
    return await connection.scalar(select(func.count()).select_from(tickets).where(is_open)) or 0


async def _find(connection: AsyncConnection, condition: ColumnElement[bool]) -> Ticket | None:
    row = (await connection.execute(select(tickets).where(condition))).first()
    return None if row is None else ticket_from(row)


def ticket_from(row: AnyRow) -> Ticket:
    return Ticket(
        id=row.id,
        question=row.question,
        chat=row.chat_id,
        person=row.person,
        message=row.message_id,
        language=row.language,
        text=row.text,
        group=row.group_id,
        state=row.state,
        created_at=row.created_at,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        answer=row.answer,
    )
