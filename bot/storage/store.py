"""One object with all repositories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.errors import StorageError
from bot.storage.broadcasts import BroadcastRepository
from bot.storage.circuit_breaker import CircuitBreaker
from bot.storage.claims import UpdateClaims
from bot.storage.deliveries import erase_chunk
from bot.storage.delivery_queue import DeliveryQueueRepository
from bot.storage.erasures import ErasureLedger
from bot.storage.inbox import InboxRepository
from bot.storage.owed_messages import OwedMessageRepository
from bot.storage.report import ReportRepository
from bot.storage.roles import RoleRepository
from bot.storage.scheduled_jobs import ScheduledJobRepository
from bot.storage.schema import broadcasts, deliveries, drafts, handled_updates
from bot.storage.tickets import TicketRepository
from bot.storage.transactions import AnyTransactions, storage_errors
from bot.storage.updates import KEEP_HANDLED, UpdateRepository
from bot.storage.versions import VersionRepository

#: How long a draft waits for its author to publish it.
_KEEP_DRAFTS = timedelta(days=1)
#: How long deliveries are stored after the end of their broadcast; then only counts remain.
_KEEP_DELIVERIES = timedelta(days=90)


class Store(
    DeliveryQueueRepository,
    BroadcastRepository,
    UpdateRepository,
    RoleRepository,
    VersionRepository,
    ScheduledJobRepository,
    InboxRepository,
    TicketRepository,
    OwedMessageRepository,
    ReportRepository,
):
    """Everything that the bot stores. Every method raises StorageError if the database fails."""

    def __init__(
        self,
        transactions: AnyTransactions,
        *,
        failure: str | None = None,
        erasures: ErasureLedger | None = None,
        breaker: CircuitBreaker | None = None,
        claims: UpdateClaims | None = None,
    ) -> None:
        super().__init__(transactions, breaker, claims)
        self.replica = claims.replica if claims else None  #: this process, if several may share the database
        self.failure = failure  #: why nothing can be stored, and what operators should do
        self._erasures = erasures

    async def forget(self, chat: int) -> None:
        if self._erasures is not None:
            # First: after a crash in between, a restore still erases what the person asked for.
            await self._erasures.add(chat)
        await super().forget(chat)

    async def other_replicas(self) -> int:
        """The number of replicas before this process joins them; raises StorageError."""
        with storage_errors():
            return await self.replica.others() if self.replica else 0

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """Be a replica inside the context, if several processes may share the database; raises StorageError."""
        if self.replica is None or self._claims is None:
            yield
            return
        with storage_errors():
            if not await self.replica.others():
                await self._claims.adopt()
            await self.replica.join()
        heartbeats = asyncio.create_task(self.replica.run())
        try:
            yield
        finally:
            heartbeats.cancel()
            await asyncio.wait((heartbeats,))
            await self.replica.leave()

    async def watch_lock(self, pause: float = 3.0) -> None:
        """Check every `pause` seconds that this bot still holds the database; raises OperatorError if not.

        Also raises it as soon as this replica must end.
        """
        while True:
            with suppress(StorageError):  # the database may come back
                await self._transactions.ensure_held()
            await (self.replica.watch(pause) if self.replica else asyncio.sleep(pause))

    async def expire(self, now: datetime) -> None:
        async with self._transactions.writing() as connection:
            for column, retention in (
                (handled_updates.c.handled_at, KEEP_HANDLED),
                (drafts.c.created_at, _KEEP_DRAFTS),
            ):
                await connection.execute(delete(column.table).where(column < now - retention))
        await self.expire_inbox(now)
        await self.expire_tickets(now)
        some = select(deliveries.c.chat_id).where(deliveries.c.broadcast_id == broadcasts.c.id)
        old = select(broadcasts.c.id).where(broadcasts.c.ended_at < now - _KEEP_DELIVERIES, some.exists())
        async with self._transactions.reading() as connection:
            ended = (await connection.scalars(old)).all()
        for broadcast in ended:
            while await self._erase_chunk(broadcast):
                pass

    async def _erase_chunk(self, broadcast: int) -> bool:
        async with self._transactions.writing() as connection:
            return await erase_chunk(connection, broadcast)
