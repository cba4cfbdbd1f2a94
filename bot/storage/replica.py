"""One of the processes that share a PostgreSQL database, and what makes it safe that another one takes its work over.

Each process in webhook mode is a replica: a row in `replicas` with an id that is never used again. The id is the epoch
of everything that the replica holds, which is the lease of the sender (`leases`) and the updates that it handles
(`update_claims`). docs/decisions/0023 says who holds what and when.

States of a replica:

    new --join, when it is ready to answer--> joined
    joined --beat every second--> joined          its row says when it beat last, by the clock of the database; also
                                                  when another replica notifies, so that it sees its news at once
    joined --leave--> gone                        a normal stop: the row is deleted, what it held is free at once
    joined --silent--> replaced                   another replica deletes the row and frees what it held

The sender gives the lease up, and stays joined, when its writes have failed for `_CANNOT_WRITE` (7 s) while its beats
succeed: the connection that writes hangs, or may not write, and the connection that beats is another one. It does not
take the lease again for `_PAUSE` (30 s). It keeps the lease while it is the only replica.

A replica is silent when its row is older than `_SILENT` (10 s), or older than `_VANISHED` (5 s) and the connection of
its beat has ended: the server notices `kill -9` at once, and never notices SIGSTOP. Only a replica that has beaten for
`_SETTLED` (5 s) without a failure replaces others, so that after a restart of the server all have time to come back.

Invariants:

1. *A replaced replica writes nothing.* Each transaction that writes begins with `fence`, which locks the replica's row
   against its deletion until the commit and fails when the row is gone. A transaction that a frozen process has open
   would hold the row: the server ends it after 5 seconds (`idle_in_transaction_session_timeout`).
2. *A replaced replica sends nothing.* Before each call of Telegram it must know that its row was there less than
   `_FRESH` (7 s) ago, on a clock that goes on while the process or the machine sleeps (`confirm`, `may_send`). A
   process that is stopped between this check and the write to its socket may send that one message.
3. *Nothing is replaced without the database.* While it is away all replicas keep what they have and answer; nothing of
   a broadcast is sent, because nothing can be claimed.
4. A replica that was replaced ends by itself with exit code 75, and the supervisor starts it again as a new replica.

A replica also ends when it finds a schema that is newer than its program (exit code 78).

Tests: tests/storage/test_replica.py; with real processes, tests/process/test_replicas.py.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import __version__
from bot.errors import OperatorError, ReplacedError
from bot.storage.notifications import listen, notify
from bot.storage.upgrade import newer_schema

#: Seconds between two beats.
BEAT = 1.0
#: Seconds between two beats when another replica notifies, so that many notifications at once cause one beat.
_SOONEST = 0.1
#: Seconds without a beat after which a replica is replaced whose connection still exists: it may only be slow.
_SILENT = 10.0
#: The same once its connection has ended.
_VANISHED = 5.0
#: Seconds for which a replica must have beaten without a failure before it replaces others.
_SETTLED = 5.0
#: Seconds for which a beat shows that this replica was not replaced; less than `_SILENT`.
_FRESH = 7.0
#: Seconds after which a beat fails. With the pause before the next one less than `_FRESH`: so no call of Telegram waits
#: for a beat while the database hangs, but only after this process was frozen.
_BEAT_TIMEOUT = 3.0
#: Seconds for which writes of the sender fail before it gives the lease up. The sixth try of a broadcast that waits for
#: the database is 7.5 s after the first.
_CANNOT_WRITE = 7.0
#: Seconds until it may take the lease again, so that another replica takes it meanwhile.
_PAUSE = 30.0
#: The class of the advisory locks that show which replicas are connected; the other key is the replica's id.
_CONNECTED = 0x6D736800
_LOCKED = "holds the lock of"

_JOIN = text(
    "INSERT INTO replicas (name, minsheng, beaten_at, knowledge, answers)"
    " VALUES (:name, :minsheng, clock_timestamp(), '', 0) RETURNING id"
)
_BEAT = text(
    "UPDATE replicas SET beaten_at = clock_timestamp(), knowledge = :knowledge, answers = :answers,"
    " flood_until = clock_timestamp() + make_interval(secs => :flood) WHERE id = :me"
)
_FENCE = text("SELECT id FROM replicas WHERE id = :me FOR KEY SHARE")
_SILENT_ONES = text(
    "SELECT id, beaten_at < clock_timestamp() - make_interval(secs => :silent) AS is_silent FROM replicas"
    " WHERE id <> :me AND beaten_at < clock_timestamp() - make_interval(secs => :vanished)"
    " ORDER BY id FOR UPDATE SKIP LOCKED"
)
_HAS_VANISHED = text("SELECT pg_try_advisory_xact_lock(:kind, :other)")
_TAKE_LEASE = text("INSERT INTO leases (name, replica_id, wakes) VALUES ('sender', :me, 0) ON CONFLICT DO NOTHING")
_GIVE_UP_LEASE = text("DELETE FROM leases WHERE name = 'sender' AND replica_id = :me")
_WAKE = text("UPDATE leases SET wakes = wakes + 1 WHERE name = 'sender'")
_COUNT = text(
    "SELECT count(*) FROM replicas WHERE beaten_at > clock_timestamp() - make_interval(secs => :silent)"
).bindparams(silent=_SILENT)
_VIEW = text(
    "SELECT (SELECT replica_id FROM leases WHERE name = 'sender') AS sender,"
    " (SELECT wakes FROM leases WHERE name = 'sender') AS wakes,"
    " (SELECT digest FROM versions ORDER BY id DESC LIMIT 1) AS knowledge,"
    " (SELECT count(*) FROM replicas WHERE beaten_at > clock_timestamp() - make_interval(secs => :silent)) AS replicas,"
    " (SELECT count(*) FROM replicas WHERE knowledge <> :knowledge AND knowledge <> '') AS apart,"
    " (SELECT coalesce(sum(answers), 0) FROM replicas WHERE id <> :me) AS answers,"
    " (SELECT coalesce(max(extract(epoch FROM flood_until - clock_timestamp())), 0) FROM replicas WHERE id <> :me)"
    "  AS flood,"
    " (SELECT version_num FROM alembic_version) AS schema"
).bindparams(silent=_SILENT)
#: What a replica held is free, in this order: parked updates wait for another replica, and Telegram sends the others
#: again.
_FREE = (
    text(
        "DELETE FROM update_claims WHERE replica_id = :other AND NOT EXISTS"
        " (SELECT 1 FROM parked_updates p WHERE p.update_id = update_claims.update_id)"
    ),
    text("UPDATE update_claims SET replica_id = NULL WHERE replica_id = :other"),
    text("DELETE FROM leases WHERE replica_id = :other"),
    text("DELETE FROM replicas WHERE id = :other"),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class View:
    """What a replica saw at its last beat."""

    sender: int | None = None  #: the replica that holds the lease of the sender
    wakes: int = 0  #: grows when another replica has work for the sender
    knowledge: str | None = None  #: the digest of the accepted version; None: there is none
    replicas: int = 1
    apart: int = 0  #: replicas whose live version is another one than this replica's
    answers: float = 0.0  #: messages a second that the other replicas have leased for answers
    flood: float = 0.0  #: seconds for which Telegram told another replica to wait


@dataclass(frozen=True, slots=True)
class Shown:
    """What a replica shows to the others at its next beat."""

    knowledge: str = ""  #: the digest of its live version
    answers: float = 0.0  #: messages a second that it leases for answers
    flood: float = 0.0  #: seconds for which Telegram told it to wait


class Replica:
    """This process among those that share the database."""

    def __init__(self, engine: AsyncEngine, listener: AsyncEngine) -> None:
        self._engine = engine
        self._listener = listener
        self._beating = asyncio.Lock()
        self._tried_at = self._confirmed_at = self._settled_since = 0.0
        self._ended = asyncio.Event()
        self._notified = asyncio.Event()
        self._beaten = asyncio.Event()  #: of the next beat
        self._failure: OperatorError | None = None
        self._write_failures: tuple[float, float] | None = None  #: the first and the last since a write succeeded
        self._leads_from = 0.0
        self.id = 0
        self.view = View()
        self.show: Callable[[], Shown] = Shown
        self.may_lead = False  #: whether it takes the lease of the sender when that is free
        self.has_seen_others = False  #: whether there was another replica at any beat

    @property
    def is_sender(self) -> bool:
        """Whether it held the lease of the sender at the last beat."""
        return self.view.sender == self.id

    @property
    def may_send(self) -> bool:
        """Whether what it has claimed certainly is its own."""
        return self._failure is None and _clock() - self._confirmed_at < _FRESH

    async def join(self) -> None:
        """Become a replica. SQLAlchemyError."""
        async with self._engine.begin() as connection:
            name = f"{socket.gethostname()}:{os.getpid()}"[:64]
            self.id = (await connection.execute(_JOIN, {"name": name, "minsheng": __version__})).scalar_one()
        await self._beat()
        log.info("replica_joined", replica=self.id, replicas=self.view.replicas)

    async def others(self) -> int:
        """How many replicas there are before this one joins. SQLAlchemyError."""
        async with self._engine.begin() as connection:
            return int(await connection.scalar(_COUNT) or 0)

    async def leave(self) -> None:
        """Free at once what this replica holds; without the database it is replaced after a while."""
        with suppress(SQLAlchemyError):
            async with self._engine.begin() as connection:
                await _free(connection, self.id)
                await notify(connection)

    async def run(self) -> None:
        """Beat until cancelled, replaced, or overtaken by a newer schema."""
        listening = asyncio.create_task(listen(self._listener, self._notified.set))
        try:
            while self._failure is None:
                self._notified.clear()
                await self.beat()
                await asyncio.sleep(_SOONEST)
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT - _SOONEST):
                        await self._notified.wait()
        finally:
            listening.cancel()
            await asyncio.wait((listening,))

    async def beat(self) -> None:
        """Show that this replica lives, and see what the others do; a failure of the database is ignored."""
        async with self._beating:
            try:
                async with asyncio.timeout(_BEAT_TIMEOUT):
                    await self._beat()
            except (SQLAlchemyError, TimeoutError):
                self._settled_since = _clock()
            except OperatorError as error:
                self.end(error)
        self._beaten.set()
        self._beaten = asyncio.Event()

    async def next_beat(self) -> None:
        """Return after the next beat, whether it succeeded or not."""
        await self._beaten.wait()

    async def confirm(self) -> None:
        """Return when this replica may call Telegram, as it always may before it joins. While the database is away
        nothing can be replaced, and answers go on.

        CancelledError when it was replaced while it was frozen: no handler catches that, so what the caller does ends
        here, is not recorded as handled, and is not confirmed to Telegram.
        """
        if self.id and _clock() - self._tried_at > _FRESH:
            await self.beat()
        if isinstance(self._failure, ReplacedError):
            raise asyncio.CancelledError

    async def fence(self, connection: AsyncConnection) -> None:
        """Keep the row of this replica until the transaction ends; ReplacedError when it is gone."""
        if (await connection.execute(_FENCE, {"me": self.id})).first() is None:
            failure = ReplacedError()
            self.end(failure)
            raise failure

    def note_write(self, *, failed: bool) -> None:
        """Note how a transaction of this process that writes ended."""
        now = _clock()
        first = self._write_failures[0] if self._write_failures else now
        self._write_failures = (first, now) if failed else None

    @property
    def _cannot_write(self) -> bool:
        """Whether all writes of several seconds failed."""
        first, last = self._write_failures or (0.0, 0.0)
        return last - first >= _CANNOT_WRITE

    async def wake_sender(self) -> None:
        """Have the sender look for work at once; a failure of the database is ignored."""
        with suppress(SQLAlchemyError):
            async with self._engine.begin() as connection:
                await connection.execute(_WAKE)
                await notify(connection)

    def end(self, failure: OperatorError) -> None:
        """From now on, write and send nothing, for this reason."""
        if self._failure is None:
            self._failure = failure
            self._ended.set()

    async def watch(self, seconds: float) -> None:
        """Wait for this time; the reason at once when the replica must end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        if self._failure is not None:
            raise self._failure

    async def _beat(self) -> None:
        self._tried_at = began = _clock()
        async with self._engine.begin() as connection:
            await self._hold_connection_lock(connection)
            shown = self.show()
            if not (await connection.execute(_BEAT, {"me": self.id} | asdict(shown))).rowcount:
                raise ReplacedError
            if began - self._settled_since >= _SETTLED:
                for other in await self._silent(connection):
                    await _free(connection, other)
                    log.warning("replica_replaced", replica=other, by=self.id)
            if self.is_sender and self.view.replicas > 1 and self._cannot_write:
                await self._give_up_lease(connection)
            elif self.may_lead and began >= self._leads_from:
                await connection.execute(_TAKE_LEASE, {"me": self.id})
            row = (await connection.execute(_VIEW, {"me": self.id, "knowledge": shown.knowledge})).one()
        self._settled_since = self._settled_since or began
        self._confirmed_at = began
        self.view = View(
            row.sender, row.wakes or 0, row.knowledge, row.replicas, row.apart, float(row.answers), float(row.flood)
        )
        self.has_seen_others |= row.replicas > 1
        if (newer := newer_schema(row.schema)) is not None:
            raise newer

    async def _give_up_lease(self, connection: AsyncConnection) -> None:
        """Let another replica send: it takes the lease at its next beat."""
        await connection.execute(_GIVE_UP_LEASE, {"me": self.id})
        await notify(connection)
        self._write_failures, self._leads_from = None, _clock() + _PAUSE
        log.warning("sender_gave_up", replica=self.id)

    async def _hold_connection_lock(self, connection: AsyncConnection) -> None:
        """Take the advisory lock that ends with this connection, once for each connection."""
        info = (await connection.get_raw_connection()).info
        if info.get(_LOCKED) != self.id:
            lock = text("SELECT pg_try_advisory_lock(:kind, :me)")
            await connection.execute(lock, {"kind": _CONNECTED, "me": self.id})
            info[_LOCKED] = self.id

    async def _silent(self, connection: AsyncConnection) -> list[int]:
        """The replicas that are to be replaced, locked; one that has a transaction open is left for the next beat."""
        times = {"me": self.id, "silent": _SILENT, "vanished": _VANISHED}
        rows = (await connection.execute(_SILENT_ONES, times)).all()
        return [row.id for row in rows if row.is_silent or await self._has_vanished(connection, row.id)]

    async def _has_vanished(self, connection: AsyncConnection, other: int) -> bool:
        locked = await connection.scalar(_HAS_VANISHED, {"kind": _CONNECTED, "other": other})
        return bool(locked)


async def _free(connection: AsyncConnection, replica: int) -> None:
    for statement in _FREE:
        await _execute(connection, statement, replica)


async def _execute(connection: AsyncConnection, statement: TextClause, replica: int) -> None:
    await connection.execute(statement, {"other": replica})


def _clock() -> float:
    """Seconds since the start of the machine; they go on while it sleeps, where there is such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
