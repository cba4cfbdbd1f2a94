"""Changed knowledge files, waiting and published, behind the ports `Drafts` and `Versions`."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert, select

from bot.people.ports import AuditEntry
from bot.publishing.ports import Draft, Version
from bot.storage.roles import enter
from bot.storage.schema import drafts, versions
from bot.storage.transactions import Repository

#: How many published files are kept.
_VERSIONS = 50


class VersionRepository(Repository):
    """Drafts and versions; whole files are compressed, away from the event loop, for there they take their time."""

    async def keep_draft(self, draft: Draft) -> None:
        """Keep a draft in place of the same person's earlier ones."""
        row = {
            "id": draft.id,
            "person": draft.person,
            "origin": draft.origin,
            "base": draft.base,
            "digest": draft.digest,
            "content": await asyncio.to_thread(zlib.compress, draft.content),
            "created_at": draft.created_at,
        }
        async with self._access.writing() as connection:
            await connection.execute(delete(drafts).where(drafts.c.person == draft.person))
            await connection.execute(insert(drafts).values(row))

    async def draft(self, identifier: str) -> Draft | None:
        """The draft, if it still waits."""
        async with self._access.reading() as connection:
            row = (await connection.execute(select(drafts).where(drafts.c.id == identifier))).first()
        if row is None:
            return None
        content = await asyncio.to_thread(zlib.decompress, row.content)
        return Draft(row.id, row.person, row.origin, row.base, row.digest, content, row.created_at)

    async def drop_draft(self, identifier: str) -> None:
        """Its author thought better of it."""
        async with self._access.writing() as connection:
            await connection.execute(delete(drafts).where(drafts.c.id == identifier))

    @asynccontextmanager
    async def recording(
        self, version: Version, content: bytes, line: AuditEntry, *, draft: str | None
    ) -> AsyncIterator[None]:
        """Record a publication and drop its draft in one transaction around the act itself.

        What fails inside is not recorded. StorageError before the act when nothing can be recorded; when the very
        last word fails, the commit, it comes after the act, which then must be taken back. Nothing else can be
        written inside.
        """
        row = {
            "digest": version.digest,
            "person": version.person,
            "origin": version.origin,
            "at": version.at,
            "content": await asyncio.to_thread(zlib.compress, content),
        }
        kept = select(versions.c.id).order_by(versions.c.id.desc()).limit(_VERSIONS)
        async with self._access.writing() as connection:
            await connection.execute(insert(versions).values(row))
            await connection.execute(delete(versions).where(versions.c.id.not_in(kept)))
            await enter(connection, line)
            if draft is not None:
                await connection.execute(delete(drafts).where(drafts.c.id == draft))
            yield

    async def versions(self) -> Sequence[Version]:
        """What was published, newest first."""
        columns = (versions.c.digest, versions.c.person, versions.c.origin, versions.c.at)
        async with self._access.reading() as connection:
            rows = await connection.execute(select(*columns).order_by(versions.c.id.desc()))
            return [Version(*row) for row in rows]

    async def content_of(self, digest: str) -> bytes | None:
        """The file of a version, if it is still kept."""
        query = select(versions.c.content).where(versions.c.digest == digest).limit(1)
        async with self._access.reading() as connection:
            packed = await connection.scalar(query)
        return None if packed is None else await asyncio.to_thread(zlib.decompress, packed)
