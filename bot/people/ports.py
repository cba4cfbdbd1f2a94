"""Ports of the people's services, as Protocols (structural; no inheritance)."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from bot.i18n.languages import Language

Role: TypeAlias = Literal["admin", "staff"]


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """All that is stored of a chat."""

    chat: int
    language: Language | None  #: the chosen one; None: that of each question
    subscribed_since: datetime | None  #: None: never pressed start, stopped, left, or blocked the bot
    telegram_language: Language | None = None  #: that of their Telegram when they pressed start, if the bot speaks it
    is_suspended: bool = False  #: a block ended the subscription; an unblock brings it back


class Chats(Protocol):
    """Chats: their languages and subscriptions."""

    async def read(self, chat: int) -> ChatRecord:
        """What is stored of a chat; an empty record when there is nothing."""

    async def choose_language(self, chat: int, language: Language | None) -> None:
        """Store the language that a chat chose; None: that of each question."""

    async def subscribe(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        """The chat pressed start."""

    async def unsubscribe(self, chat: int) -> None:
        """The chat stopped the notices or left."""

    async def suspend(self, chat: int) -> None:
        """A person blocked the bot: a subscription ends until `resume`; that of a group ends."""

    async def resume(self, chat: int, now: datetime, telegram_language: Language | None) -> None:
        """A person unblocked the bot: only a suspended subscription comes back."""

    async def migrate(self, old: int, new: int) -> None:
        """A group became a supergroup with another id."""

    async def forget(self, chat: int) -> None:
        """Erase all that is stored of a chat, its deliveries, and a person's drafts, in one transaction.

        Of deliveries only how many there were stays.
        """

    async def deliveries_of(self, chat: int) -> int:
        """The number of broadcasts whose outcome in this chat is stored."""


class NewUpdate(Protocol):
    """A received update."""

    @property
    def id(self) -> int:
        """The update_id."""

    @property
    def chat(self) -> Hashable:
        """Updates with the same value are handled in their order."""

    @property
    def raw(self) -> Mapping[str, Any]:
        """The update as Telegram sent it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What `UpdateStore.claim` found. All other updates were handled, or are parked and wait for a replica."""

    own: AbstractSet[int]  #: to be handled by this process now
    elsewhere: AbstractSet[int] = frozenset()  #: another replica handles them; Telegram must not forget them yet


class UpdateStore(Protocol):
    """Handled and parked updates."""

    async def claim(self, updates: Sequence[NewUpdate], now: datetime) -> Claimed:
        """Those of the updates that this process is to handle now, and those that another replica handles."""

    async def handled(self, update_ids: Sequence[int], now: datetime, *, newest_message: int = 0) -> None:
        """These updates are done: never again, and no longer parked. `newest_message` is noted with them."""

    async def park(self, updates: Sequence[NewUpdate], now: datetime) -> None:
        """Keep updates durably until they are handled."""

    async def parked(self) -> list[tuple[int, str]]:
        """The parked updates that this process is to handle, oldest first. A replica gets each of them once."""

    async def newest_message(self) -> int | None:
        """The highest number of a message in private chats and groups that was ever noted, or that an unfinished
        broadcast got; None when none was noted.
        """

    async def note_newest_message(self, number: int) -> None:
        """Note the number of a message; a lower one than that which is noted changes nothing."""

    async def expire(self, now: datetime) -> None:
        """Forget update ids older than two days, drafts older than one, and deliveries 90 days after their broadcast.

        Of deliveries only how many there were stays.
        """


@dataclass(frozen=True, slots=True)
class Grant:
    """The decision of an admin about a person's role; it overrides `STAFF_IDS`."""

    person: int
    role: Role | None  #: None: no role
    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry of the audit; it is never changed or deleted."""

    at: datetime
    person: int | None  #: None: the operator, on the server
    act: str  #: such as `publish`, `undo`, `grant`, `revoke`
    subject: str  #: the project, person or version
    before: str
    after: str


class Roles(Protocol):
    """Roles that were granted or revoked in chat."""

    async def grants(self) -> Mapping[int, Grant]:
        """The last decision about each person; StorageError."""

    async def grant(self, grant: Grant, line: AuditEntry) -> None:
        """Store a decision and its entry in the audit, in one transaction; StorageError."""


class Audit(Protocol):
    """The audit, an append-only record of what staff did."""

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """The newest entries, newest first; StorageError."""


class ScheduledJobs(Protocol):
    """When recurring jobs last ran."""

    async def last_done(self, job: str) -> datetime | None:
        """When a job last ran; None: never; StorageError."""

    async def done(self, job: str, at: datetime) -> None:
        """Note that the job ran; StorageError."""
