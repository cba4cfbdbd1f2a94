"""Everything that is kept, behind all the ports at once."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.storage.broadcasts import BroadcastRepository
from bot.storage.deliveries import tally_chunk
from bot.storage.delivery_queue import DeliveryQueueRepository
from bot.storage.roles import RoleRepository
from bot.storage.scheduled_jobs import ScheduledJobRepository
from bot.storage.schema import broadcasts, deliveries, drafts, handled_updates
from bot.storage.transactions import Access
from bot.storage.updates import UpdateRepository
from bot.storage.versions import VersionRepository

#: Telegram delivers an update again for at most one day.
_UPDATES_FOR = timedelta(days=2)
#: How long a draft waits for its author's yes.
_DRAFTS_FOR = timedelta(days=1)
#: How long it is kept who got a broadcast that has ended.
_DELIVERIES_FOR = timedelta(days=90)


class Store(
    DeliveryQueueRepository,
    BroadcastRepository,
    UpdateRepository,
    RoleRepository,
    VersionRepository,
    ScheduledJobRepository,
):
    """What is kept of people, of updates, of publishing and of broadcasts.

    StorageError from each method that cannot do its work.
    """

    def __init__(self, access: Access, *, trouble: str | None = None) -> None:
        super().__init__(access)
        self.trouble = trouble  #: why nothing can be kept, and what operators do about it

    async def expire(self, now: datetime) -> None:
        """Forget update ids older than two days, drafts older than one, and deliveries 90 days after their broadcast.

        Of deliveries only how many there were stays. They go in short transactions, for there may be millions.
        """
        async with self._access.writing() as connection:
            for column, kept_for in ((handled_updates.c.handled_at, _UPDATES_FOR), (drafts.c.created_at, _DRAFTS_FOR)):
                await connection.execute(delete(column.table).where(column < now - kept_for))
        some = select(deliveries.c.chat_id).where(deliveries.c.broadcast_id == broadcasts.c.id)
        old = select(broadcasts.c.id).where(broadcasts.c.ended_at < now - _DELIVERIES_FOR, some.exists())
        async with self._access.reading() as connection:
            ended = (await connection.scalars(old)).all()
        for broadcast in ended:
            while await self._erase_some(broadcast):
                pass

    async def _erase_some(self, broadcast: int) -> bool:
        async with self._access.writing() as connection:
            return await tally_chunk(connection, broadcast)
