"""Delivery rows: conditions that select them, moving a chat, and erasing rows while keeping the counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.delivery import DeliveryState
from bot.storage.schema import broadcasts, chats, deliveries, delivery_totals

#: Rows per transaction, chosen so that other writes need not wait: about 5 ms, and 50 ms more if PostgreSQL starts a
#: new log segment.
CHUNK = 2_000
#: A pending delivery with an attempt once had an unknown outcome, since attempts that certainly failed are not counted.
IS_TRIED = deliveries.c.attempts > 0


def delivery(broadcast: int, *chats: int) -> ColumnElement[bool]:
    """Condition: the deliveries of a broadcast to these chats."""
    here: ColumnElement[bool] = deliveries.c.broadcast_id == broadcast
    return here & (deliveries.c.chat_id == chats[0] if len(chats) == 1 else deliveries.c.chat_id.in_(chats))


def in_state(broadcast: int | ColumnElement[int], state: DeliveryState) -> ColumnElement[bool]:
    """Condition: the deliveries of a broadcast, which may be a parameter, in a state.

    The state is a literal in the query: SQLite uses a partial index only if its condition appears literally.
    """
    here: ColumnElement[bool] = deliveries.c.broadcast_id == broadcast
    return here & (deliveries.c.state == literal(state, literal_execute=True))


async def deliveries_of_chat(connection: AsyncConnection, chat: int) -> Sequence[Row[Any, Any, Any]]:
    """A chat's deliveries: broadcast, state, reason. One key look-up per broadcast, no scan."""
    known = (await connection.scalars(select(broadcasts.c.id))).all()
    query = select(deliveries.c.broadcast_id, deliveries.c.state, deliveries.c.reason)
    here = deliveries.c.broadcast_id.in_(known) & (deliveries.c.chat_id == chat)
    return (await connection.execute(query.where(here))).all()


async def erase_deliveries(connection: AsyncConnection, chat: int) -> None:
    """Erase a chat's deliveries and add them to the totals; a pending one counts as skipped."""
    for broadcast, state, reason in await deliveries_of_chat(connection, chat):
        waits = state in ("pending", "sending")
        await _add_totals(connection, broadcast, {("skipped", "erased") if waits else (state, reason): 1})
        await connection.execute(delete(deliveries).where(delivery(broadcast, chat)))
    # The id must not remain in the cursor of `gather` either; the id before it works too.
    before = select(func.max(chats.c.chat_id)).where(chats.c.chat_id < chat).scalar_subquery()
    await connection.execute(update(broadcasts).where(broadcasts.c.cursor == chat).values(cursor=before))


async def move_deliveries(connection: AsyncConnection, old: int, new: int) -> None:
    """Move a group's deliveries that may still be sent to its new id.

    If the new id already has a delivery, the old one becomes skipped, or unknown if it may have arrived. While
    recipients are being recorded, the cursor moves back before the new id; otherwise the group would be missed.
    """
    for broadcast, state, _ in await deliveries_of_chat(connection, old):
        taken = await connection.scalar(select(deliveries.c.chat_id).where(delivery(broadcast, new)))
        moved = update(deliveries).where(delivery(broadcast, old))
        if state in ("pending", "unknown") and taken is None:
            await connection.execute(moved.values(chat_id=new))
        elif state == "pending":
            final = case((IS_TRIED, "unknown"), else_="skipped")
            await connection.execute(moved.values(state=final, reason="migrated"))
    missed = (broadcasts.c.cursor >= new) & broadcasts.c.gathered.is_(False)
    await connection.execute(update(broadcasts).where(missed).values(cursor=new - 1))


async def erase_chunk(connection: AsyncConnection, broadcast: int) -> bool:
    """Erase up to `CHUNK` deliveries of a broadcast and add them to the totals; return False when none is left."""
    here = deliveries.c.broadcast_id == broadcast
    keys = select(deliveries.c.chat_id).where(here).order_by(deliveries.c.chat_id)
    last = await connection.scalar(keys.offset(CHUNK - 1).limit(1))
    if last is not None:
        here &= deliveries.c.chat_id <= last
    rows = await connection.execute(totals_query(here))
    cancelled = await connection.scalar(select(broadcasts.c.state).where(broadcasts.c.id == broadcast)) == "cancelled"
    await _add_totals(connection, broadcast, count_by_state(rows, cancelled=cancelled))
    await connection.execute(delete(deliveries).where(here))
    return last is not None


def totals_query(here: ColumnElement[bool]) -> Select[Any, Any, Any, Any]:
    """The number of deliveries by state, reason and attempts."""
    columns = (deliveries.c.state, deliveries.c.reason, deliveries.c.attempts)
    return select(*columns, func.count()).where(here).group_by(*columns)


def count_by_state(rows: Iterable[Row[Any, Any, Any, Any]], *, cancelled: bool) -> Mapping[tuple[str, str], int]:
    """Counts by state and reason; pending ones of a cancelled broadcast count as cancelled, or unknown if tried."""
    numbers: Counter[tuple[str, str]] = Counter()
    for state, reason, attempts, number in rows:
        if cancelled and state == "pending":
            numbers[("unknown", "cancelled") if attempts else ("cancelled", "")] += number
        else:
            numbers[state, reason] += number
    return numbers


async def _add_totals(connection: AsyncConnection, broadcast: int, numbers: Mapping[tuple[str, str], int]) -> None:
    for (state, reason), number in numbers.items():
        key = {"broadcast_id": broadcast, "state": state, "reason": reason}
        there = update(delivery_totals).filter_by(**key).values(number=delivery_totals.c.number + number)
        if not (await connection.execute(there)).rowcount:
            await connection.execute(insert(delivery_totals).values(**key, number=number))
