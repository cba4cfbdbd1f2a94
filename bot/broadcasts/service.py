"""What admins do with broadcasts: draft, confirm, approve, pause, resume, cancel. Every act is audited."""

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
    Audience,
    Broadcast,
    BroadcastClass,
    BroadcastState,
    Counts,
    Edition,
    Progress,
    duration,
)
from bot.broadcasts.ports import BroadcastStore
from bot.i18n.languages import Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City
from bot.people.ports import AuditEntry

#: The people with a role in the bot: the test group.
Testers: TypeAlias = Callable[[], Awaitable[Collection[int]]]
#: The result of an act: the broadcast as it is now, or why it was not done.
Result: TypeAlias = Broadcast | LazyMessage

_UNKNOWN_BROADCAST = lazy_gettext("There is no such broadcast.")
_CHANGED = lazy_gettext("The draft was changed meanwhile, or is no longer a draft. Look at it again: /broadcast")
_TOO_LATE = lazy_gettext("The time that was planned has passed. Choose another one.")
#: Confirmed and not ended.
_UNDER_WAY: frozenset[BroadcastState] = PAUSABLE | {"unapproved", "paused"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """Head count and duration of a broadcast."""

    head_count: int
    takes: timedelta
    needs_approval: bool  #: a second admin must approve it


class BroadcastService:
    """Broadcasts, as admins and the operator act on them. The caller has checked the rights at this moment.

    Every method may raise StorageError; nothing is changed then. `by` is the admin, None the operator on the server.
    """

    def __init__(
        self,
        broadcasts: BroadcastStore,
        *,
        testers: Testers,
        city: Callable[[], City],
        per_second: float,
        two_admins_above: int,
        wake: Callable[[], None],
        live: Callable[[], Progress | None],
        now: Callable[[], datetime],
    ) -> None:
        self._broadcasts = broadcasts
        self._testers = testers
        self._city = city
        self._per_second = per_second
        self._two_admins_above = two_admins_above
        self._wake = wake
        self._live = live
        self._now = now

    async def begin(self, author: int | None) -> Broadcast:
        """Create an empty draft, which replaces the author's earlier one."""
        return await self._broadcasts.new_broadcast(author, self._now(), ZoneInfo(self._city().time_zone))

    async def draft_of(self, author: int | None) -> Broadcast | None:
        """The draft of an author, or None."""
        drafts = await self._broadcasts.broadcasts("draft")
        return next((draft for draft in drafts if draft.author == author), None)

    async def find(self, identifier: int) -> Broadcast | None:
        """A broadcast by its id, or None."""
        return await self._broadcasts.broadcast(identifier)

    async def numbered(self, number: str) -> Broadcast | None:
        """A broadcast by its number, such as 2026-014, among the last 1,000; or None."""
        latest = await self._broadcasts.broadcasts(limit=1000)
        return next((broadcast for broadcast in latest if broadcast.number == number), None)

    async def under_way(self) -> list[Broadcast]:
        """Broadcasts that are confirmed and not ended, oldest first."""
        return list(reversed(await self._broadcasts.broadcasts(*_UNDER_WAY)))

    async def latest(self) -> list[Broadcast]:
        """The last 50 broadcasts, newest first."""
        return list(await self._broadcasts.broadcasts(limit=50))

    async def ended_since(self, moment: datetime) -> list[Broadcast]:
        """Those of the last 50 broadcasts that ended after this, in the order of their ends."""
        ends = [(one.ended_at, one) for one in await self.latest() if one.state in FINAL and one.ended_at]
        return [one for end, one in sorted(ends, key=lambda pair: pair[0]) if end > moment]

    async def rewrite(
        self,
        draft: Broadcast,
        *,
        editions: Mapping[Language, Edition] | None = None,
        kind: BroadcastClass | None = None,
        audience: Audience | None = None,
        planned_at: datetime | None = None,
        at_once: bool = False,
    ) -> Result:
        """Change the given values of a draft. It must be previewed again before it can be confirmed."""
        changed = await self._broadcasts.rewrite_broadcast(
            draft.id,
            draft.revision,
            editions=draft.editions if editions is None else editions,
            kind=kind or draft.kind,
            audience=audience or draft.audience,
            planned_at=None if at_once else planned_at or draft.planned_at,
        )
        return changed or _CHANGED

    async def drop(self, draft: Broadcast) -> bool:
        """Erase a draft; False when it is no draft."""
        return await self._broadcasts.drop_broadcast(draft.id)

    async def size(self, broadcast: Broadcast) -> Estimate:
        """Head count and duration at this moment; O(chats)."""
        default = self._city().default_language
        number = await self._broadcasts.count_audience(broadcast.audience, await self._testers(), default)
        needs_approval = broadcast.audience != "test" and number > self._two_admins_above
        return Estimate(number, duration(number, self._per_second), needs_approval)

    async def note_preview(self, draft: Broadcast, size: Estimate) -> bool:
        """Record the preview of a draft; False when it was changed meanwhile."""
        return await self._broadcasts.note_preview(draft.id, draft.revision, size.head_count)

    async def confirm(self, identifier: int, revision: int, typed: int, by: int | None) -> Result:
        """Confirm a draft with the head count that was shown; of concurrent calls one succeeds."""
        draft = await self._broadcasts.broadcast(identifier)
        if draft is None or draft.state != "draft" or draft.revision != revision or draft.author != by:
            return _CHANGED
        if draft.previewed != revision or draft.head_count is None:
            return lazy_gettext("Look at the preview first.")
        if typed != draft.head_count:
            return lazy_gettext("That is not the number. Nothing was sent.")
        if draft.head_count == 0:
            return lazy_gettext("It would reach nobody.")
        now = self._now()
        if draft.planned_at is not None and draft.planned_at <= now:
            return _TOO_LATE
        needs_approval = draft.audience != "test" and draft.head_count > self._two_admins_above
        state: BroadcastState = "unapproved" if needs_approval else "queued"
        line = self._line(draft, "confirm", by, f"{draft.kind}, {draft.audience}, {draft.head_count}")
        values = {} if needs_approval else {"starts_at": _start(draft, now)}
        return await self._move(draft, ["draft"], state, line, revision=revision, **values)

    async def approve(self, identifier: int, by: int) -> Result:
        """Approve a broadcast as a second admin; refused more than an hour after the planned time."""
        broadcast = await self._broadcasts.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        if broadcast.author == by:
            return lazy_gettext("Somebody else must say yes to this one: it is yours.")
        now = self._now()
        if broadcast.state == "unapproved" and broadcast.planned_at is not None and now - broadcast.planned_at > GRACE:
            return _TOO_LATE
        line, start = self._line(broadcast, "approve", by), _start(broadcast, now)
        return await self._move(broadcast, ["unapproved"], "queued", line, approved_by=by, starts_at=start)

    async def cancel(self, identifier: int, by: int | None) -> Result:
        """Cancel a broadcast before it starts or in the middle; messages that were sent stay."""
        broadcast = await self._broadcasts.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        line = self._line(broadcast, "cancel", by)
        return await self._move(broadcast, _UNDER_WAY, "cancelled", line, ended_at=self._now())

    async def pause(self, identifier: int, by: int | None) -> Result:
        """Pause a broadcast until it is resumed."""
        broadcast = await self._broadcasts.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        line = self._line(broadcast, "pause", by)
        return await self._move(broadcast, PAUSABLE, "paused", line, paused_for="admin")

    async def resume(self, identifier: int, by: int | None) -> Result:
        """Resume a paused broadcast: it is queued again."""
        broadcast = await self._broadcasts.broadcast(identifier)
        if broadcast is None:
            return _UNKNOWN_BROADCAST
        line = self._line(broadcast, "resume", by)
        now = self._now()
        # One that has begun goes on at once, even if the clock was set back since. The resumption counts as activity:
        # what the checkpoint knows of the time before was asked about.
        starts_at = now if broadcast.started_at else max(broadcast.starts_at or now, now)
        values = {"paused_for": None, "starts_at": starts_at, "crashes": (), "active_at": now}
        return await self._move(broadcast, ["paused"], "queued", line, **values)

    async def progress(self, broadcast: Broadcast) -> Progress:
        """The progress: of the active broadcast from the worker, else from the storage in O(recipients)."""
        live = self._live()
        if live is not None and live.broadcast.id == broadcast.id:
            return live
        return Progress(broadcast, await self._counts(broadcast))

    async def unknown_chats(self, broadcast: Broadcast) -> list[int]:
        """The chats whose delivery is unknown."""
        return list(await self._broadcasts.unknown_chats(broadcast.id))

    async def place_card(self, broadcast: Broadcast, chat: int, message: int) -> None:
        """Set the message of its progress card."""
        await self._broadcasts.place_card(broadcast.id, (chat, message))

    async def subscribers(self) -> Mapping[Language, int]:
        """Subscribers by the language in which they get broadcasts."""
        return await self._broadcasts.count_subscribers(self._city().default_language)

    async def _counts(self, broadcast: Broadcast) -> Counts:
        return await self._broadcasts.counts(broadcast.id) if broadcast.total else Counts()

    async def _move(
        self,
        broadcast: Broadcast,
        origins: Collection[BroadcastState],
        state: BroadcastState,
        line: AuditEntry,
        **values: Any,
    ) -> Result:
        moved = await self._broadcasts.move_broadcast(broadcast.id, origins, state, line, **values)
        self._wake()
        if moved is not None:
            return moved
        present = await self._broadcasts.broadcast(broadcast.id)
        return rejection_reason(present) if present else _UNKNOWN_BROADCAST

    def _line(self, broadcast: Broadcast, act: str, by: int | None, after: str = "") -> AuditEntry:
        return AuditEntry(self._now(), by, f"broadcast {act}", broadcast.number, "", after)


def rejection_reason(broadcast: Broadcast) -> LazyMessage:
    """Why an act was refused: the state that another admin, or time, has brought."""
    sentences: Mapping[BroadcastState, LazyMessage] = {
        "draft": lazy_gettext("It is still a draft."),
        "unapproved": lazy_gettext("It waits for the yes of another admin."),
        "queued": lazy_gettext("It is confirmed already, and waits for its start."),
        "gathering": lazy_gettext("It has started already."),
        "sending": lazy_gettext("It has started already."),
        "paused": lazy_gettext("It stands still already."),
        "finished": lazy_gettext("It is finished."),
        "cancelled": lazy_gettext("It was cancelled."),
    }
    return sentences[broadcast.state]


def _start(broadcast: Broadcast, now: datetime) -> datetime:
    """When it may start: not before it can be called back no longer."""
    return max(broadcast.planned_at or now, now + RECALL)
