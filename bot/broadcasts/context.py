"""Dependencies of the broadcast worker, and helpers that the scheduler shares."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.broadcasts.model import PAUSABLE, Broadcast, PauseReason
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
class WorkerContext:
    """The dependencies of the scheduler and of the worker."""

    outbox: DeliveryQueue
    broadcasts: BroadcastStore
    transport: MessageTransport
    rate_limit: RateLimit
    checkpoint: Checkpoint
    jobs: ScheduledJobs
    city: Callable[[], City]
    testers: Testers
    observer: BroadcastObserver
    now: Callable[[], datetime]


async def auto_pause(context: WorkerContext, broadcast: Broadcast, reason: PauseReason) -> Broadcast | None:
    """Pause a broadcast until an admin resumes it; None when it has ended or is paused already."""
    line = AuditEntry(context.now(), None, "broadcast pause", broadcast.number, "", reason)
    log.warning("broadcast_paused", number=broadcast.number, reason=reason)
    return await context.broadcasts.move_broadcast(
        broadcast.id, PAUSABLE, "paused", line, paused_for=reason, is_open=False, crashes=broadcast.crashes
    )


async def wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most this long; it is set afterwards."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()


def monotonic() -> float:
    """Seconds on a clock that never jumps."""
    return asyncio.get_running_loop().time()
