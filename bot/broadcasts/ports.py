"""What broadcasts need of the world: what is kept of them, and the way to Telegram."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from bot.broadcasts.delivery import Claim, NotSent, Outcome, Refused, Settled, Unknown
from bot.broadcasts.model import (
    Attachment,
    Audience,
    Broadcast,
    BroadcastClass,
    BroadcastState,
    Counts,
    Edition,
    Progress,
)
from bot.i18n.languages import Language
from bot.people.ports import AuditEntry


@dataclass(frozen=True, slots=True)
class Lease:
    """A broadcast in the hands of whoever took it over, and how it was found."""

    broadcast: Broadcast  #: with the new epoch
    died: bool  #: whoever had it before did not leave in order


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of an exchange."""

    state: BroadcastState  #: how far the broadcast is; nothing is claimed unless it is `sending`
    claims: Sequence[Claim]
    skipped: int  #: deliveries whose chats are not subscribed any more, and to which nothing was ever sent


class StaleEpochError(Exception):
    """Somebody else has the broadcast now: whatever this one still knew of it does not count."""


class BroadcastStore(Protocol):
    """What is kept of broadcasts. StorageError from each method that cannot do its work."""

    async def new_broadcast(self, author: int | None, now: datetime, zone: ZoneInfo) -> Broadcast:
        """An empty draft in place of the author's earlier one; its number is the next of the year in that zone."""

    async def broadcast(self, identifier: int) -> Broadcast | None:
        """The broadcast, if there is one."""

    async def broadcasts(self, *states: BroadcastState, limit: int = 50) -> Sequence[Broadcast]:
        """Those in these states (none named: in any), newest first."""

    async def rewrite_broadcast(
        self, identifier: int, revision: int, *, editions: Mapping[Language, Edition], kind: BroadcastClass,
        audience: Audience, planned_at: datetime | None,
    ) -> Broadcast | None:  # fmt: skip
        """Change a draft, which has the next revision then; None when it is none any more, or was changed meanwhile."""

    async def note_preview(self, identifier: int, revision: int, head_count: int) -> bool:
        """Its author has seen this revision, and how many it would reach; False when it is no draft any more, or was
        changed meanwhile.
        """

    async def drop_broadcast(self, identifier: int) -> bool:
        """Erase a draft; False when it is none any more."""

    async def move_broadcast(
        self, identifier: int, origins: Collection[BroadcastState], state: BroadcastState, line: AuditEntry | None,
        *, revision: int | None = None, **values: Any,
    ) -> Broadcast | None:  # fmt: skip
        """Bring a broadcast from one of these states into another, with other values of `Broadcast`, and its line in
        the audit, in one transaction; None, and nothing is changed, when it is in no such state, or the revision
        (if one is named) is another one. Of fifty who try, one succeeds.
        """

    async def place_card(self, identifier: int, card: tuple[int, int]) -> None:
        """Where its progress is shown from now on: chat and message."""

    async def count_audience(self, audience: Audience, testers: Collection[int], default: Language) -> int:
        """How many subscribers a broadcast would reach now; O(chats), 0.1 s for a million; it only reads."""

    async def count_subscribers(self, default: Language) -> Mapping[Language, int]:
        """How many subscribers there are by the language that they get; O(chats)."""

    async def counts(self, identifier: int) -> Counts:
        """How many deliveries are in which state, erased ones as well; O(recipients), 0.5 s for a million."""

    async def unknown_chats(self, identifier: int) -> Sequence[int]:
        """The chats of which nobody knows whether they got it; at most 100,000 of them."""


class DeliveryQueue(Protocol):
    """The deliveries of the broadcast that is being sent. StorageError from each method that cannot do its work.

    `gather`, `exchange`, `revive` and `leave` name the epoch of their caller: StaleEpochError, and nothing is
    changed, when there is a newer one.
    """

    async def next_broadcast(self, now: datetime) -> Broadcast | None:
        """The one to work on: that which is active, else of those whose time has come alerts before others, and then
        the one that waits longest.
        """

    async def take_over(self, identifier: int, now: datetime, *, unsent: bool = False) -> Lease:
        """Have a queued or active broadcast for oneself: a new epoch, `gathering` or `sending`, and open.

        What was being sent in an older epoch is unknown from now on. If whoever had it died over it, the time of that
        is among the last deaths. `unsent`: the caller had it itself, and knows that whatever still is claimed was never
        sent (the answer to the claim was lost): it waits again, and nobody died. StaleEpochError when it is in another
        state, or another broadcast is active.
        """

    async def gather(
        self, identifier: int, epoch: int, *, testers: Collection[int], default: Language, now: datetime
    ) -> bool:
        """Write down the next few thousand recipients, in a short transaction; False when all are written down.

        It begins behind the last one that was written down, also after a crash; at the end the state is `sending`.
        """

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, *, now: datetime, beat: bool
    ) -> Exchanged:
        """Keep what became of claims, and claim up to `wanted` more, in one transaction, which is on the disk then.

        Deliveries whose chats are not subscribed any more are skipped. Chats that can never be reached are no
        subscribers from now on. `beat`: note that it is worked on at this moment.
        """

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        """When the first waiting delivery may be claimed (None: none waits), and when the oldest delivery of unknown
        fate with an attempt left was claimed (None: there is none).
        """

    async def revive(self, identifier: int, epoch: int, *, before: datetime, now: datetime) -> int:
        """Let deliveries of unknown fate wait again that were claimed before this and have an attempt left.

        Not those of chats that are no subscribers any more, or have another number: these stay unknown.
        """

    async def cancel_rest(self, identifier: int) -> bool:
        """Let a few thousand waiting deliveries of a cancelled broadcast be cancelled; False when none is left.

        The caller has nothing of it on its way: what is claimed nevertheless is unknown from then on, and so is one
        that waits and was tried before.
        """

    async def leave(self, identifier: int, epoch: int) -> None:
        """Nobody works on it any more, in good order."""


class MessageTransport(Protocol):
    """Takes messages of a broadcast to Telegram. It tries once, and never fails."""

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""

    async def is_reachable(self) -> bool:
        """Whether Telegram answers at all, and knows the bot."""


class Uploader(Protocol):
    """Brings pictures and files to Telegram, which keeps them. It tries once, and never fails."""

    async def upload(
        self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        """Send it into a chat, without a sound; what broadcasts can be sent with from then on, or why there is none."""


class RateLimit(Protocol):
    """What broadcasts may use of the messages per second that Telegram allows the bot; answers go first."""

    @property
    def per_second(self) -> float:
        """Messages per second of the bot as a whole."""

    def take(self, most: int) -> int:
        """Use up to so many messages at once, of those that may be sent at this moment; how many these are."""

    def give_back(self, number: int) -> None:
        """So many were not sent after all."""

    def wait(self) -> float:
        """Seconds until `take` may give something; 0: now."""


class BroadcastObserver(Protocol):
    """Is informed of what happens to broadcasts."""

    def broadcast_changed(self, progress: Progress) -> None:
        """The broadcast was started, paused, finished or cancelled; never fails, and does its work later."""


class Checkpoint(Protocol):
    """How far broadcasts had come, kept outside of the database: an older copy of that is found out by it."""

    async def last(self, broadcast: Broadcast) -> datetime | None:
        """When a broadcast last was worked on, as far as this knows; never fails."""

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        """A broadcast was worked on; never fails."""
