"""Ports of the publisher, as Protocols (structural; no inheritance)."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from bot.answers.snapshot import Snapshot
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.diff import Edit
from bot.people.ports import AuditEntry

#: How a version was made: the file was saved on the server, sent to the bot, sent as a spreadsheet, changed with
#: buttons, or restored from an earlier version.
Origin: TypeAlias = Literal["saved", "sent", "spreadsheet", "buttons", "undo"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A changed knowledge file that waits for its author's yes, for a day at most."""

    id: str  #: 12 characters that nobody guesses
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
    person: int | None  #: None: whoever can write the file on the server
    origin: Origin
    at: datetime


class Drafts(Protocol):
    """Changes that wait for a yes."""

    async def keep_draft(self, draft: Draft) -> None:
        """Keep a draft in place of the same person's earlier ones; StorageError."""

    async def draft(self, identifier: str) -> Draft | None:
        """The draft, if it still waits; StorageError."""

    async def drop_draft(self, identifier: str) -> None:
        """Its author thought better of it; StorageError."""


class Versions(Protocol):
    """The published knowledge files, newest first; the last fifty are kept."""

    def recording(
        self, version: Version, content: bytes, line: AuditEntry, *, draft: str | None
    ) -> AbstractAsyncContextManager[None]:
        """Record a publication and drop its draft in one transaction around the act itself.

        What fails inside is not recorded. StorageError before the act when nothing can be recorded; if the very last
        step fails, the commit, it comes behind the act, which must then be taken back. Nothing else is written inside.
        """

    async def versions(self) -> Sequence[Version]:
        """What was published, newest first; StorageError."""

    async def content_of(self, digest: str) -> bytes | None:
        """The file of a version, if it is still kept; StorageError."""


class KnowledgeRepository(Protocol):
    """Where the knowledge file lives, and beside it the last good copy."""

    async def read(self) -> bytes:
        """The file as it is now, good or not; FileError."""

    async def replace(self, content: bytes) -> None:
        """Put another file in its place, as a whole or not at all; FileError."""

    async def keep(self, content: bytes) -> None:
        """Keep a copy of a file that is in use; FileError."""

    async def last_good(self) -> bytes | None:
        """The copy that was kept last, if it is whole; None when there is none."""


class KnowledgeTasks(Protocol):
    """What is done with the content of a knowledge file; all of it aside, while questions are answered."""

    async def load(self, content: bytes) -> LoadedKnowledge:
        """Read it without trusting it; never fails."""

    async def prepare(self, knowledge: KnowledgeBase, version: str, previous: Snapshot | None) -> Snapshot:
        """Make it ready for questions; quick when only what is not learned from differs from `previous`."""

    async def proofread(self, content: bytes, snapshot: Snapshot) -> Sequence[Diagnostic]:
        """What an editor-in-chief would remark: warnings, in the order of the file."""

    async def rewrite(self, content: bytes, edits: Sequence[Edit]) -> bytes:
        """The file with other values; FileError where its layout cannot be changed safely."""
