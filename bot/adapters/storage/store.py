"""Everything that is kept, behind all the ports at once."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.adapters.storage.chats import KeptChats
from bot.adapters.storage.chores import KeptChores
from bot.adapters.storage.inbox import KeptInbox
from bot.adapters.storage.publishing import KeptKnowledge
from bot.adapters.storage.rights import KeptRights
from bot.adapters.storage.tables import drafts, handled_updates
from bot.adapters.storage.transactions import Access

#: Telegram delivers an update again for at most one day.
_UPDATES_FOR = timedelta(days=2)
#: How long a draft waits for its author's yes.
_DRAFTS_FOR = timedelta(days=1)


class Store(KeptChats, KeptInbox, KeptRights, KeptKnowledge, KeptChores):
    """What is kept of people, of updates and of publishing; StorageError from each method that cannot do its work."""

    def __init__(self, access: Access, *, trouble: str | None = None) -> None:
        super().__init__(access)
        self.trouble = trouble  #: why nothing can be kept, and what operators do about it

    async def expire(self, now: datetime) -> None:
        """Forget update ids that are older than two days, and drafts that nobody said yes to for one."""
        async with self._access.writing() as connection:
            for column, kept_for in ((handled_updates.c.handled_at, _UPDATES_FOR), (drafts.c.created_at, _DRAFTS_FOR)):
                await connection.execute(delete(column.table).where(column < now - kept_for))
