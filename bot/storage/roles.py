"""Who was given which rights, and who did what, behind the ports `Roles` and `Audit`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.ports import AuditEntry, Grant
from bot.storage.schema import audit, grants
from bot.storage.transactions import Repository


class RoleRepository(Repository):
    """Grants, and the audit."""

    async def grants(self) -> Mapping[int, Grant]:
        """The last word on each person."""
        query = select(grants.c.person, grants.c.role, grants.c.given_by, grants.c.given_at)
        async with self._access.reading() as connection:
            return {row.person: Grant(*row) for row in await connection.execute(query)}

    async def grant(self, grant: Grant, line: AuditEntry) -> None:
        """Give or take rights, with its line in the audit, in one transaction."""
        row = {"person": grant.person, "role": grant.role, "given_by": grant.by, "given_at": grant.at}
        async with self._access.writing() as connection:
            await connection.execute(delete(grants).where(grants.c.person == grant.person))
            await connection.execute(insert(grants).values(row))
            await enter(connection, line)

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """The newest lines, newest first."""
        columns = (audit.c.at, audit.c.person, audit.c.act, audit.c.subject, audit.c.before, audit.c.after)
        query = select(*columns).order_by(audit.c.id.desc()).limit(limit)
        async with self._access.reading() as connection:
            return [AuditEntry(*row) for row in await connection.execute(query)]


async def enter(connection: AsyncConnection, line: AuditEntry) -> None:
    """Write a line into the audit, within the transaction of what it tells."""
    await connection.execute(insert(audit).values(asdict(line)))
