"""Ports of the publisher, as Protocols (structural; no inheritance)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from bot.answers.snapshot import Snapshot
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.edits import AnyEdit
from bot.people.ports import AuditEntry
from bot.publishing.effects import Effects

#: How a version was made: saved on the server, sent to the bot, sent as a spreadsheet, changed with buttons, taught
#: from the inbox, or restored from an earlier version.
Origin: TypeAlias = Literal["saved", "sent", "spreadsheet", "buttons", "inbox", "undo"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A changed knowledge file that waits, for at most a day, for its author to publish it."""

    id: str  #: 12 random characters
    person: int
    origin: Origin
    base: str  #: the digest of its base version
    digest: str  #: its own digest: SHA-256 in hexadecimal
    content: bytes  #: the whole file
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A published knowledge file."""

    digest: str
    person: int | None  #: None: a person who can write files on the server
    origin: Origin
    at: datetime


class DraftStore(Protocol):
    """Changes that wait for their author to publish them."""

    async def keep_draft(self, draft: Draft) -> None:
        """Store a draft in place of the same person's earlier ones; raises StorageError."""

    async def draft(self, identifier: str) -> Draft | None:
        """The draft, or None if it no longer exists; raises StorageError."""

    async def drop_draft(self, identifier: str) -> None:
        """Delete a draft; raises StorageError."""


class StaleVersionError(Exception):
    """Another process has published a newer version; nothing was recorded."""


class Versions(Protocol):
    """The published knowledge files; the last fifty are stored."""

    def recording(
        self, version: Version, content: bytes, entry: AuditEntry, *, draft: str | None, base: str | None = None
    ) -> AbstractAsyncContextManager[None]:
        """Record a publication and delete its draft, in one transaction around the body.

        `base` is the version that it replaces; None if there is no other process. Raises StaleVersionError before the
        body if another process has recorded a newer version. An exception in the body rolls back. Raises StorageError
        before the body if nothing can be recorded, or after it if the commit fails: then the caller must undo what the
        body did. The body writes nothing else to the store.
        """

    async def versions(self) -> Sequence[Version]:
        """What was published, newest first; raises StorageError."""

    async def content_of(self, digest: str) -> bytes | None:
        """The file of a version, if it is still stored; raises StorageError."""


class PublishingStore(DraftStore, Versions, Protocol):
    """The part of the database that publishing uses."""


class KnowledgeRepository(Protocol):
    """The knowledge file and its last good copy."""

    async def read(self) -> bytes:
        """The file as it is now, valid or not; raises FileError."""

    def check(self, content: bytes) -> None:
        """Raise FileError if the location cannot hold such a content, whatever it says."""

    async def replace(self, content: bytes) -> None:
        """Replace the file, completely or not at all; raises FileError."""

    async def keep(self, content: bytes) -> None:
        """Store a file as the last good copy; raises FileError."""

    async def last_good(self) -> bytes | None:
        """The newest complete copy, or None."""


class KnowledgeTasks(Protocol):
    """Work on the content of a knowledge file, done in the background while questions are answered."""

    async def load(self, content: bytes) -> LoadedKnowledge:
        """Read it as untrusted input; never fails."""

    async def prepare(self, knowledge: KnowledgeBase, version: str, previous: Snapshot | None) -> Snapshot:
        """Prepare a snapshot; fast if `previous` was learned from the same phrasings."""

    async def keep(self, snapshot: Snapshot, *, is_live: bool) -> Snapshot:
        """Store what was learned, for the next start if it is live; return it, needing less memory."""

    async def return_memory(self) -> None:
        """Give memory that is free back to the system."""

    async def lint(
        self, content: bytes, snapshot: Snapshot, is_wanted: Callable[[], bool] = lambda: True
    ) -> Sequence[Diagnostic]:
        """All diagnostics in the order of the file; stops early and returns none if the result is no longer wanted.

        Versions that are being prepared have priority, because citizens wait for them.
        """

    async def effects(self, old: Snapshot, new: Snapshot) -> Effects:
        """What the new version changes for citizens."""

    async def rewrite(self, content: bytes, edits: Sequence[AnyEdit]) -> tuple[bytes, LoadedKnowledge]:
        """The file with the edits in it, loaded; raises FileError if its layout cannot be changed safely."""
