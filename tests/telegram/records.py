"""The ports of publishing on dictionaries, for tests that are not about the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.errors import FileError, StorageError
from bot.core.sayings import saying
from bot.flows.ports import AuditLine, Draft, Grant, Version


@dataclass
class Records:
    """Rights, drafts, versions, audit and chores; `broken` makes every call fail."""

    given: dict[int, Grant] = field(default_factory=dict)
    waiting: dict[str, Draft] = field(default_factory=dict)
    published: list[tuple[Version, bytes]] = field(default_factory=list)
    lines: list[AuditLine] = field(default_factory=list)
    chores: dict[str, datetime] = field(default_factory=dict)
    broken: bool = False
    fails_at_the_end: bool = False

    async def grants(self) -> Mapping[int, Grant]:
        """The last word on each person."""
        self._check()
        return self.given

    async def grant(self, grant: Grant, line: AuditLine) -> None:
        """Keep both."""
        self._check()
        self.given[grant.person] = grant
        self.lines.append(line)

    async def keep_draft(self, draft: Draft) -> None:
        """Keep it in place of the same person's earlier ones."""
        self._check()
        self.waiting = {key: kept for key, kept in self.waiting.items() if kept.person != draft.person}
        self.waiting[draft.id] = draft

    async def draft(self, identifier: str) -> Draft | None:
        """The draft, if it waits."""
        self._check()
        return self.waiting.get(identifier)

    async def drop_draft(self, identifier: str) -> None:
        """Drop it."""
        self._check()
        self.waiting.pop(identifier, None)

    @asynccontextmanager
    async def recording(
        self, version: Version, content: bytes, line: AuditLine, *, draft: str | None
    ) -> AsyncIterator[None]:
        """Keep all of it unless the body fails."""
        self._check()
        yield
        if self.fails_at_the_end:
            raise StorageError
        self.published.insert(0, (version, content))
        self.lines.append(line)
        self.waiting.pop(draft or "", None)

    async def versions(self) -> Sequence[Version]:
        """What was published, newest first."""
        self._check()
        return [version for version, _ in self.published]

    async def content_of(self, digest: str) -> bytes | None:
        """The file of a version."""
        self._check()
        return next((content for version, content in self.published if version.digest == digest), None)

    async def audit(self, limit: int) -> Sequence[AuditLine]:
        """The newest lines."""
        self._check()
        return self.lines[::-1][:limit]

    async def last_done(self, chore: str) -> datetime | None:
        """When it was done."""
        self._check()
        return self.chores.get(chore)

    async def done(self, chore: str, at: datetime) -> None:
        """It is done."""
        self._check()
        self.chores[chore] = at

    def _check(self) -> None:
        if self.broken:
            raise StorageError


@dataclass
class MemoryShelf:
    """The knowledge file and its copy in memory; None is a file that is not there."""

    content: bytes | None
    copy: bytes | None = None
    read_only: bool = False

    async def read(self) -> bytes:
        """The file."""
        if self.content is None:
            raise FileError(saying("The knowledge file is not there; put it back in its place."))
        return self.content

    async def replace(self, content: bytes) -> None:
        """Put another in its place."""
        if self.read_only:
            raise FileError(saying("The knowledge file is not there; put it back in its place."))
        self.content = content

    async def keep(self, content: bytes) -> None:
        """Keep a copy."""
        self.copy = content

    async def last_good(self) -> bytes | None:
        """The copy."""
        return self.copy
