"""What a replica does besides answering: it follows the others, and sends what only one of them may send.

`bot.storage.replica` describes replicas and the sender's lease. A process without replicas always holds the lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog

from bot.broadcasts.scheduler import BroadcastScheduler
from bot.inbox.collecting import Collector
from bot.publishing.publisher import Publisher
from bot.runtime.process import log_failure
from bot.stopping import cancel_on_stop
from bot.storage.replica import HEARTBEAT_INTERVAL, Replica, Shown
from bot.telegram_api.rate_limiter import RateLimiter

#: Seconds between two checks of what the sender does, and before groups of questions are loaded again.
_FOLLOW, _RELOAD = 5.0, 60.0
#: Seconds between two checks whether this process is the sender.
_LOOK = HEARTBEAT_INTERVAL / 4

log = structlog.get_logger()


class UpdateSource(Protocol):
    """The source of parked updates."""

    async def restore(self) -> None:
        """Start to handle the updates that wait for a replica."""


class SenderRole:
    """Whether this process sends what only one may send; `on_wake` is called if there may be work for the sender."""

    def __init__(self, replica: Replica | None, on_wake: Callable[[], None]) -> None:
        self._replica = replica
        self._on_wake = on_wake
        self._waking: set[asyncio.Task[None]] = set()
        self._wakes = 0

    @property
    def is_held(self) -> bool:
        """Whether this process is the sender."""
        return self._replica is None or self._replica.is_sender

    def wake(self) -> None:
        """Report possible work for the sender, whichever process it is."""
        if self._replica is None or self._replica.is_sender:
            self._on_wake()
            return
        task = asyncio.create_task(self._replica.wake_sender())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    def note_wakes(self, wakes: int) -> None:
        """Record the wake-ups in the lease: a larger number means that another replica may have work."""
        if wakes != self._wakes:
            self._wakes = wakes
            self._on_wake()

    async def while_held(self, work: Callable[[asyncio.Event], Awaitable[object]], stopping: asyncio.Event) -> None:
        """Do the work whenever this process is the sender, until it stops.

        The work gets an event that is set when it must end: the process stops, or another one may be the sender.
        """
        while not stopping.is_set():
            if not self.is_held:
                await cancel_on_stop(stopping, asyncio.sleep(_LOOK))
                continue
            ending = asyncio.Event()
            watching = asyncio.create_task(self._watch(stopping, ending))
            try:
                await work(ending)
            finally:
                watching.cancel()

    async def _watch(self, stopping: asyncio.Event, ending: asyncio.Event) -> None:
        while self.is_held and not stopping.is_set():
            await cancel_on_stop(stopping, asyncio.sleep(_LOOK))
        ending.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """The parts of the bot that follow the other replicas."""

    updates: UpdateSource
    publisher: Publisher
    scheduler: BroadcastScheduler
    role: SenderRole
    rate_limiter: RateLimiter
    collector: Collector


def replica_works(replica: Replica, followers: Followers) -> tuple[Coroutine[Any, Any, None], ...]:
    """Coroutines that run until the program stops. From here on this replica may become the sender."""

    def show() -> Shown:
        answers, flood = followers.rate_limiter.lease()
        return Shown(followers.publisher.live.digest, answers, flood)

    replica.show, replica.may_lead = show, True
    return (
        _repeat(partial(_take_updates, replica, followers), replica.next_heartbeat),
        _repeat(partial(_follow_knowledge, replica, followers.publisher), replica.next_heartbeat),
        _repeat(partial(_follow_sender, replica, followers.scheduler), lambda: asyncio.sleep(_FOLLOW)),
        _repeat(partial(_follow_inbox, replica, followers.collector), lambda: asyncio.sleep(_RELOAD)),
    )


async def _take_updates(replica: Replica, followers: Followers) -> None:
    view = replica.view
    followers.rate_limiter.respect(answers=view.answers, flood=view.flood, replicas=view.replicas)
    if replica.is_sender:
        followers.role.note_wakes(view.wakes)
    await followers.updates.restore()


async def _follow_knowledge(replica: Replica, publisher: Publisher) -> None:
    if replica.view.knowledge is not None and replica.view.knowledge != publisher.live.digest:
        await publisher.follow()


async def _follow_sender(replica: Replica, scheduler: BroadcastScheduler) -> None:
    # Without a sender nothing is known about another process: the database may be a restored copy.
    if replica.view.sender not in (None, replica.id):
        await scheduler.follow()


async def _follow_inbox(replica: Replica, collector: Collector) -> None:
    if replica.view.replicas > 1:
        collector.invalidate_groups()


async def _repeat(work: Callable[[], Awaitable[None]], pause: Callable[[], Awaitable[None]]) -> None:
    while True:
        await log_failure(work())
        await pause()
