"""One of the processes that share a PostgreSQL database, and the rules that let another one take over its work safely.

Each process in webhook mode is a replica: a row in `replicas` with an id that is never reused. The id is the epoch of
everything that the replica holds: the sender's lease (`leases`) and the updates that it handles (`update_claims`).
docs/decisions/0023 explains who holds what and when.

States of a replica:

    new --join, when it is ready to answer--> joined
    joined --heartbeat every second--> joined     its row has the time of the last one, by the database's clock; another
                                                  one follows at once when another replica notifies
    joined --leave--> gone                        a normal stop: the row is deleted, what it held is free at once
    joined --silent--> replaced                   another replica deletes the row and frees what it held

The sender releases its lease, and stays joined, if its writes have failed for `_CANNOT_WRITE` (7 s) while its
heartbeats succeed: the connection that writes hangs or is read-only, the one of the heartbeats works. It does not take
the lease again for `_PAUSE` (30 s). It keeps the lease while it is the only replica.

A replica is silent if its row is older than `_SILENT` (10 s), or older than `_VANISHED` (5 s) and the connection of its
heartbeats has ended: the server notices `kill -9` at once, and never notices SIGSTOP. Only a replica whose heartbeats
have succeeded for `_SETTLED` (5 s) replaces others, so that all have time to return after a restart of the server.

Invariants:

1. *A replaced replica writes nothing.* Each write transaction begins with `fence`, which locks the replica's row
   against deletion until the commit, and fails if the row is gone. An open transaction of a frozen process would keep
   the row: the server ends it after 5 seconds (`idle_in_transaction_session_timeout`).
2. *A replaced replica sends nothing.* Before each call to Telegram it must know that its row existed less than `_FRESH`
   (7 s) ago, by a clock that continues while the process or machine sleeps (`confirm`, `may_send`). A process that is
   stopped between this check and the write to its socket may send that one message.
3. *Nothing is replaced without the database.* While it is unavailable, all replicas keep what they hold and answer; no
   broadcast message is sent, because nothing can be claimed.
4. A replaced replica ends itself with exit code 75, and the supervisor restarts it as a new replica.

A replica also ends if it finds a schema that is newer than its program (exit code 78).

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

#: Seconds between two heartbeats.
HEARTBEAT_INTERVAL = 1.0
#: The least seconds between two heartbeats when another replica notifies, so that many notifications cause one.
_SOONEST = 0.1
#: A replica whose connection still exists is replaced after this many seconds without a heartbeat: it may only be slow.
_SILENT = 10.0
#: The same after its connection has ended.
_VANISHED = 5.0
#: A replica's heartbeats must have succeeded for this many seconds before it replaces others.
_SETTLED = 5.0
#: For this many seconds a heartbeat proves that this replica was not replaced; less than `_SILENT`.
_FRESH = 7.0
#: Seconds after which a heartbeat fails. Plus the pause before the next one it is less than `_FRESH`, so that no call
#: to Telegram waits for a heartbeat while the database hangs, but only after this process was frozen.
_HEARTBEAT_TIMEOUT = 3.0
#: The sender releases the lease after its writes have failed for this many seconds. A broadcast that waits for the
#: database makes its sixth attempt 7.5 s after the first.
_CANNOT_WRITE = 7.0
#: Seconds before it may take the lease again, so that another replica takes it meanwhile.
_PAUSE = 30.0
#: The class of the advisory locks that show which replicas are connected; the second key is the replica's id.
_CONNECTED = 0x6D736800
_LOCKED = "holds the lock of"

_JOIN = text(
    "INSERT INTO replicas (name, minsheng, beaten_at, knowledge, answers)"
    " VALUES (:name, :minsheng, clock_timestamp(), '', 0) RETURNING id"
)
_SEND_HEARTBEAT = text(
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
#: What a replica held becomes free, in this order: parked updates wait for another replica, and Telegram sends the
#: others again.
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
    """What a replica saw at its last heartbeat."""

    sender: int | None = None  #: the replica that holds the sender's lease
    wakes: int = 0  #: increases when another replica has work for the sender
    knowledge: str | None = None  #: the digest of the accepted version, or None
    replicas: int = 1
    apart: int = 0  #: the number of replicas with another live version than this one
    answers: float = 0.0  #: messages per second that the other replicas have leased for answers
    flood: float = 0.0  #: seconds for which Telegram told another replica to wait


@dataclass(frozen=True, slots=True)
class Shown:
    """What a replica tells the others at its next heartbeat."""

    knowledge: str = ""  #: the digest of its live version
    answers: float = 0.0  #: messages per second that it leases for answers
    flood: float = 0.0  #: seconds for which Telegram told it to wait


class Replica:
    """This process as one of those that share the database."""

    def __init__(self, engine: AsyncEngine, listener: AsyncEngine) -> None:
        self._engine = engine
        self._listener = listener
        self._beating = asyncio.Lock()
        self._tried_at = self._confirmed_at = self._settled_since = 0.0
        self._ended = asyncio.Event()
        self._notified = asyncio.Event()
        self._had_heartbeat = asyncio.Event()  #: set at the next heartbeat
        self._failure: OperatorError | None = None
        self._write_failures: tuple[float, float] | None = None  #: first and last failure since a write succeeded
        self._leads_from = 0.0
        self.id = 0
        self.view = View()
        self.show: Callable[[], Shown] = Shown
        self.may_lead = False  #: whether it takes the sender's lease when that is free
        self.has_seen_others = False  #: whether any heartbeat saw another replica

    @property
    def is_sender(self) -> bool:
        """Whether it held the sender's lease at the last heartbeat."""
        return self.view.sender == self.id

    @property
    def may_send(self) -> bool:
        """Whether its claims certainly still belong to it."""
        return self._failure is None and _clock() - self._confirmed_at < _FRESH

    async def join(self) -> None:
        """Become a replica. Raises SQLAlchemyError."""
        async with self._engine.begin() as connection:
            name = f"{socket.gethostname()}:{os.getpid()}"[:64]
            self.id = (await connection.execute(_JOIN, {"name": name, "minsheng": __version__})).scalar_one()
        await self._send_heartbeat()
        log.info("replica_joined", replica=self.id, replicas=self.view.replicas)

    async def others(self) -> int:
        """The number of replicas before this one joins. Raises SQLAlchemyError."""
        async with self._engine.begin() as connection:
            return int(await connection.scalar(_COUNT) or 0)

    async def leave(self) -> None:
        """Free at once what this replica holds; without the database it is replaced later."""
        with suppress(SQLAlchemyError):
            async with self._engine.begin() as connection:
                await _free(connection, self.id)
                await notify(connection)

    async def run(self) -> None:
        """Send heartbeats until cancelled, replaced, or stopped by a newer schema."""
        listening = asyncio.create_task(listen(self._listener, self._notified.set))
        try:
            while self._failure is None:
                self._notified.clear()
                await self.send_heartbeat()
                await asyncio.sleep(_SOONEST)
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_INTERVAL - _SOONEST):
                        await self._notified.wait()
        finally:
            listening.cancel()
            await asyncio.wait((listening,))

    async def send_heartbeat(self) -> None:
        """Show that this replica is alive, and read what the others do; database failures are ignored."""
        async with self._beating:
            try:
                async with asyncio.timeout(_HEARTBEAT_TIMEOUT):
                    await self._send_heartbeat()
            except (SQLAlchemyError, TimeoutError):
                self._settled_since = _clock()
            except OperatorError as error:
                self.end(error)
        self._had_heartbeat.set()
        self._had_heartbeat = asyncio.Event()

    async def next_heartbeat(self) -> None:
        """Return after the next heartbeat, successful or not."""
        await self._had_heartbeat.wait()

    async def confirm(self) -> None:
        """Return when this replica may call Telegram; before it joins it always may.

        While the database is unavailable nothing can be replaced, and answers continue. Raises CancelledError if it was
        replaced while frozen: no handler catches that, so the caller's work ends here, is not recorded as handled, and
        is not confirmed to Telegram.
        """
        if self.id and _clock() - self._tried_at > _FRESH:
            await self.send_heartbeat()
        if isinstance(self._failure, ReplacedError):
            raise asyncio.CancelledError

    async def fence(self, connection: AsyncConnection) -> None:
        """Lock the row of this replica until the transaction ends; raises ReplacedError if it is gone."""
        if (await connection.execute(_FENCE, {"me": self.id})).first() is None:
            failure = ReplacedError()
            self.end(failure)
            raise failure

    def note_write(self, *, failed: bool) -> None:
        """Record whether a write transaction of this process failed."""
        now = _clock()
        first = self._write_failures[0] if self._write_failures else now
        self._write_failures = (first, now) if failed else None

    @property
    def _cannot_write(self) -> bool:
        """Whether all writes of several seconds failed."""
        first, last = self._write_failures or (0.0, 0.0)
        return last - first >= _CANNOT_WRITE

    async def wake_sender(self) -> None:
        """Make the sender check for work at once; database failures are ignored."""
        with suppress(SQLAlchemyError):
            async with self._engine.begin() as connection:
                await connection.execute(_WAKE)
                await notify(connection)

    def end(self, failure: OperatorError) -> None:
        """Write and send nothing from now on, for this reason."""
        if self._failure is None:
            self._failure = failure
            self._ended.set()

    async def watch(self, seconds: float) -> None:
        """Wait for `seconds`; raise the reason at once if the replica must end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        if self._failure is not None:
            raise self._failure

    async def _send_heartbeat(self) -> None:
        self._tried_at = began = _clock()
        async with self._engine.begin() as connection:
            await self._hold_connection_lock(connection)
            shown = self.show()
            if not (await connection.execute(_SEND_HEARTBEAT, {"me": self.id} | asdict(shown))).rowcount:
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
        """Release the lease, so that another replica takes it at its next heartbeat."""
        await connection.execute(_GIVE_UP_LEASE, {"me": self.id})
        await notify(connection)
        self._write_failures, self._leads_from = None, _clock() + _PAUSE
        log.warning("sender_gave_up", replica=self.id)

    async def _hold_connection_lock(self, connection: AsyncConnection) -> None:
        """Take the advisory lock that ends with this connection, once per connection."""
        info = (await connection.get_raw_connection()).info
        if info.get(_LOCKED) != self.id:
            lock = text("SELECT pg_try_advisory_lock(:kind, :me)")
            await connection.execute(lock, {"kind": _CONNECTED, "me": self.id})
            info[_LOCKED] = self.id

    async def _silent(self, connection: AsyncConnection) -> list[int]:
        """The replicas to replace, locked; one with an open transaction is left for the next heartbeat."""
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
    """Seconds since the machine started, including sleep if there is such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
