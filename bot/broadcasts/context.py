"""What sending has at hand: the world, and what is done by whoever sends and by whoever keeps an eye on it."""

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
from bot.people.ports import AuditEntry

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What sending needs of the world."""

    outbox: DeliveryQueue
    broadcasts: BroadcastStore
    transport: MessageTransport
    rate_limit: RateLimit
    checkpoint: Checkpoint
    city: Callable[[], City]
    testers: Testers
    observer: BroadcastObserver
    now: Callable[[], datetime]


async def auto_pause(means: WorkerContext, broadcast: Broadcast, reason: PauseReason) -> Broadcast | None:
    """Let a broadcast stand still until an admin resumes it; None when it is at its end, or stands still already."""
    line = AuditEntry(means.now(), None, "broadcast pause", broadcast.number, "", reason)
    log.warning("broadcast_paused", number=broadcast.number, reason=reason)
    return await means.broadcasts.move_broadcast(
        broadcast.id, PAUSABLE, "paused", line, paused_for=reason, is_open=False, crashes=broadcast.crashes
    )


async def wait_for_event(news: asyncio.Event, seconds: float) -> None:
    """Wait for the news, so long at most."""
    timer = asyncio.get_running_loop().call_later(seconds, news.set)
    try:
        await news.wait()
    finally:
        timer.cancel()


def clock() -> float:
    """Seconds on a clock that never jumps."""
    return asyncio.get_running_loop().time()
