"""Ports of the publisher, as Protocols (structural; no inheritance)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from bot.answers.snapshot import Snapshot
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.diff import AnyEdit
from bot.people.ports import AuditEntry
from bot.publishing.effects import Effects

#: How a version was made: the file was saved on the server, sent to the bot, sent as a spreadsheet, changed with
#: buttons, taught from the inbox, or restored from an earlier version.
Origin: TypeAlias = Literal["saved", "sent", "spreadsheet", "buttons", "inbox", "undo"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A changed knowledge file that waits to be published by its author, for a day at most."""

    id: str  #: 12 random characters
    person: int
    origin: Origin
    base: str  #: the digest of the file that it was made from
    digest: str  #: its own: SHA-256 in hexadecimal
    content: bytes  #: the whole file
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A knowledge file that was published."""

    digest: str
    person: int | None  #: None: a person who can write files on the server
    origin: Origin
    at: datetime


class DraftStore(Protocol):
    """Changes that wait for their author to publish them."""

    async def keep_draft(self, draft: Draft) -> None:
        """Keep a draft in place of the same person's earlier ones; StorageError."""

    async def draft(self, identifier: str) -> Draft | None:
        """The draft, or None when it is gone; StorageError."""

    async def drop_draft(self, identifier: str) -> None:
        """Drop a draft; StorageError."""


class StaleVersionError(Exception):
    """Another process has published a version since; nothing was recorded."""


class Versions(Protocol):
    """The published knowledge files; the last fifty are kept."""

    def recording(
        self, version: Version, content: bytes, line: AuditEntry, *, draft: str | None, base: str | None = None
    ) -> AbstractAsyncContextManager[None]:
        """Record a publication and drop its draft in one transaction around the body.

        `base`: the version that it replaces. StaleVersionError before the body when another process has recorded a
        newer one; None: there is no other process.

        An exception in the body rolls back. StorageError before the body when nothing can be recorded, or after it
        when the commit fails: the caller must then undo what the body did. The body writes nothing else to the store.
        """

    async def versions(self) -> Sequence[Version]:
        """What was published, newest first; StorageError."""

    async def content_of(self, digest: str) -> bytes | None:
        """The file of a version, if it is still kept; StorageError."""


class PublishingStore(DraftStore, Versions, Protocol):
    """The database, as far as publishing uses it."""


class KnowledgeRepository(Protocol):
    """The knowledge file and its last good copy."""

    async def read(self) -> bytes:
        """The file as it is now, good or not; FileError."""

    def check(self, content: bytes) -> None:
        """FileError if the place cannot hold this content, whatever is in it."""

    async def replace(self, content: bytes) -> None:
        """Replace the file, as a whole or not at all; FileError."""

    async def keep(self, content: bytes) -> None:
        """Keep a file as the last good copy; FileError."""

    async def last_good(self) -> bytes | None:
        """The newest copy that is complete; None when there is none."""


class KnowledgeTasks(Protocol):
    """Work on the content of a knowledge file, done in the background while questions are answered."""

    async def load(self, content: bytes) -> LoadedKnowledge:
        """Read it without trusting it; never fails."""

    async def prepare(self, knowledge: KnowledgeBase, version: str, previous: Snapshot | None) -> Snapshot:
        """A snapshot; quick when `previous` was learned from the same phrasings."""

    async def keep(self, snapshot: Snapshot) -> Snapshot:
        """Store what was learned for the next start; the same snapshot, which needs less memory then."""

    async def return_memory(self) -> None:
        """Give memory that is free back to the system."""

    async def lint(
        self, content: bytes, snapshot: Snapshot, is_wanted: Callable[[], bool] = lambda: True
    ) -> Sequence[Diagnostic]:
        """All diagnostics, in the order of the file; none once they are no longer wanted, which a thread asks.

        Versions that are being prepared go first: citizens wait for them.
        """

    async def effects(self, old: Snapshot, new: Snapshot) -> Effects:
        """What the new version changes for citizens."""

    async def rewrite(self, content: bytes, edits: Sequence[AnyEdit]) -> tuple[bytes, LoadedKnowledge]:
        """The file with the edits in it, loaded; FileError where its layout cannot be changed safely."""
