"""What the stories need of the world; whoever is given to them fits these shapes, nobody inherits from them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from bot.answers.snapshot import Snapshot
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.edits import Edit
from bot.matching.normalize import Language

Role: TypeAlias = Literal["admin", "staff"]

#: How a version of the knowledge came about: somebody saved the file on the server, sent it (or a spreadsheet) to
#: the bot, pressed buttons, or took the last change back.
Origin: TypeAlias = Literal["saved", "sent", "spreadsheet", "buttons", "undo"]


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """All that is stored of a chat."""

    chat: int
    language: Language | None  #: the chosen one; None: that of each question
    subscribed_since: datetime | None  #: None: never pressed start, stopped, left, or blocked the bot
    spoken: Language | None = None  #: that of their Telegram when they pressed start, if the bot speaks it


class Chats(Protocol):
    """What is kept of people."""

    async def read(self, chat: int) -> ChatRecord:
        """What is stored of a chat; an empty record when there is nothing."""

    async def choose_language(self, chat: int, language: Language | None) -> None:
        """Keep the language that a chat chose; None goes back to that of each question."""

    async def subscribe(self, chat: int, now: datetime, spoken: Language | None) -> None:
        """The chat pressed start; a chat that had blocked the bot is back."""

    async def unsubscribe(self, chat: int) -> None:
        """The chat stopped the notices, blocked the bot or left."""

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup with another id."""

    async def forget(self, chat: int) -> None:
        """Erase all that is stored of a chat, its deliveries, and a person's drafts, in one transaction.

        Of deliveries only how many there were stays.
        """

    async def deliveries_of(self, chat: int) -> int:
        """Of how many broadcasts it is kept what became of them in this chat."""


class UpdateStore(Protocol):
    """Which updates were handled, and those that wait for it."""

    async def unhandled(self, update_ids: Sequence[int]) -> set[int]:
        """Those of the ids that were not handled in the last two days."""

    async def handled(self, update_ids: Sequence[int], now: datetime) -> None:
        """These updates are done: never again, and no longer parked."""

    async def park(self, updates: Sequence[tuple[int, str]], now: datetime) -> None:
        """Keep updates (id, JSON) durably until they are handled."""

    async def parked(self) -> list[tuple[int, str]]:
        """The parked updates, oldest first."""

    async def expire(self, now: datetime) -> None:
        """Forget update ids older than two days, drafts older than one, and deliveries 90 days after their broadcast.

        Of deliveries only how many there were stays.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """What an admin said about a person's rights; it holds over `STAFF_IDS`."""

    person: int
    role: Role | None  #: None: whatever rights there were are taken away
    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, when; a line is never changed and never taken out."""

    at: datetime
    person: int | None  #: None: whoever can write the knowledge file on the server
    act: str  #: such as `publish`, `undo`, `grant`, `revoke`
    subject: str  #: the project, the person or the version that it was done to
    before: str
    after: str


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


class Roles(Protocol):
    """Who was given rights in chat, and who lost them."""

    async def grants(self) -> Mapping[int, Grant]:
        """The last word on each person; StorageError."""

    async def grant(self, grant: Grant, line: AuditEntry) -> None:
        """Give or take rights, with its line in the audit, in one transaction; StorageError."""


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


class Audit(Protocol):
    """The audit, which only grows."""

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """The newest lines, newest first; StorageError."""


class ScheduledJobs(Protocol):
    """When recurring work was last done."""

    async def last_done(self, chore: str) -> datetime | None:
        """When a chore was last done; None: never; StorageError."""

    async def done(self, chore: str, at: datetime) -> None:
        """The chore is done; StorageError."""


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
