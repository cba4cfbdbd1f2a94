"""Broadcasts from draft to final counts; implements the port `BroadcastStore`."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Update, delete, func, insert, literal, select, update

from bot.broadcasts.model import ACTIVE, Audience, Broadcast, BroadcastState, Counts
from bot.i18n.languages import Language
from bot.people.ports import AuditEntry
from bot.storage.broadcast_rows import another_is_active, broadcast_from, columns_of, read_broadcast
from bot.storage.deliveries import count_by_state, in_state, totals_query
from bot.storage.roles import add_audit_entry
from bot.storage.schema import broadcasts, chats, deliveries, delivery_totals
from bot.storage.transactions import Repository

#: The most chats with an unknown outcome that are listed.
_LISTED = 100_000
_EMPTY = {
    "state": "draft",
    "kind": "notice",
    "audience": "everybody",
    "editions": {},
    "revision": 1,
    "gathered": False,
    "total": 0,
    "epoch": 0,
    "is_open": False,
    "crashes": (),
}


class BroadcastRepository(Repository):
    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        year = now.astimezone(zone).year
        earlier = broadcasts.c.author.is_not_distinct_from(author) & (broadcasts.c.state == "draft")
        last = select(func.coalesce(func.max(broadcasts.c.running), 0)).where(broadcasts.c.year == year)
        # The number of an erased draft is reused unless a later one exists.
        async with self._transactions.writing() as connection:
            await connection.execute(delete(broadcasts).where(earlier))
            running = (await connection.execute(last)).scalar_one() + 1
            row = columns_of(_EMPTY) | {"author": author, "created_at": now, "year": year, "running": running}
            await connection.execute(insert(broadcasts).values(row))
            here = (broadcasts.c.year == year) & (broadcasts.c.running == running)
            return broadcast_from((await connection.execute(select(broadcasts).where(here))).one())

    async def broadcast(self, identifier: int) -> Broadcast | None:
        return await self._first(select(broadcasts).where(broadcasts.c.id == identifier), broadcast_from)

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        query = select(broadcasts).order_by(broadcasts.c.id.desc()).limit(limit)
        if states:
            query = query.where(broadcasts.c.state.in_(states))
        return await self._all(query, broadcast_from)

    async def rewrite_broadcast(self, draft: Broadcast) -> Broadcast | None:
        values = {"kind": draft.kind, "audience": draft.audience, "planned_at": draft.planned_at}
        values |= columns_of({"editions": draft.editions, "revision": draft.revision + 1})
        async with self._transactions.writing() as connection:
            changed = await connection.execute(_of_draft(draft.id, draft.revision).values(values))
            return await read_broadcast(connection, draft.id) if changed.rowcount else None

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        noted = _of_draft(identifier, revision).values(previewed=revision, head_count=head_count)
        return bool(await self._execute(noted))

    async def drop_broadcast(self, identifier: int) -> bool:
        here = (broadcasts.c.id == identifier) & (broadcasts.c.state == "draft")
        return bool(await self._execute(delete(broadcasts).where(here)))

    async def move_broadcast(
        self,
        identifier: int,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        entry: AuditEntry | None,
        *,
        revision: int | None = None,
        **values: Any,
    ) -> Broadcast | None:
        here = (broadcasts.c.id == identifier) & broadcasts.c.state.in_(origins)
        if revision is not None:
            here &= broadcasts.c.revision == revision
        if state in ACTIVE:
            here &= ~another_is_active(identifier)
        async with self._transactions.writing() as connection:
            moved = await connection.execute(
                update(broadcasts).where(here).values(columns_of(values) | {"state": state})
            )
            if not moved.rowcount:
                return None
            if entry is not None:
                await add_audit_entry(connection, entry)
            return await read_broadcast(connection, identifier)

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        await self._execute(update(broadcasts).where(broadcasts.c.id == identifier).values(columns_of({"card": card})))

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        query = select(func.count()).select_from(chats).where(in_audience(audience, testers, default))
        return int(await self._scalar(query))

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        # Group by the two columns: PostgreSQL treats an expression with a parameter in GROUP BY as a different one.
        languages = (chats.c.language, chats.c.telegram_language)
        query = select(*languages, func.count()).where(chats.c.subscribed_since.is_not(None)).group_by(*languages)
        numbers: Counter[Language] = Counter()
        for language, telegram_language, number in await self._all(query, tuple):
            numbers[language or telegram_language or default] += number
        return numbers

    async def counts(self, identifier: int) -> Counts:
        kept = totals_query(deliveries.c.broadcast_id == identifier)
        erased = select(delivery_totals.c.state, delivery_totals.c.reason, literal(0), delivery_totals.c.number)
        erased = erased.where(delivery_totals.c.broadcast_id == identifier)
        async with self._transactions.reading() as connection:
            state = await connection.scalar(select(broadcasts.c.state).where(broadcasts.c.id == identifier))
            rows = [row for query in (kept, erased) for row in await connection.execute(query)]
        return Counts(count_by_state(rows, cancelled=state == "cancelled"))

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        query = select(deliveries.c.chat_id).where(in_state(identifier, "unknown"))
        return await self._all(query.order_by(deliveries.c.chat_id).limit(_LISTED), lambda row: row.chat_id)


def in_audience(audience: Audience, testers: Collection[int], default: Language) -> ColumnElement[bool]:
    """Condition: subscribers in the audience. Testers count only if they subscribed themselves."""
    subscribed = chats.c.subscribed_since.is_not(None)
    match audience:
        case "everybody":
            return subscribed
        case "test":
            return subscribed & chats.c.chat_id.in_(testers)
        case _:
            return subscribed & (func.coalesce(chats.c.language, chats.c.telegram_language, default) == audience)


def _of_draft(identifier: int, revision: int) -> Update:
    here = (broadcasts.c.id == identifier) & (broadcasts.c.state == "draft") & (broadcasts.c.revision == revision)
    return update(broadcasts).where(here)
