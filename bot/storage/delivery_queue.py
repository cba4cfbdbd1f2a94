"""The deliveries of the broadcast that is being sent, behind the port `DeliveryQueue`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
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

from bot.broadcasts.delivery import MOST_ATTEMPTS, Claim, Settled
from bot.broadcasts.model import ACTIVE, FINAL, GOING, Broadcast, BroadcastState
from bot.broadcasts.ports import Exchanged, StaleEpoch, Takeover
from bot.i18n.languages import Language
from bot.storage.broadcast_rows import another_is_active, broadcast_from, columns_of, read_broadcast
from bot.storage.broadcasts import belongs_to
from bot.storage.chats import ChatRepository, move_chat, unsubscribe_chats
from bot.storage.deliveries import CHUNK, IS_TRIED, delivery, in_state
from bot.storage.schema import EpochMicros, broadcasts, chats, deliveries

#: How many of the last deaths over a broadcast are remembered.
_DEATHS = 5
#: Deliveries that are looked over for claims, again and again as long as some of them cannot be claimed.
_AHEAD = (500, 500)
_AnyRow: TypeAlias = Row[*tuple[Any, ...]]


class DeliveryQueueRepository(ChatRepository):
    """Deliveries: written down, claimed, settled. What a send tells about a chat is kept of the chat."""

    async def next_broadcast(self, now: datetime) -> Broadcast | None:
        """The one to work on: that which is active, else of those whose time has come alerts before others, and then
        the one that waits longest.
        """
        is_active = broadcasts.c.state.in_(ACTIVE)
        due = or_(broadcasts.c.starts_at.is_(None), broadcasts.c.starts_at <= now)
        order = case((is_active, 0), (broadcasts.c.kind == "alert", 1), else_=2)
        waits_since = func.coalesce(broadcasts.c.starts_at, broadcasts.c.created_at)
        query = select(broadcasts).where(is_active | ((broadcasts.c.state == "queued") & due))
        async with self._access.reading() as connection:
            found = await connection.execute(query.order_by(order, waits_since, broadcasts.c.id).limit(1))
            row = found.first()
        return None if row is None else broadcast_from(row)

    async def take_over(self, identifier: int, now: datetime, *, unsent: bool = False) -> Takeover:
        """Have a queued or active broadcast for oneself: a new epoch, `gathering` or `sending`, and open.

        Overtaken when it is in another state, or another one is active. What was being sent in an older epoch is
        unknown from now on. If whoever had it died over it, this moment is noted as the time of that. `unsent`: the
        caller had it, and knows that whatever still is claimed was never sent: it waits again, and nobody died.
        """
        query = select(broadcasts).where(broadcasts.c.id == identifier, broadcasts.c.state.in_(GOING))
        async with self._access.writing() as connection:
            found = await connection.execute(query.where(~another_is_active(identifier)).with_for_update())
            row = found.first()
            if row is None:
                raise StaleEpoch
            before = broadcast_from(row)
            died = before.is_open and not unsent
            values = _taken_over(before, now, died=died)
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(values))
            left = update(deliveries).where(in_state(identifier, "sending"), deliveries.c.epoch <= before.epoch)
            back = {"state": "pending", "attempts": deliveries.c.attempts - 1}
            await connection.execute(left.values(back if unsent else {"state": "unknown", "reason": "died"}))
            taken = await read_broadcast(connection, identifier)
        return Takeover(cast("Broadcast", taken), died=died)

    async def gather(
        self, identifier: int, epoch: int, *, testers: Collection[int], default: Language, now: datetime
    ) -> bool:
        """Write down the next few thousand recipients, in a short transaction; False when all are written down.

        It begins behind the last one that was written down, also after a crash; at the end the state is `sending`,
        unless somebody paused it meanwhile.
        """
        async with self._access.writing() as connection:
            row = await _own(connection, identifier, epoch)
            if row.gathered or row.state in FINAL:
                return False
            last = None if row.audience == "test" else await _end_of_chunk(connection, row.cursor)
            recipients = _recipients(row, last, now).where(belongs_to(row.audience, testers, default))
            writing = insert(deliveries).from_select([*recipients.selected_columns.keys()], recipients)
            written = await connection.execute(writing, execution_options={"preserve_rowcount": True})
            values: dict[str, Any] = {"cursor": last, "total": broadcasts.c.total + written.rowcount}
            if last is None:
                values |= {"gathered": True, "state": "sending" if row.state == "gathering" else row.state}
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(values))
        return last is not None

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, *, now: datetime, beat: bool
    ) -> Exchanged:
        """Keep what became of claims, and claim up to `wanted` more, in one transaction, which is on the disk then.

        Deliveries whose chats are not subscribed any more are skipped. Chats that can never be reached are no
        subscribers from now on. `beat`: note that it is worked on at this moment.
        """
        gone = [one.chat for one in settled if one.is_gone]
        moved = [(one.chat, one.new_chat) for one in settled if one.new_chat is not None]
        async with self._writing_of(*gone, *(chat for pair in moved for chat in pair)) as connection:
            state: BroadcastState = (await _own(connection, identifier, epoch)).state
            if settled:
                await _settle(connection, identifier, epoch, settled, now)
            if gone:
                await unsubscribe_chats(connection, gone)
            for old, new in moved:
                await move_chat(connection, old, new)
            claims, skipped = await _claim(connection, identifier, epoch, wanted if state == "sending" else 0, now)
            if beat:
                beaten = update(broadcasts).where(broadcasts.c.id == identifier)
                await connection.execute(beaten.values(active_at=now))
        return Exchanged(state, claims, skipped)

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        """When the first waiting delivery may be claimed (None: none waits), and when the oldest delivery of unknown
        fate with an attempt left was claimed (None: there is none).
        """
        waiting = select(func.min(deliveries.c.next_at)).where(in_state(identifier, "pending"))
        unknown = select(func.min(deliveries.c.claimed_at)).where(in_state(identifier, "unknown"), _MAY_BE_REVIVED)
        async with self._access.reading() as connection:
            return await connection.scalar(waiting), await connection.scalar(unknown)

    async def revive(self, identifier: int, epoch: int, *, before: datetime, now: datetime) -> int:
        """Let deliveries of unknown fate wait again that were claimed before this and have an attempt left.

        Not those of chats that are no subscribers any more, or have another number: these stay unknown.
        """
        old = in_state(identifier, "unknown") & _MAY_BE_REVIVED & (deliveries.c.claimed_at < before)
        async with self._access.writing() as connection:
            await _own(connection, identifier, epoch)
            revived = update(deliveries).where(old).values(state="pending", reason="", next_at=now)
            return (await connection.execute(revived)).rowcount

    async def cancel_rest(self, identifier: int) -> bool:
        """Let a few thousand waiting deliveries of a cancelled broadcast be cancelled; False when none is left.

        The caller has nothing of it on its way. What is claimed nevertheless was left by a death: it is unknown, for
        nobody takes a cancelled broadcast over. So is one that waits and was tried before, for it may have arrived.
        """
        query = select(broadcasts.c.epoch).where(broadcasts.c.id == identifier, broadcasts.c.state == "cancelled")
        values = {"state": case((IS_TRIED, "unknown"), else_="cancelled"),
                  "reason": case((IS_TRIED, "cancelled"), else_="")}  # fmt: skip
        async with self._access.writing() as connection:
            epoch = await connection.scalar(query.with_for_update())
            if epoch is None:
                return False
            died = update(deliveries).where(in_state(identifier, "sending"), deliveries.c.epoch <= epoch)
            await connection.execute(died.values(state="unknown", reason="died"))
            some, is_more = await _first_waiting(connection, in_state(identifier, "pending"))
            await connection.execute(update(deliveries).where(some).values(values))
        return is_more

    async def leave(self, identifier: int, epoch: int) -> None:
        """Nobody works on it any more, in good order."""
        async with self._access.writing() as connection:
            await _own(connection, identifier, epoch)
            await connection.execute(update(broadcasts).where(broadcasts.c.id == identifier).values(is_open=False))


#: With an attempt left, word for word as in `in_state`; and not set aside when it waited for its second time.
_MAY_BE_REVIVED = (deliveries.c.attempts < literal(MOST_ATTEMPTS, literal_execute=True)) & deliveries.c.reason.not_in(
    ("unsubscribed", "migrated")
)


async def _own(connection: AsyncConnection, identifier: int, epoch: int) -> _AnyRow:
    """The broadcast, held until the transaction ends; Overtaken when it has another epoch, or is gone."""
    columns = (broadcasts.c.id, broadcasts.c.state, broadcasts.c.audience, broadcasts.c.cursor, broadcasts.c.gathered)
    query = select(*columns).where(broadcasts.c.id == identifier, broadcasts.c.epoch == epoch)
    row = (await connection.execute(query.with_for_update())).first()
    if row is None:
        raise StaleEpoch
    return row


def _taken_over(before: Broadcast, now: datetime, *, died: bool) -> dict[str, Any]:
    return columns_of(
        {
            "epoch": before.epoch + 1,
            "is_open": True,
            "state": "sending" if before.gathered else "gathering",
            "started_at": before.started_at or now,
            "paused_for": None,
            "crashes": (*before.crashes, now)[-_DEATHS:] if died else before.crashes,
        }
    )


async def _end_of_chunk(connection: AsyncConnection, cursor: int | None) -> int | None:
    """The last chat of the next chunk; None when that is the last one.

    Those who are no subscribers count as well, so that a chunk is never slow to read.
    """
    query = select(chats.c.chat_id).order_by(chats.c.chat_id).offset(CHUNK - 1).limit(1)
    return await connection.scalar(query if cursor is None else query.where(chats.c.chat_id > cursor))


def _recipients(broadcast: _AnyRow, last: int | None, now: datetime) -> Select[Any]:
    """The rows of a chunk; a chat that is written down already is left out, for chats may move meanwhile."""
    written = select(deliveries.c.chat_id).where(
        deliveries.c.broadcast_id == broadcast.id,
        deliveries.c.chat_id == chats.c.chat_id,
        # PostgreSQL does not see by itself that it need not look at all the others.
        _lies_within(deliveries.c.chat_id, broadcast.cursor, last),
    )
    return select(
        literal(broadcast.id).label("broadcast_id"), chats.c.chat_id, literal("pending").label("state"),
        literal(0).label("attempts"), literal(0).label("epoch"), literal(now, EpochMicros).label("next_at"),
        literal("").label("reason"),
    ).where(~written.exists(), _lies_within(chats.c.chat_id, broadcast.cursor, last))  # fmt: skip


def _lies_within(chat: ColumnElement[int], cursor: int | None, last: int | None) -> ColumnElement[bool]:
    """Behind the cursor, and not behind the last one; None: no bound on that side."""
    behind = true() if cursor is None else chat > cursor
    return behind if last is None else and_(behind, chat <= last)


async def _settle(
    connection: AsyncConnection, identifier: int, epoch: int, settled: Sequence[Settled], now: datetime
) -> None:
    """Keep what became of claims of this epoch; one that is not there any more was erased."""
    claimed = (deliveries.c.broadcast_id == identifier) & (deliveries.c.chat_id == bindparam("chat"))
    claimed &= (deliveries.c.state == "sending") & (deliveries.c.epoch == epoch)
    values = {
        "state": bindparam("outcome"),
        "reason": bindparam("why"),
        "message_id": bindparam("message"),
        "next_at": bindparam("not_before", type_=EpochMicros),
        "attempts": deliveries.c.attempts - bindparam("given_back"),
    }
    rows = [
        {"chat": one.chat, "outcome": one.state, "why": one.reason, "message": one.message_id,
         "not_before": one.next_at or now, "given_back": int(not one.counts)}
        for one in settled
    ]  # fmt: skip
    await connection.execute(update(deliveries).where(claimed).values(values), rows)


async def _claim(
    connection: AsyncConnection, identifier: int, epoch: int, wanted: int, now: datetime
) -> tuple[list[Claim], int]:
    """Claim what is due, and skip what nobody wants any more; how many were skipped.

    Where very many were skipped, fewer are claimed than could be: the next exchange goes on.
    """
    claims: list[Claim] = []
    skipped = 0
    for limit in (wanted, *_AHEAD):
        if len(claims) == wanted:
            break
        rows = (await connection.execute(_due(identifier, limit, now))).all()
        fit = [row for row in rows if row.subscribed_since and row.attempts < MOST_ATTEMPTS]
        others = [row for row in rows if not row.subscribed_since or row.attempts >= MOST_ATTEMPTS]
        chosen = _apart(fit, epoch, wanted - len(claims), among=bool(claims))
        attempt = {"attempts": deliveries.c.attempts + 1, "epoch": epoch, "claimed_at": now}
        await _change(connection, identifier, chosen, state="sending", **attempt)
        skipped += await _set_aside(connection, identifier, others)
        claims += [Claim(row.chat_id, row.language, row.attempts + 1) for row in chosen]
        if not others or len(chosen) < len(fit):
            break
    return claims, skipped


async def _first_waiting(connection: AsyncConnection, waiting: ColumnElement[bool]) -> tuple[ColumnElement[bool], bool]:
    """The first of the deliveries that wait, a chunk of them, and whether there may be more.

    They are bounded by their place in the index `due`: as a list of chats they would be looked for among all others.
    """
    order = (deliveries.c.next_at, deliveries.c.chat_id)
    found = await connection.execute(select(*order).where(waiting).order_by(*order).offset(CHUNK - 1).limit(1))
    last = found.first()
    if last is None:
        return waiting, False
    return waiting & (
        tuple_(*order) <= tuple_(literal(last.next_at, EpochMicros), literal(last.chat_id, BigInteger))
    ), True


async def _set_aside(connection: AsyncConnection, identifier: int, others: Sequence[_AnyRow]) -> int:
    """Settle what cannot be claimed; how many were skipped. One that was tried before may have arrived."""
    skipped = [row for row in others if not row.attempts]
    left = [row for row in others if 0 < row.attempts < MOST_ATTEMPTS]
    worn = [row for row in others if row.attempts >= MOST_ATTEMPTS]
    await _change(connection, identifier, skipped, state="skipped", reason="unsubscribed")
    await _change(connection, identifier, left, state="unknown", reason="unsubscribed")
    await _change(connection, identifier, worn, state="unknown", reason="attempts")
    return len(skipped)


def _apart(fit: Sequence[_AnyRow], epoch: int, most: int, *, among: bool) -> Sequence[_AnyRow]:
    """Those of the first that may be claimed together; `among`: together with others.

    A copy that is sent since the program died is claimed alone: if it was over this message that the program died, it
    takes nobody along a second time.
    """
    copy = next((place for place, row in enumerate(fit[:most]) if row.attempts and row.epoch < epoch), most)
    return fit[: copy if copy or among else 1]


def _due(identifier: int, limit: int, now: datetime) -> Select[Any]:
    """Deliveries that may be claimed now, in their order, with what is kept of their chats."""
    language = func.coalesce(chats.c.language, chats.c.spoken).label("language")
    query = (
        select(deliveries.c.chat_id, deliveries.c.attempts, deliveries.c.epoch, chats.c.subscribed_since, language)
        .select_from(deliveries.outerjoin(chats, chats.c.chat_id == deliveries.c.chat_id))
        .where(in_state(identifier, "pending"), deliveries.c.next_at <= now)
        .order_by(deliveries.c.next_at, deliveries.c.chat_id)
        .limit(limit)
    )
    return query.with_for_update(of=deliveries, skip_locked=True)


async def _change(connection: AsyncConnection, identifier: int, those: Sequence[_AnyRow], **values: Any) -> None:
    if those:
        here = delivery(identifier, *(row.chat_id for row in those))
        await connection.execute(update(deliveries).where(here).values(**values))
