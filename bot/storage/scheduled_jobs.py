"""When recurring jobs last ran; implements the port `ScheduledJobs`."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.storage.schema import scheduled_jobs
from bot.storage.transactions import Repository


class ScheduledJobRepository(Repository):
    async def last_done(self, job: str) -> datetime | None:
        done: datetime | None = await self._scalar(select(scheduled_jobs.c.done_at).where(scheduled_jobs.c.job == job))
        return done

    async def done(self, job: str, at: datetime) -> None:
        async with self._transactions.writing() as connection:
            await connection.execute(delete(scheduled_jobs).where(scheduled_jobs.c.job == job))
            await connection.execute(insert(scheduled_jobs).values(job=job, done_at=at))
