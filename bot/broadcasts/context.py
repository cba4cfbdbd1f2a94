"""What sending has at hand: the world, and what is done by whoever sends and by whoever keeps an eye on it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import structlog

from bot.broadcasts.model import GOING, Broadcast, PauseReason, Progress
from bot.broadcasts.ports import BroadcastStore, Checkpoint, DeliveryQueue, Postman, RateLimit
from bot.broadcasts.service import Testers
from bot.knowledge import City
from bot.people.ports import AuditEntry

#: What is told of a broadcast while it is sent.
Event: TypeAlias = Literal["started", "paused", "finished", "cancelled"]
#: Tells it; never fails.
Tell: TypeAlias = Callable[[Event, Progress], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What sending needs of the world."""

    outbox: DeliveryQueue
    broadcasts: BroadcastStore
    postman: Postman
    allowance: RateLimit
    logbook: Checkpoint
    city: Callable[[], City]
    testers: Testers
    tell: Tell
    now: Callable[[], datetime]


async def auto_pause(means: WorkerContext, broadcast: Broadcast, reason: PauseReason) -> Broadcast | None:
    """Let a broadcast stand still until an admin resumes it; None when it is at its end, or stands still already."""
    line = AuditEntry(means.now(), None, "broadcast pause", broadcast.number, "", reason)
    log.warning("broadcast_paused", number=broadcast.number, reason=reason)
    return await means.broadcasts.move_broadcast(
        broadcast.id, GOING, "paused", line, paused_for=reason, is_open=False, crashes=broadcast.crashes
    )


async def heard(news: asyncio.Event, seconds: float) -> None:
    """Wait for the news, so long at most."""
    timer = asyncio.get_running_loop().call_later(seconds, news.set)
    try:
        await news.wait()
    finally:
        timer.cancel()


def clock() -> float:
    """Seconds on a clock that never jumps."""
    return asyncio.get_running_loop().time()
