"""Roles granted in chat, and the audit; implements the ports `Roles` and `Audit`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.ports import AuditEntry, Grant
from bot.storage.schema import audit, grants
from bot.storage.transactions import Repository


class RoleRepository(Repository):
    async def grants(self) -> Mapping[int, Grant]:
        query = select(grants.c.person, grants.c.role, grants.c.given_by, grants.c.given_at)
        return {grant.person: grant for grant in await self._all(query, lambda row: Grant(*row))}

    async def grant(self, grant: Grant, entry: AuditEntry) -> None:
        row = {"person": grant.person, "role": grant.role, "given_by": grant.by, "given_at": grant.at}
        async with self._transactions.writing() as connection:
            await connection.execute(delete(grants).where(grants.c.person == grant.person))
            await connection.execute(insert(grants).values(row))
            await add_audit_entry(connection, entry)

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        columns = (audit.c.at, audit.c.person, audit.c.act, audit.c.subject, audit.c.before, audit.c.after)
        query = select(*columns).order_by(audit.c.id.desc()).limit(limit)
        return await self._all(query, lambda row: AuditEntry(*row))


async def add_audit_entry(connection: AsyncConnection, entry: AuditEntry) -> None:
    """Add an entry in the transaction of the action that it records."""
    await connection.execute(insert(audit).values(asdict(entry)))
