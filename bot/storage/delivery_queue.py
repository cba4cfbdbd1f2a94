"""Deliveries of the active broadcast: recorded, claimed, settled; implements the port `DeliveryQueue`.

`bot.broadcasts.delivery` describes the states of a delivery and the invariants I1 to I6. This module keeps them in SQL,
on SQLite and PostgreSQL, and stays fast with a million rows.

The lease
---------
`take_over` increments `broadcasts.epoch` and returns it. Every later call begins with `_lock_own`, which selects the
broadcast with that epoch and, on PostgreSQL, locks its row until the commit; SQLite has one writer. When a newer epoch
exists the row is not found, StaleEpochError is raised, and nothing is changed (I5). Rows of `deliveries` carry the
epoch that claimed them, so that `_settle` ignores an outcome of an older claim.

Recording the recipients (`gather`)
-----------------------------------
Chats are read in the order of their ids, `CHUNK` at a time, each chunk in a transaction of its own. `broadcasts.cursor`
is the last id of the previous chunk and changes in the same transaction, so a crash repeats no chunk and skips none. A
group that migrates meanwhile may get an id below the cursor; `move_deliveries` moves the cursor back, and the `NOT
EXISTS` in `_recipients` keeps a chat from being recorded twice.

Exchange
--------
One transaction stores the outcomes of the previous claims and claims the next deliveries. After its commit both are on
the disk, and only then are the messages sent (I1). A claim takes the pending rows with the smallest `next_at`, which
`gather` shuffles so that groups and people alternate. Rows that cannot be sent (unsubscribed, no attempt left) are
settled in passing, up to two further reads of 500, so that many of them do not stall a claim.

After a crash
-------------
Rows in the state `sending` belong to an older epoch. `take_over` makes them `unknown`, or `pending` again when the same
process knows that they were never sent (`unsent`). A second copy of such a message is claimed alone (`_claimable`): if
the message itself crashes the program, no other delivery becomes unknown with it again.

Cost
----
The partial indexes `ix_deliveries_due`, `_sending` and `_unknown` hold only the rows of one state; SQLite uses them
only if the state is a literal in the query (`in_state`). Every statement in `exchange` reads as many rows as it
changes. `tests/storage/test_delivery_queue.py` checks the behaviour and the query plans, `test_kills.py` kills a
program at each statement, `tests/broadcasts/test_state_machine.py` compares random histories with a reference model on
both databases, and `test_millions.py` measures a million recipients.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.delivery import MAX_ATTEMPTS, Claim, Settled
from bot.broadcasts.model import ACTIVE, FINAL, PAUSABLE, Broadcast, BroadcastState
from bot.broadcasts.ports import Exchanged, Lease, StaleEpochError
from bot.i18n.languages import Language
from bot.storage.broadcast_rows import another_is_active, broadcast_from, columns_of, read_broadcast
from bot.storage.broadcasts import in_audience
from bot.storage.chats import ChatRepository, move_chat, suspend_chats, unsubscribe_chats
from bot.storage.deliveries import CHUNK, IS_TRIED, delivery, in_state
from bot.storage.schema import EpochMicros, broadcasts, chats, deliveries
from bot.storage.transactions import AnyRow

#: The most crashes that are stored per broadcast.
_CRASHES = 5
#: The sizes of further reads if some of the first rows cannot be claimed.
_AHEAD = (500, 500)
#: Deliveries are claimed in groups by the remainder of the chat id: the number of groups, and microseconds between two.
#: More groups would mix better but cost more, since each is a separate place in the index.
_SHUFFLE_GROUPS, _SHUFFLE_STEP = 211, 17_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DeliveryQueueRepository(ChatRepository):
    """Extends the chats, because an outcome may show that a chat no longer exists or has a new id."""

    async def next_broadcast(self, now: datetime) -> Broadcast | None:
        is_active = broadcasts.c.state.in_(ACTIVE)
        due = or_(broadcasts.c.starts_at.is_(None), broadcasts.c.starts_at <= now)
        order = case((is_active, 0), (broadcasts.c.kind == "alert", 1), else_=2)
        waits_since = func.coalesce(broadcasts.c.starts_at, broadcasts.c.created_at)
        query = select(broadcasts).where(is_active | ((broadcasts.c.state == "queued") & due))
        return await self._first(query.order_by(order, waits_since, broadcasts.c.id).limit(1), broadcast_from)

    async def take_over(self, identifier: int, now: datetime, *, unsent: bool = False) -> Lease:
        query = select(broadcasts).where(broadcasts.c.id == identifier, broadcasts.c.state.in_(PAUSABLE))
        async with self._transactions.writing() as connection:
            found = await connection.execute(query.where(~another_is_active(identifier)).with_for_update())
            row = found.first()
            if row is None:
                raise StaleEpochError
            before = broadcast_from(row)
            crashed = before.is_open and not unsent
            values = _taken_over(before, now, crashed=crashed)
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(values))
            left = update(deliveries).where(in_state(identifier, "sending"), deliveries.c.epoch <= before.epoch)
            back = {"state": "pending", "attempts": deliveries.c.attempts - 1}
            await connection.execute(left.values(back if unsent else {"state": "unknown", "reason": "died"}))
            taken = await read_broadcast(connection, identifier)
        return Lease(cast("Broadcast", taken), crashed=crashed)

    async def gather(
        self, identifier: int, epoch: int, *, testers: Collection[int], default: Language, now: datetime
    ) -> bool:
        async with self._transactions.writing() as connection:
            row = await _lock_own(connection, identifier, epoch)
            if row.gathered or row.state in FINAL:
                return False
            last = None if row.audience == "test" else await _end_of_chunk(connection, row.cursor)
            recipients = _recipients(row, last, now).where(in_audience(row.audience, testers, default))
            writing = insert(deliveries).from_select([*recipients.selected_columns.keys()], recipients)
            written = await connection.execute(writing, execution_options={"preserve_rowcount": True})
            values: dict[str, Any] = {"cursor": last, "total": broadcasts.c.total + written.rowcount}
            if last is None:
                values |= {"gathered": True, "state": "sending" if row.state == "gathering" else row.state}
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(values))
        return last is not None

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, *, now: datetime, heartbeat: bool
    ) -> Exchanged:
        unreachable = [one.chat for one in settled if one.ends_subscription]
        blocked = [one.chat for one in settled if one.ends_subscription and one.reason == "blocked"]
        moved = [(one.chat, one.new_chat) for one in settled if one.new_chat is not None]
        async with self._writing_of(*unreachable, *(chat for pair in moved for chat in pair)) as connection:
            state: BroadcastState = (await _lock_own(connection, identifier, epoch)).state
            if settled:
                await _settle(connection, identifier, epoch, settled, now)
            if unreachable:
                await suspend_chats(connection, blocked)
                await unsubscribe_chats(connection, sorted(set(unreachable) - set(blocked)))
            for old, new in moved:
                await move_chat(connection, old, new)
            claims, skipped = await _claim(connection, identifier, epoch, wanted if state == "sending" else 0, now)
            if heartbeat:
                active = update(broadcasts).where(broadcasts.c.id == identifier)
                await connection.execute(active.values(active_at=now))
        return Exchanged(state, claims, skipped)

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        waiting = select(func.min(deliveries.c.next_at)).where(in_state(identifier, "pending"))
        unknown = select(func.min(deliveries.c.claimed_at)).where(in_state(identifier, "unknown"), _MAY_BE_REQUEUED)
        async with self._transactions.reading() as connection:
            return await connection.scalar(waiting), await connection.scalar(unknown)

    async def requeue_unknown(self, identifier: int, epoch: int, *, before: datetime, now: datetime) -> int:
        old = in_state(identifier, "unknown") & _MAY_BE_REQUEUED & (deliveries.c.claimed_at < before)
        async with self._transactions.writing() as connection:
            await _lock_own(connection, identifier, epoch)
            revived = update(deliveries).where(old).values(state="pending", reason="", next_at=now)
            return (await connection.execute(revived)).rowcount

    async def cancel_rest(self, identifier: int) -> bool:
        query = select(broadcasts.c.epoch).where(broadcasts.c.id == identifier, broadcasts.c.state == "cancelled")
        values = {
            "state": case((IS_TRIED, "unknown"), else_="cancelled"),
            "reason": case((IS_TRIED, "cancelled"), else_=""),
        }
        async with self._transactions.writing() as connection:
            epoch = await connection.scalar(query.with_for_update())
            if epoch is None:
                return False
            left = update(deliveries).where(in_state(identifier, "sending"), deliveries.c.epoch <= epoch)
            await connection.execute(left.values(state="unknown", reason="died"))
            some, is_more = await _first_pending(connection, in_state(identifier, "pending"))
            await connection.execute(update(deliveries).where(some).values(values))
        return is_more

    async def withhold(self, identifier: int, epoch: int, most: int = CHUNK) -> bool:
        async with self._transactions.writing() as connection:
            await _lock_own(connection, identifier, epoch)
            some, is_more = await _first_pending(connection, in_state(identifier, "pending"), most)
            await connection.execute(update(deliveries).where(some).values(state="unknown", reason="restored"))
        return is_more

    async def release(self, identifier: int, epoch: int) -> None:
        async with self._transactions.writing() as connection:
            await _lock_own(connection, identifier, epoch)
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(is_open=False))


#: Condition: has an attempt left (a literal, as in `in_state`), and its chat can still be reached.
_MAY_BE_REQUEUED = (deliveries.c.attempts < literal(MAX_ATTEMPTS, literal_execute=True)) & deliveries.c.reason.not_in(
    ("unsubscribed", "migrated")
)


# The statements of an exchange are built once, because building them takes longer than executing them.
_BROADCAST, _LEASE = bindparam("broadcast", type_=Integer), bindparam("lease", type_=Integer)
_NOW = bindparam("now", type_=EpochMicros)
_LANGUAGE = func.coalesce(chats.c.language, chats.c.telegram_language).label("language")

#: The broadcast, unless its epoch is newer.
_OWN = (
    select(broadcasts.c.id, broadcasts.c.state, broadcasts.c.audience, broadcasts.c.cursor, broadcasts.c.gathered)
    .where(broadcasts.c.id == _BROADCAST, broadcasts.c.epoch == _LEASE)
    .with_for_update()
)

#: Deliveries that may be claimed now, in order, with their chats' subscription and language.
_DUE = (
    select(deliveries.c.chat_id, deliveries.c.attempts, deliveries.c.epoch, chats.c.subscribed_since, _LANGUAGE)
    .select_from(deliveries.outerjoin(chats, chats.c.chat_id == deliveries.c.chat_id))
    .where(in_state(_BROADCAST, "pending"), deliveries.c.next_at <= _NOW)
    .order_by(deliveries.c.next_at, deliveries.c.chat_id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=deliveries, skip_locked=True)
)

#: Claims deliveries that are due.
_CLAIM = (
    update(deliveries)
    .where(deliveries.c.broadcast_id == _BROADCAST, deliveries.c.chat_id.in_(bindparam("chats", expanding=True)))
    .values(state="sending", attempts=deliveries.c.attempts + 1, epoch=_LEASE, claimed_at=_NOW)
)

#: Stores the outcome of a claim of this epoch.
_SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.broadcast_id == _BROADCAST,
        deliveries.c.chat_id == bindparam("chat"),
        deliveries.c.state == "sending",
        deliveries.c.epoch == _LEASE,
    )
    .values(
        state=bindparam("outcome"),
        reason=bindparam("why"),
        message_id=bindparam("message"),
        next_at=bindparam("not_before", type_=EpochMicros),
        attempts=deliveries.c.attempts - bindparam("given_back"),
    )
)


async def _lock_own(connection: AsyncConnection, identifier: int, epoch: int) -> AnyRow:
    """The broadcast, locked until the transaction ends; StaleEpochError if its epoch is newer or it is gone."""
    row = (await connection.execute(_OWN, {"broadcast": identifier, "lease": epoch})).first()
    if row is None:
        raise StaleEpochError
    return row


def _taken_over(before: Broadcast, now: datetime, *, crashed: bool) -> dict[str, Any]:
    return columns_of(
        {
            "epoch": before.epoch + 1,
            "is_open": True,
            "state": "sending" if before.gathered else "gathering",
            "started_at": before.started_at or now,
            "paused_for": None,
            "crashes": (*before.crashes, now)[-_CRASHES:] if crashed else before.crashes,
        }
    )


async def _end_of_chunk(connection: AsyncConnection, cursor: int | None) -> int | None:
    """The last chat of the next chunk; None for the last chunk.

    Chats without a subscription count too, so that every chunk is read fast.
    """
    query = select(chats.c.chat_id).order_by(chats.c.chat_id).offset(CHUNK - 1).limit(1)
    return await connection.scalar(query if cursor is None else query.where(chats.c.chat_id > cursor))


def _recipients(broadcast: AnyRow, last: int | None, now: datetime) -> Select[Any]:
    """The rows of a chunk, without chats that already have a row, because a group may migrate meanwhile."""
    written = select(deliveries.c.chat_id).where(
        deliveries.c.broadcast_id == broadcast.id,
        deliveries.c.chat_id == chats.c.chat_id,
        # PostgreSQL does not infer this bound by itself.
        _between(deliveries.c.chat_id, broadcast.cursor, last),
    )
    return select(
        literal(broadcast.id).label("broadcast_id"),
        chats.c.chat_id,
        literal("pending").label("state"),
        literal(0).label("attempts"),
        literal(0).label("epoch"),
        _shuffled(now).label("next_at"),
        literal("").label("reason"),
    ).where(~written.exists(), _between(chats.c.chat_id, broadcast.cursor, last))


def _shuffled(now: datetime) -> ColumnElement[int]:
    """A time in the hour before now that differs by chat, so that groups and people are mixed.

    Deliveries are claimed in order of their time. In order of their ids all groups would come first, because their ids
    are negative.
    """
    earliest = (now - _EPOCH) // timedelta(microseconds=1) - _SHUFFLE_GROUPS * _SHUFFLE_STEP
    return literal(earliest, BigInteger) + func.abs(chats.c.chat_id) % _SHUFFLE_GROUPS * _SHUFFLE_STEP


def _between(chat: ColumnElement[int], cursor: int | None, last: int | None) -> ColumnElement[bool]:
    """Condition: cursor < chat <= last; None means no bound on that side."""
    behind = true() if cursor is None else chat > cursor
    return behind if last is None else and_(behind, chat <= last)


async def _settle(
    connection: AsyncConnection, identifier: int, epoch: int, settled: Sequence[Settled], now: datetime
) -> None:
    """Store outcomes of claims of this epoch; a claim without a row was erased meanwhile."""
    rows = [
        {
            "broadcast": identifier,
            "lease": epoch,
            "chat": one.chat,
            "outcome": one.state,
            "why": one.reason,
            "message": one.message_id,
            "not_before": one.next_at or now,
            "given_back": int(not one.counts),
        }
        for one in settled
    ]
    await connection.execute(_SETTLE, rows)


async def _claim(
    connection: AsyncConnection, identifier: int, epoch: int, wanted: int, now: datetime
) -> tuple[list[Claim], int]:
    """Claim due deliveries and skip those of unsubscribed chats; return the claims and the number skipped.

    If very many are skipped, fewer than `wanted` are claimed; the next exchange continues.
    """
    claims: list[Claim] = []
    skipped = 0
    for limit in (wanted, *_AHEAD):
        if len(claims) == wanted:
            break
        rows = (await connection.execute(_DUE, {"broadcast": identifier, "now": now, "most": limit})).all()
        fit = [row for row in rows if row.subscribed_since and row.attempts < MAX_ATTEMPTS]
        others = [row for row in rows if not row.subscribed_since or row.attempts >= MAX_ATTEMPTS]
        chosen = _claimable(fit, epoch, wanted - len(claims), among=bool(claims))
        if chosen:
            keys = {"broadcast": identifier, "chats": [row.chat_id for row in chosen]}
            await connection.execute(_CLAIM, keys | {"lease": epoch, "now": now})
        skipped += await _settle_unclaimable(connection, identifier, others)
        claims += [Claim(row.chat_id, row.language, row.attempts + 1) for row in chosen]
        if not others or len(chosen) < len(fit):
            break
    return claims, skipped


async def _first_pending(
    connection: AsyncConnection, waiting: ColumnElement[bool], most: int = CHUNK
) -> tuple[ColumnElement[bool], bool]:
    """A condition for the first `most` pending deliveries, and whether there may be more.

    The bound is a position in the index `due`; a list of chats would scan the primary key.
    """
    order = (deliveries.c.next_at, deliveries.c.chat_id)
    found = await connection.execute(select(*order).where(waiting).order_by(*order).offset(most - 1).limit(1))
    last = found.first()
    if last is None:
        return waiting, False
    return waiting & (
        tuple_(*order) <= tuple_(literal(last.next_at, EpochMicros), literal(last.chat_id, BigInteger))
    ), True


async def _settle_unclaimable(connection: AsyncConnection, identifier: int, others: Sequence[AnyRow]) -> int:
    """Settle rows that cannot be claimed; return how many were skipped. Rows with an attempt may have arrived."""
    skipped = [row for row in others if not row.attempts]
    left = [row for row in others if 0 < row.attempts < MAX_ATTEMPTS]
    exhausted = [row for row in others if row.attempts >= MAX_ATTEMPTS]
    await _change(connection, identifier, skipped, state="skipped", reason="unsubscribed")
    await _change(connection, identifier, left, state="unknown", reason="unsubscribed")
    await _change(connection, identifier, exhausted, state="unknown", reason="attempts")
    return len(skipped)


def _claimable(fit: Sequence[AnyRow], epoch: int, most: int, *, among: bool) -> Sequence[AnyRow]:
    """The leading rows that may be claimed together; `among` says that others are already claimed.

    A second copy after a crash is claimed alone: if this message caused the crash, no other delivery becomes unknown
    again because of it.
    """
    copy = next((place for place, row in enumerate(fit[:most]) if row.attempts and row.epoch < epoch), most)
    return fit[: copy if copy or among else 1]


async def _change(connection: AsyncConnection, identifier: int, rows: Sequence[AnyRow], **values: Any) -> None:
    if rows:
        here = delivery(identifier, *(row.chat_id for row in rows))
        await connection.execute(update(deliveries).where(here).values(**values))
