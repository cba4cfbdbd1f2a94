"""When recurring work was last done, behind the port `ScheduledJobs`."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.storage.schema import chores
from bot.storage.transactions import Repository


class ScheduledJobRepository(Repository):
    """Chores by their names."""

    async def last_done(self, chore: str) -> datetime | None:
        """When a chore was last done; None: never."""
        query = select(chores.c.done_at).where(chores.c.chore == chore)
        async with self._access.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def done(self, chore: str, at: datetime) -> None:
        """The chore is done."""
        async with self._access.writing() as connection:
            await connection.execute(delete(chores).where(chores.c.chore == chore))
            await connection.execute(insert(chores).values(chore=chore, done_at=at))
