"""Decides which replica handles an update: the row in `update_claims` is the lock. PostgreSQL only.

States of an update that is not handled yet, by its row:

    no row                      no replica has it; Telegram delivers it
    a replica, not parked       that replica handles it, and Telegram waits for the answer to its call
    a replica, parked           that replica handles it, and Telegram has deleted it
    no replica, parked          it waits for a replica (`pick_up`, every second and when a claim ends)

`claim` creates a row, and the transaction that records the update as handled deletes it. When a replica is replaced,
its rows that are not parked are deleted, since Telegram delivers these updates again; the others wait.

*Once.* The primary key gives an update to one replica. Another replica answers a copy with 503 while Telegram must keep
the update, and confirms it when it is handled or parked.

*In order.* Telegram delivers the next update of a chat after the previous one was confirmed, that is, handled or
parked. An update is claimed only if no other replica has an update of its chat and none waits; otherwise it is parked
behind them. One replica at a time picks up updates, oldest first, and only of chats of which no other replica has an
update.

A claim need not survive a crash of the server (`synchronous_commit` is off for it): its replica still knows it, and if
the row is lost, only a copy that arrives at that moment is handled too. Parked updates are durable.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import BigInteger, Integer, String, bindparam, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.notifications import notify
from bot.storage.replica import Replica
from bot.storage.schema import parked_updates, update_claims
from bot.telegram_api.ports import NewUpdate

#: The most updates that are picked up at once.
_MAX_CLAIMED = 200
#: The advisory lock of the replica that picks up updates.
_PICKING_UP = 0x6D736801

_CLAIM = text(
    "INSERT INTO update_claims (update_id, chat, replica_id) SELECT :id, :chat, r.id"
    " FROM (SELECT id FROM replicas WHERE id = :me FOR KEY SHARE) AS r"
    " WHERE NOT EXISTS (SELECT 1 FROM handled_updates WHERE update_id = :id)"
    " AND NOT EXISTS (SELECT 1 FROM update_claims o WHERE o.chat = :chat AND o.update_id <> :id"
    "  AND o.replica_id IS DISTINCT FROM :me)"
    " ON CONFLICT (update_id) DO NOTHING RETURNING update_id"
).bindparams(bindparam("id", type_=BigInteger), bindparam("chat", type_=String), bindparam("me", type_=Integer))
_PRESENT = text(
    "SELECT c.replica_id, EXISTS (SELECT 1 FROM parked_updates p WHERE p.update_id = :id) AS is_parked"
    " FROM update_claims c WHERE c.update_id = :id"
)
_IS_HANDLED = text("SELECT 1 FROM handled_updates WHERE update_id = :id")
_DROP = text("DELETE FROM update_claims WHERE update_id = :id")
_KEEP = text("INSERT INTO update_claims (update_id, chat, replica_id) VALUES (:id, :chat, :me) ON CONFLICT DO NOTHING")
#: A claim that was abandoned because the server did not respond may be stored after its update was handled.
_DROP_HANDLED = text(
    "DELETE FROM update_claims WHERE EXISTS"
    " (SELECT 1 FROM handled_updates h WHERE h.update_id = update_claims.update_id)"
)
_WAIT = text(
    "INSERT INTO update_claims (update_id, chat) VALUES (:id, :chat) ON CONFLICT (update_id) DO NOTHING"
    " RETURNING update_id"
)
_PARK = text(
    "INSERT INTO parked_updates (update_id, body, parked_at) VALUES (:id, :body, :now) ON CONFLICT DO NOTHING"
).bindparams(bindparam("now", type_=parked_updates.c.parked_at.type))
_MAY_PICK_UP = text("SELECT pg_try_advisory_xact_lock(:key)")
_PICK_UP = text(
    "UPDATE update_claims SET replica_id = :me WHERE update_id IN ("
    " SELECT c.update_id FROM update_claims c JOIN parked_updates p USING (update_id)"
    " WHERE c.replica_id IS NULL AND NOT EXISTS"
    "  (SELECT 1 FROM update_claims o WHERE o.chat = c.chat AND o.replica_id <> :me)"
    " ORDER BY c.update_id LIMIT :most FOR UPDATE OF c SKIP LOCKED)"
    " RETURNING update_id, (SELECT body FROM parked_updates p WHERE p.update_id = update_claims.update_id) AS body"
)
_WAITS = text("SELECT 1 FROM update_claims WHERE replica_id IS NULL LIMIT 1")
#: Parked updates of a version without claims also wait for a replica; their chats are unknown.
_ADOPT = text(
    "INSERT INTO update_claims (update_id, chat) SELECT update_id, '' FROM parked_updates ON CONFLICT DO NOTHING"
)

#: Who handles an update: this replica, another one, or nobody (handled, or parked).
State: TypeAlias = Literal["own", "elsewhere", "known"]


@dataclass(frozen=True, slots=True)
class UpdateClaims:
    """The claims of one replica."""

    engine: AsyncEngine
    replica: Replica

    async def take(self, updates: Sequence[NewUpdate]) -> dict[int, State]:
        """Claim the updates that no replica has and whose chat is free; raises SQLAlchemyError.

        An update without a state in the result was not claimed: see `resolve`. Claiming an update that was already
        handled does nothing.
        """
        states = {update.id: await self._take(update) for update in updates}
        return {number: state for number, state in states.items() if state is not None}

    async def resolve(self, updates: Sequence[NewUpdate], now: datetime) -> dict[int, State]:
        """The states of updates that could not be claimed; those whose chat is busy are parked.

        Raises ReplacedError, SQLAlchemyError.
        """
        return {update.id: await self._resolve(update, now) for update in updates}

    async def pick_up(self) -> list[tuple[int, str]]:
        """Take over waiting parked updates, oldest first; raises SQLAlchemyError."""
        async with self._begin() as connection:
            if await connection.scalar(_WAITS) is None:
                return []
            await self.replica.fence(connection)
            if not await connection.scalar(_MAY_PICK_UP, {"key": _PICKING_UP}):
                return []
            await connection.execute(_DROP_HANDLED)
            rows = await connection.execute(_PICK_UP, {"me": self.replica.id, "most": _MAX_CLAIMED})
            return sorted((number, body) for number, body in rows)

    async def keep(self, connection: AsyncConnection, updates: Sequence[NewUpdate]) -> None:
        """Claim updates that this replica is parking, in case the database was unavailable when they came.

        From then on Telegram may deliver the next update of their chat to another replica.
        """
        rows = [{"id": update.id, "chat": _key(update), "me": self.replica.id} for update in updates]
        await connection.execute(_KEEP, rows)

    async def release(self, connection: AsyncConnection, update_ids: Sequence[int]) -> None:
        """Delete the claims of handled updates, and notify the other replicas if an update may wait for that."""
        await connection.execute(delete(update_claims).where(update_claims.c.update_id.in_(update_ids)))
        if await connection.scalar(_WAITS) is not None:
            await notify(connection)

    async def adopt(self) -> None:
        """Let parked updates without a claim wait for a replica; raises SQLAlchemyError."""
        async with self._begin() as connection:
            await connection.execute(_ADOPT)

    async def _take(self, update: NewUpdate) -> State | None:
        values = self._values(update)
        async with self._begin() as connection:
            await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            if (await connection.execute(_CLAIM, values)).first() is None:
                return None
            if await connection.scalar(_IS_HANDLED, values) is None:
                return "own"
            # Recorded by another replica while this statement waited for the end of its claim.
            await connection.execute(_DROP, values)
        return "known"

    async def _resolve(self, update: NewUpdate, now: datetime) -> State:
        values = self._values(update)
        async with self._begin() as connection:
            await self.replica.fence(connection)
            present = (await connection.execute(_PRESENT, values)).first()
            if present is not None:
                return self._state_of(present.replica_id, is_parked=present.is_parked)
            if await connection.scalar(_IS_HANDLED, values) is not None:
                return "known"
            if (await connection.execute(_WAIT, values)).first() is None:
                return "elsewhere"  # claimed just now
            await connection.execute(_PARK, values | {"body": json.dumps(update.raw), "now": now})
        return "known"

    def _values(self, update: NewUpdate) -> dict[str, object]:
        return {"id": update.id, "chat": _key(update), "me": self.replica.id}

    def _state_of(self, owner: int | None, *, is_parked: bool) -> State:
        if owner == self.replica.id:
            return "own"
        return "known" if is_parked else "elsewhere"

    def _begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.engine.begin()


def _key(update: NewUpdate) -> str:
    """A short key for a chat, or for anything else with an order."""
    return hashlib.blake2b(repr(update.chat).encode(), digest_size=16).hexdigest()
