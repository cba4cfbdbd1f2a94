"""Deliveries as rows: how queries find them, and what becomes of them when a chat moves or its rows are erased."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.delivery import DeliveryState
from bot.storage.schema import broadcasts, chats, deliveries, tallies

#: Rows that one transaction touches at most, so that nobody waits for it: it takes some 5 ms, and 50 more where
#: PostgreSQL has to begin another file of its log.
CHUNK = 2_000
#: Of one that waits: its fate was unknown once, for what was certainly not sent gets its attempt back.
IS_TRIED = deliveries.c.attempts > 0


def delivery(broadcast: int, *chats: int) -> ColumnElement[bool]:
    """The deliveries of a broadcast to these chats."""
    here: ColumnElement[bool] = deliveries.c.broadcast_id == broadcast
    return here & (deliveries.c.chat_id == chats[0] if len(chats) == 1 else deliveries.c.chat_id.in_(chats))


def in_state(broadcast: int, state: DeliveryState) -> ColumnElement[bool]:
    """The deliveries of a broadcast in a state.

    That stands in the query word for word: SQLite uses a partial index only where its condition does.
    """
    here: ColumnElement[bool] = deliveries.c.broadcast_id == broadcast
    return here & (deliveries.c.state == literal(state, literal_execute=True))


async def kept_of(connection: AsyncConnection, chat: int) -> Sequence[Row[Any, Any, Any]]:
    """A chat's deliveries: broadcast, state, reason; each is looked up by its key, never by walking over others."""
    known = (await connection.scalars(select(broadcasts.c.id))).all()
    query = select(deliveries.c.broadcast_id, deliveries.c.state, deliveries.c.reason)
    here = deliveries.c.broadcast_id.in_(known) & (deliveries.c.chat_id == chat)
    return (await connection.execute(query.where(here))).all()


async def erase_of(connection: AsyncConnection, chat: int) -> None:
    """Erase a chat's deliveries; only how many there were stays. What was still to come is skipped."""
    for broadcast, state, reason in await kept_of(connection, chat):
        waits = state in ("pending", "sending")
        await _tally(connection, broadcast, {("skipped", "erased") if waits else (state, reason): 1})
        await connection.execute(delete(deliveries).where(delivery(broadcast, chat)))
    # The number of a chat must not stay as the mark up to which recipients were gathered either; that of the chat
    # before it does as well, and is nobody's who was forgotten.
    before = select(func.max(chats.c.chat_id)).where(chats.c.chat_id < chat).scalar_subquery()
    await connection.execute(update(broadcasts).where(broadcasts.c.cursor == chat).values(cursor=before))


async def move(connection: AsyncConnection, old: int, new: int) -> None:
    """Let a group's deliveries that may still be sent go to its new number.

    Where that has one already, the old one is skipped, or unknown if it may have arrived. While recipients are
    gathered, it is gone back to before the new number, or the group would be missed if that lies behind.
    """
    for broadcast, state, _ in await kept_of(connection, old):
        taken = await connection.scalar(select(deliveries.c.chat_id).where(delivery(broadcast, new)))
        moved = update(deliveries).where(delivery(broadcast, old))
        if state in ("pending", "unknown") and taken is None:
            await connection.execute(moved.values(chat_id=new))
        elif state == "pending":
            final = case((IS_TRIED, "unknown"), else_="skipped")
            await connection.execute(moved.values(state=final, reason="migrated"))
    missed = (broadcasts.c.cursor >= new) & broadcasts.c.gathered.is_(False)
    await connection.execute(update(broadcasts).where(missed).values(cursor=new - 1))


async def tally_chunk(connection: AsyncConnection, broadcast: int) -> bool:
    """Erase some thousand deliveries of a broadcast and keep how many they were; False when none is left."""
    here = deliveries.c.broadcast_id == broadcast
    keys = select(deliveries.c.chat_id).where(here).order_by(deliveries.c.chat_id)
    last = await connection.scalar(keys.offset(CHUNK - 1).limit(1))
    if last is not None:
        here &= deliveries.c.chat_id <= last
    rows = await connection.execute(numbers_of(here))
    cancelled = await connection.scalar(select(broadcasts.c.state).where(broadcasts.c.id == broadcast)) == "cancelled"
    await _tally(connection, broadcast, counted(rows, cancelled=cancelled))
    await connection.execute(delete(deliveries).where(here))
    return last is not None


def numbers_of(here: ColumnElement[bool]) -> Select[Any, Any, Any, Any]:
    """How many deliveries there are by state, reason and attempts."""
    columns = (deliveries.c.state, deliveries.c.reason, deliveries.c.attempts)
    return select(*columns, func.count()).where(here).group_by(*columns)


def counted(rows: Iterable[Row[Any, Any, Any, Any]], *, cancelled: bool) -> Mapping[tuple[str, str], int]:
    """Numbers by state and reason; what still waits in a cancelled broadcast is cancelled, or unknown if tried."""
    numbers: Counter[tuple[str, str]] = Counter()
    for state, reason, attempts, number in rows:
        if cancelled and state == "pending":
            numbers[("unknown", "cancelled") if attempts else ("cancelled", "")] += number
        else:
            numbers[state, reason] += number
    return numbers


async def _tally(connection: AsyncConnection, broadcast: int, numbers: Mapping[tuple[str, str], int]) -> None:
    for (state, reason), number in numbers.items():
        key = {"broadcast_id": broadcast, "state": state, "reason": reason}
        there = update(tallies).filter_by(**key).values(number=tallies.c.number + number)
        if not (await connection.execute(there)).rowcount:
            await connection.execute(insert(tallies).values(**key, number=number))
