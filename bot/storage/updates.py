"""Handled and parked updates, and the newest known message; implements the port `UpdateStore`.

`bot.telegram_api.update_queue` decides when an update is parked and when Telegram may delete it; this module stores
what that decision needs.

States of an update in the database
-----------------------------------
::

    no row                     new, or received and not done: Telegram still has it and sends it again
    parked_updates             Telegram may delete it; its JSON stays here until it is handled
    handled_updates            done; the id stays for `KEEP_HANDLED`

`park` and `handled` are one transaction each, so an update is never in both tables and never lost between them. With
replicas, both also change the row in `update_claims`, which says who handles an update (`bot.storage.claims`).

Invariants
----------
1. `claim` returns an update as `own` only if its id is not in `handled_updates`. Without replicas only old ids are
   queried: an id above the highest that was ever handled or parked (`_newest`) is new.
2. `_parked` always contains the ids of all parked updates, so `handled` deletes their rows. It may also contain ids
   whose parking failed: ids are added before the commit, which may succeed although it seems to fail.
3. The text of a handled update stays in no file of the database: after its row was deleted, the files are purged. If a
   purge fails, the next one covers it.
4. `newest_message` never decreases. If Telegram has messages above it, a newer copy of this database sent them, which
   reveals a restored backup (`bot.broadcasts.scheduler`).

What happens on a crash
-----------------------
Before `park` or `handled` commits, Telegram sends the update again, or `parked` returns it at the next start. After
`handled` commits it is never handled again. No other state is in memory only: `_newest` and `_parked` are read from the
database on first use.

Tests: `tests/storage/test_store.py` (both databases), `test_erasing.py` (no text stays in a file), `test_replica.py`
(claims), `tests/telegram_api/test_update_queue.py`, and with killed processes `tests/process/test_process.py`.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import bindparam, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.broadcasts.model import ACTIVE
from bot.errors import ReplacedError
from bot.storage.chats import ChatRepository
from bot.storage.circuit_breaker import CircuitBreaker
from bot.storage.claims import State, UpdateClaims
from bot.storage.schema import (
    broadcasts,
    counters,
    deliveries,
    handled_updates,
    parked_updates,
)
from bot.storage.transactions import AnyTransactions, storage_errors
from bot.telegram_api.ports import Claimed, NewUpdate

#: How long the ids of handled updates are remembered, which the privacy notice also says (`bot/people/messages.py`).
#: Telegram repeats an update for at most one day.
KEEP_HANDLED = timedelta(days=2)
#: The most values in one statement; after an outage there may be more than a database accepts.
_CHUNK = 5_000
#: Seconds for the look-up of why an update cannot be claimed.
_RESOLVE_TIMEOUT = 1.5
_Item = TypeVar("_Item")
#: Both databases support this clause, but SQLAlchemy has a different construct for each.
_RECORD = text(
    f"INSERT INTO {handled_updates.name} (update_id, handled_at) VALUES (:update_id, :handled_at)"  # noqa: S608 - constants
    " ON CONFLICT (update_id) DO UPDATE SET handled_at = excluded.handled_at"
).bindparams(bindparam("handled_at", type_=handled_updates.c.handled_at.type))
_NEWEST_MESSAGE = "newest_message"
_NOTE = text(
    f"INSERT INTO {counters.name} (name, number) VALUES (:name, :number)"  # noqa: S608 - constants
    f" ON CONFLICT (name) DO UPDATE SET number = excluded.number WHERE excluded.number > {counters.name}.number"
)
#: Supergroups and channels have lower ids; each of them numbers its own messages.
_FIRST_GROUP = -(10**12)


class UpdateRepository(ChatRepository):
    """Extends the chats, because a replica must not answer from a cached record that another one may have changed."""

    def __init__(
        self,
        transactions: AnyTransactions,
        breaker: CircuitBreaker | None = None,
        claims: UpdateClaims | None = None,
    ) -> None:
        super().__init__(transactions, breaker)
        self._claims = claims
        #: the highest update id that was ever handled or parked; None: not read yet
        self._newest: int | None = None
        #: ids of all parked updates, once read, and perhaps of some whose parking failed
        self._parked: set[int] = set()
        self._has_looked_up_parked = False
        self._noted_message = -1

    async def claim(self, updates: Sequence[NewUpdate], now: datetime) -> Claimed:
        if self._claims is None:
            return Claimed(own=await self.unhandled([update.id for update in updates]))
        states = await self._soon(partial(self._claims.take, updates))
        states |= await self._resolve(self._claims, [update for update in updates if update.id not in states], now)
        self.drop_cached(update.chat for update in updates)
        return Claimed(
            own={number for number, state in states.items() if state == "own"},
            elsewhere={number for number, state in states.items() if state == "elsewhere"},
        )

    async def _resolve(self, claims: UpdateClaims, updates: Sequence[NewUpdate], now: datetime) -> dict[int, State]:
        """The states of updates that were not claimed; until they are known, Telegram sends these updates again."""
        try:
            async with asyncio.timeout(_RESOLVE_TIMEOUT):
                return await claims.resolve(updates, now) if updates else {}
        except (TimeoutError, SQLAlchemyError, ReplacedError):
            return {update.id: "elsewhere" for update in updates}

    async def unhandled(self, update_ids: Sequence[int]) -> set[int]:
        """The ids that were not handled, as far as they are remembered (`KEEP_HANDLED`)."""
        if self._newest is None:
            self._newest = await self._query_newest()
        left = set(update_ids)
        old = [number for number in left if number <= self._newest]
        for chunk in _chunks(old):
            query = select(handled_updates.c.update_id).where(handled_updates.c.update_id.in_(chunk))
            async with self._transactions.reading() as connection:
                left.difference_update(await connection.scalars(query))
        return left

    async def handled(self, update_ids: Sequence[int], now: datetime, *, newest_message: int = 0) -> None:
        ids = sorted(set(update_ids))
        if not ids:
            return
        parked = await self._parked_ids()
        unparked = [number for number in ids if number in parked]
        async with self._transactions.writing() as connection:
            for chunk in _chunks(ids):
                await connection.execute(_RECORD, [{"update_id": number, "handled_at": now} for number in chunk])
                if self._claims is not None:
                    await self._claims.release(connection, chunk)
            for chunk in _chunks(unparked):
                await connection.execute(delete(parked_updates).where(parked_updates.c.update_id.in_(chunk)))
            await self._note_message(connection, newest_message)
        if unparked:  # their texts must not stay in the files
            await self._transactions.purge()
            parked.difference_update(unparked)
        self._note(ids[-1])

    async def park(self, updates: Sequence[NewUpdate], now: datetime) -> None:
        ids = [update.id for update in updates]
        if not ids:
            return
        parked = await self._parked_ids()
        parked.update(ids)  # before the commit, which may succeed although it seems to fail
        rows = [{"update_id": update.id, "body": json.dumps(update.raw), "parked_at": now} for update in updates]
        async with self._transactions.writing() as connection:
            await connection.execute(delete(parked_updates).where(parked_updates.c.update_id.in_(ids)))
            await connection.execute(insert(parked_updates), rows)
            if self._claims is not None:
                await self._claims.keep(connection, updates)
        self._note(max(ids))

    async def parked(self) -> list[tuple[int, str]]:
        if self._claims is not None:
            with storage_errors():
                picked_up = await self._claims.pick_up()
            self._parked.update(number for number, _ in picked_up)
            return picked_up
        query = select(parked_updates.c.update_id, parked_updates.c.body).order_by(parked_updates.c.update_id)
        return await self._all(query, lambda row: (row.update_id, row.body))

    async def newest_message(self) -> int | None:
        noted = select(counters.c.number).where(counters.c.name == _NEWEST_MESSAGE)
        unfinished = select(broadcasts.c.id).where(broadcasts.c.state.in_((*ACTIVE, "queued", "paused")))
        sent = select(func.max(deliveries.c.message_id)).where(
            deliveries.c.broadcast_id.in_(unfinished), deliveries.c.chat_id > _FIRST_GROUP
        )
        async with self._transactions.reading() as connection:
            number = await connection.scalar(noted)
            return None if number is None else max(number, await connection.scalar(sent) or 0)

    async def note_newest_message(self, number: int) -> None:
        async with self._transactions.writing() as connection:
            await self._note_message(connection, number)

    async def _note_message(self, connection: AsyncConnection, number: int) -> None:
        if number > self._noted_message:
            await connection.execute(_NOTE, {"name": _NEWEST_MESSAGE, "number": number})
            self._noted_message = number

    async def _parked_ids(self) -> set[int]:
        if not self._has_looked_up_parked:
            async with self._transactions.reading() as connection:
                self._parked.update(await connection.scalars(select(parked_updates.c.update_id)))
            self._has_looked_up_parked = True
        return self._parked

    async def _query_newest(self) -> int:
        newest = [func.max(table.c.update_id) for table in (handled_updates, parked_updates)]
        async with self._transactions.reading() as connection:
            found = [await connection.scalar(select(query)) for query in newest]
        return max(-1 if number is None else number for number in found)

    def _note(self, newest: int) -> None:
        if self._newest is not None:
            self._newest = max(self._newest, newest)


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
