"""Ports of the people's services, and of the recurring jobs of several subjects; Protocols without inheritance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from bot.i18n.languages import Language

Role: TypeAlias = Literal["admin", "staff"]


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """Everything that is stored about a chat."""

    chat: int
    language: Language | None  #: the chosen language; None: that of each question
    subscribed_since: datetime | None  #: None: never pressed start, stopped, left, or blocked the bot
    telegram_language: Language | None = None  #: that of their Telegram when they pressed start, if the bot speaks it
    is_suspended: bool = False  #: whether the person blocked the bot; unblocking restores the subscription


class Chats(Protocol):
    """Chats: their languages and subscriptions. Every method may raise StorageError."""

    async def read(self, chat: int) -> ChatRecord:
        """Everything stored about a chat; an empty record if there is nothing."""

    async def choose_language(self, chat: int, language: Language | None) -> None:
        """Store the language that a chat chose; None: that of each question."""

    async def subscribe(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        """Subscribe a chat, after it pressed start."""

    async def unsubscribe(self, chat: int) -> None:
        """End a subscription, after the chat stopped the notices or left."""

    async def suspend(self, chat: int) -> None:
        """Suspend a person's subscription after they blocked the bot, until `resume`; end that of a group."""

    async def resume(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        """Resume a suspended subscription after the person unblocked the bot; other chats stay unsubscribed."""

    async def migrate(self, old: int, new: int) -> None:
        """Move a chat's data to a new id, after a group became a supergroup."""

    async def forget(self, chat: int) -> None:
        """Erase everything about a chat, its deliveries, and a person's drafts, in one transaction.

        Only the number of deliveries stays.
        """

    async def deliveries_of(self, chat: int) -> int:
        """The number of broadcasts whose outcome in this chat is stored."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An admin's decision about a person's role; it overrides `STAFF_IDS`."""

    person: int
    role: Role | None  #: None: no role
    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit, which is never changed or deleted."""

    at: datetime
    person: int | None  #: None: the operator, on the server
    act: str  #: such as `publish`, `undo`, `grant`, `revoke`
    subject: str  #: the project, person or version
    before: str
    after: str


class Roles(Protocol):
    """Roles that were granted or revoked in chat."""

    async def grants(self) -> Mapping[int, Grant]:
        """The last decision about each person; raises StorageError."""

    async def grant(self, grant: Grant, entry: AuditEntry) -> None:
        """Store a decision and its audit entry in one transaction; raises StorageError."""


class Audit(Protocol):
    """The audit: an append-only record of what staff did."""

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """The newest entries, newest first; raises StorageError."""


class ScheduledJobs(Protocol):
    """The times at which recurring jobs last ran."""

    async def last_done(self, job: str) -> datetime | None:
        """When a job last ran, or None; raises StorageError."""

    async def done(self, job: str, at: datetime) -> None:
        """Record that the job ran; raises StorageError."""
