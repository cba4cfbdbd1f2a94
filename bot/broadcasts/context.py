"""Dependencies of the broadcast worker and the scheduler, and the steps that both use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.broadcasts.delivery import Claim, Outcome
from bot.broadcasts.model import (
    ACTIVE,
    PAUSABLE,
    Broadcast,
    PauseReason,
    edition_for,
    is_silent,
    numbered_text,
)
from bot.broadcasts.ports import (
    BroadcastObserver,
    BroadcastStore,
    Checkpoint,
    DeliveryQueue,
    MessageTransport,
    RateLimit,
)
from bot.broadcasts.service import Testers
from bot.knowledge import City
from bot.people.ports import AuditEntry, ScheduledJobs

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastContext:
    """The dependencies of the scheduler and of the worker."""

    deliveries: DeliveryQueue
    broadcasts: BroadcastStore
    transport: MessageTransport
    rate_limit: RateLimit
    checkpoint: Checkpoint
    jobs: ScheduledJobs
    city: Callable[[], City]
    testers: Testers
    observer: BroadcastObserver
    now: Callable[[], datetime]
    #: how many messages Telegram has that the database does not, None if unknown; found with a message to the author
    #: of the broadcast, or to another admin
    count_missing: Callable[[Broadcast], Awaitable[int | None]] | None = None
    #: whether claimed deliveries certainly belong to this process; False after it was frozen for seconds
    may_send: Callable[[], bool] = lambda: True
    #: whether another process on this database may have sent before this one
    has_predecessor: Callable[[], bool] = lambda: False


async def auto_pause(context: BroadcastContext, broadcast: Broadcast, reason: PauseReason) -> Broadcast | None:
    """Pause a broadcast until an admin resumes it; None if it has ended or is already paused."""
    entry = AuditEntry(context.now(), None, "broadcast pause", broadcast.number, "", reason)
    paused = await context.broadcasts.move_broadcast(
        broadcast.id, PAUSABLE, "paused", entry, paused_for=reason, is_open=False, crashes=broadcast.crashes
    )
    if paused is not None:
        log.warning("broadcast_paused", number=broadcast.number, reason=reason)
    return paused


async def requeue(context: BroadcastContext, broadcast: Broadcast, until: datetime) -> bool:
    """Return a broadcast that is being sent to the queue; False if it is in another state."""
    moved = await context.broadcasts.move_broadcast(
        broadcast.id, ["sending"], "queued", None, starts_at=until, is_open=False
    )
    return moved is not None


async def alert_is_due(context: BroadcastContext) -> bool:
    queued, now = await context.broadcasts.broadcasts("queued"), context.now()
    return any(one.kind == "alert" and one.starts_at is not None and one.starts_at <= now for one in queued)


async def gather_chunk(context: BroadcastContext, broadcast: Broadcast, now: datetime) -> tuple[Broadcast | None, bool]:
    """Record some recipients; return the broadcast, or None if it was stopped, and whether there may be more."""
    default = context.city().default_language
    more = await context.deliveries.gather(
        broadcast.id, broadcast.epoch, testers=await context.testers(), default=default, now=now
    )
    present = await context.broadcasts.broadcast(broadcast.id)
    is_own = present is not None and present.state in ACTIVE and present.epoch == broadcast.epoch
    return present if is_own else None, more


async def send(context: BroadcastContext, broadcast: Broadcast, claim: Claim) -> Outcome:
    """Send the message of one recipient, in their language, without a retry."""
    language, edition = edition_for(broadcast.editions, claim.language, context.city().default_language)
    text, silent = numbered_text(edition, broadcast.number, language), is_silent(broadcast.kind, claim.attempt)
    return await context.transport.send(claim.chat, edition, text, silent=silent)
