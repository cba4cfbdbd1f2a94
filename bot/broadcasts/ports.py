"""Ports of the broadcast services, as Protocols (structural; no inheritance)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from bot.broadcasts.delivery import Claim, NotSent, Outcome, Refused, Settled, Unknown
from bot.broadcasts.model import (
    Attachment,
    Audience,
    Broadcast,
    BroadcastState,
    Counts,
    Edition,
    Progress,
)
from bot.i18n.languages import Language
from bot.people.ports import AuditEntry


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send a broadcast, valid until another lease is taken."""

    broadcast: Broadcast  #: with the new epoch
    crashed: bool  #: the previous holder crashed


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What `DeliveryQueue.exchange` claimed and skipped."""

    state: BroadcastState  #: the state of the broadcast; nothing is claimed unless it is `sending`
    claims: Sequence[Claim]
    skipped: int  #: deliveries without an attempt whose chats have unsubscribed


@dataclass(frozen=True, slots=True)
class Activity:
    """When a worker last held a broadcast."""

    at: datetime  #: the value of `active_at`
    age: timedelta | None = None  #: on a monotonic clock; None: unknown


class StaleEpochError(Exception):
    """Another worker holds the lease of the broadcast. The call changed nothing."""


class BroadcastStore(Protocol):
    """Broadcasts in the storage. Every method may raise StorageError; then nothing is changed."""

    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        """Create an empty draft that replaces the author's earlier one, with the next number of the year in `zone`."""

    async def broadcast(self, identifier: int) -> Broadcast | None:
        """The broadcast with this id, or None."""

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        """Broadcasts in these states (none given: in any), newest first."""

    async def rewrite_broadcast(self, draft: Broadcast) -> Broadcast | None:
        """Store the editions, class, audience and planned time of a draft, and increment its revision.

        Returns None if it is not a draft or has another revision.
        """

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        """Record that the author has previewed this revision with this head count.

        Returns False if it is not a draft or has another revision.
        """

    async def drop_broadcast(self, identifier: int) -> bool:
        """Erase a draft; False if it is not a draft."""

    async def move_broadcast(
        self,
        identifier: int,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        entry: AuditEntry | None,
        *,
        revision: int | None = None,
        **values: Any,
    ) -> Broadcast | None:
        """Move a broadcast from one of the `origins` into a state, set values and append the audit entry.

        One transaction. Returns None and changes nothing if the broadcast is in another state or has another revision;
        of concurrent callers one succeeds.
        """

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        """Set the chat and the message of its progress card."""

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        """The number of subscribers in an audience; O(chats), 0.1 s for a million."""

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        """Subscribers by the language that they get; O(chats)."""

    async def counts(self, identifier: int) -> Counts:
        """Deliveries by state and reason, including erased ones; O(recipients), 0.5 s for a million."""

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        """The chats whose delivery is unknown; at most 100,000."""


class DeliveryQueue(Protocol):
    """The deliveries of the active broadcast. Every method may raise StorageError.

    `gather`, `exchange`, `requeue_unknown` and `release` take the epoch of the lease. If there is a newer one, they
    raise StaleEpochError and change nothing.
    """

    async def next_broadcast(self, now: datetime) -> Broadcast | None:
        """The active broadcast, or else the next due one: alerts first, then by starting time."""

    async def take_over(self, identifier: int, now: datetime, *, unsent: bool = False) -> Lease:
        """Take the lease of a queued or active broadcast: new epoch, state `gathering` or `sending`, open.

        Deliveries that an older epoch left `sending` become `unknown`, and a crash of the previous holder is recorded.
        With `unsent` the caller held the lease itself and knows that claimed deliveries were never sent (the answer to
        the claim was lost): they become `pending`, and no crash is recorded. Raises StaleEpochError if the broadcast is
        in another state, or another one is active.
        """

    async def gather(
        self, identifier: int, epoch: int, *, testers: Collection[int], default: Language, now: datetime
    ) -> bool:
        """Record the next few thousand recipients in a short transaction; return False when all are recorded.

        Continues after the last recorded one, also after a crash; at the end the state is `sending`.
        """

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, *, now: datetime, heartbeat: bool
    ) -> Exchanged:
        """Settle outcomes and claim up to `wanted` deliveries in one committed transaction.

        Deliveries of unsubscribed chats are skipped; chats that can never be reached are unsubscribed. `heartbeat` sets
        `active_at`.
        """

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        """Return the earliest `next_at` of a pending delivery, and the earliest `claimed_at` of an unknown one.

        Only unknown deliveries with an attempt left count. None if there is none.
        """

    async def requeue_unknown(self, identifier: int, epoch: int, *, before: datetime, now: datetime) -> int:
        """Requeue unknown deliveries claimed before `before` that have an attempt left; return how many.

        Deliveries of unsubscribed or migrated chats stay unknown.
        """

    async def cancel_rest(self, identifier: int) -> bool:
        """Cancel a few thousand pending deliveries of a cancelled broadcast; return False when none is left.

        The caller has none in flight: deliveries that are still claimed become unknown, and so do pending ones with an
        attempt.
        """

    async def withhold(self, identifier: int, epoch: int, most: int = 2_000) -> bool:
        """Mark the next `most` pending deliveries as unknown, since they may have arrived; False if none is left."""

    async def release(self, identifier: int, epoch: int) -> None:
        """Release the lease; nothing is in flight, and every outcome is stored."""


class MessageTransport(Protocol):
    """Sends messages of a broadcast; tries once and never raises."""

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""

    async def is_reachable(self) -> bool:
        """Whether Telegram answers, and knows the bot."""


class Uploader(Protocol):
    """Uploads photos and documents to Telegram; tries once and never raises."""

    async def upload(
        self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        """Upload the file silently to a chat; return the attachment for broadcasts, or why it failed."""


class RateLimit(Protocol):
    """The part of Telegram's rate limit that is left for broadcasts; answers have priority."""

    @property
    def per_second(self) -> float:
        """The limit of the whole bot, in messages per second."""

    def take(self, most: int) -> int:
        """Take up to `most` tokens that are available now; return how many."""

    def give_back(self, number: int) -> None:
        """Return tokens of messages that were not sent."""

    def wait(self) -> float:
        """Seconds until `take` may return a token; 0: now."""


class BroadcastObserver(Protocol):
    """Reports on broadcasts to admins."""

    def broadcast_changed(self, progress: Progress) -> None:
        """Note that a broadcast was started, paused, finished or cancelled; returns at once and never raises."""


class Checkpoint(Protocol):
    """Times of broadcast activity outside the database; they reveal that a database is an older copy."""

    async def last(self, broadcast: Broadcast) -> Activity | None:
        """The last recorded activity of a broadcast, or None; never raises."""

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        """Record activity of a broadcast; never raises."""

    async def is_missing(self) -> bool:
        """Whether there is no record at all: it was never created, or it was lost."""

    async def create(self) -> None:
        """Create an empty record; never raises."""
