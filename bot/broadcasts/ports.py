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
    """The right to send a broadcast: valid until another one is taken."""

    broadcast: Broadcast  #: with the new epoch
    crashed: bool  #: the previous holder crashed


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What `DeliveryQueue.exchange` claimed and skipped."""

    state: BroadcastState  #: of the broadcast; nothing is claimed unless it is `sending`
    claims: Sequence[Claim]
    skipped: int  #: deliveries without an attempt whose chats have unsubscribed


@dataclass(frozen=True, slots=True)
class Activity:
    """When a worker last had a broadcast."""

    at: datetime  #: the value of `active_at`
    age: timedelta | None = None  #: on a clock that never jumps; None: unknown


class StaleEpochError(Exception):
    """Another worker holds the lease of the broadcast. The call changed nothing."""


class BroadcastStore(Protocol):
    """Broadcasts in the storage. Every method may raise StorageError; nothing is changed then."""

    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        """An empty draft in place of the author's earlier one; its number is the next of the year in that zone."""

    async def broadcast(self, identifier: int) -> Broadcast | None:
        """The broadcast with this id, or None."""

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        """Broadcasts in these states (none given: in any), newest first."""

    async def rewrite_broadcast(self, draft: Broadcast) -> Broadcast | None:
        """Store the editions, class, audience and planned time of a draft, and increment its revision.

        None when it is no draft or has another revision.
        """

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        """Record that its author has previewed this revision with this head count; False when it is no draft or has
        another revision.
        """

    async def drop_broadcast(self, identifier: int) -> bool:
        """Erase a draft; False when it is no draft."""

    async def move_broadcast(
        self,
        identifier: int,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        line: AuditEntry | None,
        *,
        revision: int | None = None,
        **values: Any,
    ) -> Broadcast | None:
        """Move a broadcast from one of the `origins` into a state, set values of `Broadcast`, and append the audit
        line, in one transaction. None, and nothing is changed, when it is in another state or has another revision; of
        concurrent callers one succeeds.
        """

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        """Set the chat and the message of its progress card."""

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        """The number of subscribers in an audience; O(chats), 0.1 s for a million."""

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        """Subscribers by the language that they get; O(chats)."""

    async def counts(self, identifier: int) -> Counts:
        """Deliveries by state and reason, erased ones included; O(recipients), 0.5 s for a million."""

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        """The chats whose delivery is unknown; at most 100,000."""


class DeliveryQueue(Protocol):
    """The deliveries of the broadcast that is being sent. Every method may raise StorageError.

    `gather`, `exchange`, `requeue_unknown` and `release` take the epoch of the lease: StaleEpochError, and nothing is
    changed, when there is a newer one.
    """

    async def next_broadcast(self, now: datetime) -> Broadcast | None:
        """The active broadcast; else the due one that goes first: alerts before others, then by starting time."""

    async def take_over(self, identifier: int, now: datetime, *, unsent: bool = False) -> Lease:
        """Take the lease of a queued or active broadcast: a new epoch, state `gathering` or `sending`, and open.

        Deliveries that an older epoch left `sending` become `unknown`. A crash of the previous holder is recorded.
        `unsent`: the caller held the lease itself and knows that deliveries still claimed were never sent (the answer
        to the claim was lost); they become `pending`, and no crash is recorded. StaleEpochError when the broadcast is
        in another state, or another one is active.
        """

    async def gather(
        self, identifier: int, epoch: int, *, testers: Collection[int], default: Language, now: datetime
    ) -> bool:
        """Record the next few thousand recipients in a short transaction; False when all are recorded.

        It continues after the last one, also after a crash; at the end the state is `sending`.
        """

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, *, now: datetime, heartbeat: bool
    ) -> Exchanged:
        """Settle outcomes and claim up to `wanted` deliveries in one transaction, which is on the disk afterwards.

        Deliveries of chats that have unsubscribed are skipped. Chats that can never be reached are unsubscribed.
        `heartbeat`: set `active_at`.
        """

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        """The earliest `next_at` of a pending delivery, and the earliest `claimed_at` of an unknown delivery that has
        an attempt left; None where there is none.
        """

    async def requeue_unknown(self, identifier: int, epoch: int, *, before: datetime, now: datetime) -> int:
        """Requeue unknown deliveries that were claimed before this and have an attempt left; return how many.

        Those of chats that have unsubscribed or migrated stay unknown.
        """

    async def cancel_rest(self, identifier: int) -> bool:
        """Cancel a few thousand pending deliveries of a cancelled broadcast; False when none is left.

        The caller has nothing of it in flight: deliveries that are claimed nevertheless become unknown, and so do
        pending ones with an attempt.
        """

    async def withhold(self, identifier: int, epoch: int, most: int = 2_000) -> bool:
        """Mark the next `most` pending deliveries as unknown, because they may have arrived; False
        when none is left.
        """

    async def release(self, identifier: int, epoch: int) -> None:
        """Release the lease: nothing is in flight, and everything is settled."""


class MessageTransport(Protocol):
    """Sends messages of a broadcast. It tries once, and never raises."""

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""

    async def is_reachable(self) -> bool:
        """Whether Telegram answers, and knows the bot."""


class Uploader(Protocol):
    """Uploads photos and documents to Telegram. It tries once, and never raises."""

    async def upload(
        self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        """Send the file silently to a chat; the attachment for broadcasts, or why there is none."""


class RateLimit(Protocol):
    """The share of Telegram's messages per second that is left for broadcasts; answers go first."""

    @property
    def per_second(self) -> float:
        """The limit of the whole bot."""

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
    """Times of activity of broadcasts, outside of the database, by which an older copy of the database is detected."""

    async def last(self, broadcast: Broadcast) -> Activity | None:
        """The last recorded activity of a broadcast, or None; never raises."""

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        """Record activity of a broadcast; never raises."""

    async def is_missing(self) -> bool:
        """Whether there is no record at all: it was never created, or it was lost."""

    async def create(self) -> None:
        """Create an empty record; never raises."""
