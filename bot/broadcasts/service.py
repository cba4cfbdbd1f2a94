"""What admins do with broadcasts: draft, preview, confirm, approve, pause, resume, cancel.

States
------
::

    confirm   draft                                            -> queued, or unapproved if a second admin must agree
    approve   unapproved                                       -> queued
    (worker)  queued -> gathering -> sending                   -> finished
    pause     queued, gathering, sending                       -> paused; the worker may pause it too
    resume    paused                                           -> queued
    cancel    unapproved, queued, gathering, sending, paused   -> cancelled

This module does the acts of people. The scheduler and the worker do the rest: they take a queued broadcast over, record
its recipients, send, and finish or pause it (`bot.broadcasts.scheduler`, `bot.broadcasts.worker`).

Invariants
----------
- What is confirmed is what was seen: each change increments the revision of a draft, a preview records the revision
  that it showed, and `confirm` takes both, and the head count that was typed, or nothing.
- An author has one draft. Confirmed broadcasts are never changed, only moved.
- A broadcast to more than `two_admins_above` recipients, other than the test group, is not queued before a second admin
  has approved it.
- It starts `BroadcastPolicy.recall` after the confirmation or the approval at the earliest; it can be cancelled before.
- Every move is one conditional transaction (`BroadcastStore.move_broadcast`): of two admins who press at the same time,
  one succeeds, and the other one reads the state that it has now (`rejection_reason`). The audit entry is part of the
  transaction.

What happens on a crash
-----------------------
Nothing is kept in memory. A crash before the commit leaves the previous state, after it the new one. `wake` only spares
the scheduler a delay of at most a minute; after a restart it finds the same broadcasts in the storage.

Tests: `tests/storage/test_broadcasts.py` (concurrent moves on both databases), `tests/broadcasts/test_rules.py` (the
rules of each class), `tests/broadcasts/test_actions.py` (acts in the middle of sending),
`tests/telegram_ui/test_broadcast.py` and `tests/cli/test_broadcast.py` (as admins and the operator see it).
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bot.broadcasts.model import (
    FINAL,
    GRACE,
    PAUSABLE,
    RECALL,
    Broadcast,
    BroadcastState,
    Counts,
    Progress,
    duration,
)
from bot.broadcasts.ports import BroadcastStore
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City
from bot.people.ports import AuditEntry

#: The people with a role in the bot, who form the test group.
Testers: TypeAlias = Callable[[], Awaitable[Collection[int]]]
#: The result of an action: the broadcast as it is now, or why it was refused.
Result: TypeAlias = Broadcast | LazyMessage

_UNKNOWN_BROADCAST = lazy_gettext("There is no such broadcast.")
_CHANGED = lazy_gettext("The draft was changed meanwhile, or is no longer a draft. Look at it again: /broadcast")
_TOO_LATE = lazy_gettext("The time that was planned has passed. Choose another one.")
#: Confirmed and not ended.
_UNDER_WAY: frozenset[BroadcastState] = PAUSABLE | {"unapproved", "paused"}


@dataclass(frozen=True, slots=True)
class BroadcastPolicy:
    """The operator's settings for broadcasts."""

    per_second: float  #: the rate limit of the bot, in messages per second
    two_admins_above: int  #: a broadcast to more recipients needs the approval of a second admin
    recall: timedelta = RECALL  #: the least time between the confirmation and the start


@dataclass(frozen=True, slots=True)
class Estimate:
    """Head count and duration of a broadcast."""

    head_count: int
    takes: timedelta
    needs_approval: bool  #: a second admin must approve it
    recall: timedelta = RECALL  #: the least time between its confirmation and its start


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastService:
    """Drafts and broadcasts, for admins and the operator. The caller has just checked the rights.

    Every method may raise StorageError; then nothing is changed. `by` is the admin, or None for the operator on the
    server.
    """

    store: BroadcastStore
    testers: Testers
    city: Callable[[], City]
    policy: BroadcastPolicy
    wake: Callable[[], None]  #: makes the scheduler check for work
    live: Callable[[], Progress | None]  #: the progress of the broadcast that this process sends
    now: Callable[[], datetime]

    async def begin(self, author: int | None) -> Broadcast:
        """Create an empty draft, which replaces the author's earlier one."""
        return await self.store.new_broadcast(author, self.now(), ZoneInfo(self.city().time_zone))

    async def draft_of(self, author: int | None) -> Broadcast | None:
        """The draft of an author, or None."""
        drafts = await self.store.broadcasts("draft")
        return next((draft for draft in drafts if draft.author == author), None)

    async def numbered(self, number: str) -> Broadcast | None:
        """The broadcast with a number such as 2026-014, among the last 1,000, or None."""
        latest = await self.store.broadcasts(limit=1000)
        return next((broadcast for broadcast in latest if broadcast.number == number), None)

    async def under_way(self) -> list[Broadcast]:
        """Confirmed broadcasts that have not ended, oldest first."""
        return list(reversed(await self.store.broadcasts(*_UNDER_WAY)))

    async def ended_since(self, moment: datetime) -> list[Broadcast]:
        """Those of the last 50 broadcasts that ended after `moment`, in the order in which they ended."""
        ends = [(one.ended_at, one) for one in await self.store.broadcasts() if one.state in FINAL and one.ended_at]
        return [one for end, one in sorted(ends, key=lambda pair: pair[0]) if end > moment]

    async def rewrite(self, draft: Broadcast) -> Result:
        """Store new values of a draft. It must be previewed again before it can be confirmed."""
        return await self.store.rewrite_broadcast(draft) or _CHANGED

    async def size(self, broadcast: Broadcast) -> Estimate:
        """Head count and duration at this moment; O(chats)."""
        default = self.city().default_language
        number = await self.store.count_audience(broadcast.audience, await self.testers(), default)
        needs_approval = broadcast.audience != "test" and number > self.policy.two_admins_above
        return Estimate(number, duration(number, self.policy.per_second), needs_approval, self.policy.recall)

    async def confirm(self, identifier: int, revision: int, typed: int, by: int | None) -> Result:
        """Confirm a draft with the head count that was shown; of concurrent calls one succeeds."""
        draft = await self.store.broadcast(identifier)
        if draft is None or draft.state != "draft" or draft.revision != revision or draft.author != by:
            return _CHANGED
        if draft.previewed != revision or draft.head_count is None:
            return lazy_gettext("Look at the preview first.")
        if typed != draft.head_count:
            return lazy_gettext("That is not the number. Nothing was sent.")
        if draft.head_count == 0:
            return lazy_gettext("It has no recipients.")
        now = self.now()
        if draft.planned_at is not None and draft.planned_at <= now:
            return _TOO_LATE
        needs_approval = draft.audience != "test" and draft.head_count > self.policy.two_admins_above
        state: BroadcastState = "unapproved" if needs_approval else "queued"
        values = {} if needs_approval else {"starts_at": self._start(draft, now)}
        note = f"{draft.kind}, {draft.audience}, {draft.head_count}"
        return await self._move(draft, "confirm", by, ["draft"], state, note=note, revision=revision, **values)

    async def approve(self, identifier: int, by: int) -> Result:
        """Approve a broadcast as the second admin; refused more than an hour after the planned time."""
        broadcast = await self.store.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        if broadcast.author == by:
            return lazy_gettext("Another admin must approve this one: it is yours.")
        now = self.now()
        if broadcast.state == "unapproved" and broadcast.planned_at is not None and now - broadcast.planned_at > GRACE:
            return _TOO_LATE
        values: dict[str, Any] = {"approved_by": by, "starts_at": self._start(broadcast, now)}
        return await self._move(broadcast, "approve", by, ["unapproved"], "queued", **values)

    async def cancel(self, identifier: int, by: int | None) -> Result:
        """Cancel a broadcast before or while it is sent; messages that were sent stay."""
        broadcast = await self.store.broadcast(identifier)
        return await self._move(broadcast, "cancel", by, _UNDER_WAY, "cancelled", ended_at=self.now())

    async def pause(self, identifier: int, by: int | None) -> Result:
        """Pause a broadcast until it is resumed."""
        broadcast = await self.store.broadcast(identifier)
        return await self._move(broadcast, "pause", by, PAUSABLE, "paused", paused_for="admin")

    async def resume(self, identifier: int, by: int | None) -> Result:
        """Resume a paused broadcast, which returns it to the queue."""
        broadcast = await self.store.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        now = self.now()
        # A broadcast that has begun continues at once, even if the clock was set back. Resuming counts as activity: the
        # admin was already asked about any earlier activity in the checkpoint.
        starts_at = now if broadcast.started_at else max(broadcast.starts_at or now, now)
        values: dict[str, Any] = {"paused_for": None, "starts_at": starts_at, "crashes": (), "active_at": now}
        return await self._move(broadcast, "resume", by, ["paused"], "queued", **values)

    async def progress(self, broadcast: Broadcast) -> Progress:
        """The progress of a broadcast: from the worker if it is active, otherwise from the storage in O(recipients)."""
        live = self.live()
        if live is not None and live.broadcast.id == broadcast.id:
            return live
        return Progress(broadcast, await self.store.counts(broadcast.id) if broadcast.total else Counts())

    async def subscribers(self) -> Mapping[Language, int]:
        """Subscribers by the language in which they get broadcasts."""
        return await self.store.count_subscribers(self.city().default_language)

    def _start(self, broadcast: Broadcast, now: datetime) -> datetime:
        """The earliest start: the planned time, but not before the time for a recall has passed."""
        return max(broadcast.planned_at or now, now + self.policy.recall)

    async def _move(
        self,
        broadcast: Broadcast | None,
        act: str,
        by: int | None,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        *,
        note: str = "",
        **values: Any,
    ) -> Result:
        """Move a broadcast and set values, with an audit entry; then wake the scheduler."""
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        entry = AuditEntry(self.now(), by, f"broadcast {act}", broadcast.number, "", note)
        moved = await self.store.move_broadcast(broadcast.id, origins, state, entry, **values)
        self.wake()
        if moved is not None:
            return moved
        present = await self.store.broadcast(broadcast.id)
        return rejection_reason(present) if present else _UNKNOWN_BROADCAST


def rejection_reason(broadcast: Broadcast) -> LazyMessage:
    """Why an action was refused: the state of the broadcast, which another admin may have changed."""
    sentences: Mapping[BroadcastState, LazyMessage] = {
        "draft": lazy_gettext("It is still a draft."),
        "unapproved": lazy_gettext("It waits for the approval of another admin."),
        "queued": lazy_gettext("It is confirmed already, and waits for its start."),
        "gathering": lazy_gettext("It has started already."),
        "sending": lazy_gettext("It has started already."),
        "paused": lazy_gettext("It is paused already."),
        "finished": lazy_gettext("It is finished."),
        "cancelled": lazy_gettext("It was cancelled."),
    }
    return sentences[broadcast.state]
