"""Subscribers, a broadcast to them, and a sender that crashes at a chosen step."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from bot.broadcasts.context import BroadcastContext
from bot.broadcasts.delivery import Outcome, Sent, Settled
from bot.broadcasts.model import Audience, Broadcast, BroadcastClass, BroadcastState, Edition, Progress
from bot.broadcasts.ports import Activity, DeliveryQueue, Exchanged, Lease
from bot.broadcasts.scheduler import BroadcastScheduler
from bot.i18n.languages import Language
from bot.knowledge import City
from bot.knowledge.model import QuietHours
from bot.sandbox.notifier import Notifier
from bot.storage import Store, open_store
from tests.factories import make_knowledge
from tests.storage.databases import Place

#: A city without quiet hours, for these tests may run at night.
CITY: City = make_knowledge().city.model_copy(update={"quiet_hours": QuietHours(start=time(0), end=time(0))})
EDITIONS: Mapping[Language, Edition] = {"zh": Edition("明天停水"), "en": Edition("No water tomorrow")}
_Result = TypeVar("_Result")
HARBIN = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


async def nobody() -> Collection[int]:
    """An empty test group."""
    return ()


class Crashed(BaseException):
    """The process has crashed: nothing else happens in it."""


@dataclass
class CrashPoint:
    """Counts the steps of a program, and crashes it at one of them and at every later one."""

    at: int | None = None
    steps: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.at is not None and self.steps >= self.at:
            raise Crashed

    @property
    def has_crashed(self) -> bool:
        """Whether the program has crashed."""
        return self.at is not None and self.steps >= self.at


@dataclass
class Telegram:
    """Accepts every message, and records its recipient and whether it was silent."""

    crash_point: CrashPoint = field(default_factory=CrashPoint)
    accepted: list[tuple[int, bool]] = field(default_factory=list)

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Write the request, accept it, read the response; the program may crash between these."""
        self.crash_point.step()
        await asyncio.sleep(0)
        self.accepted.append((chat, silent))
        self.crash_point.step()
        await asyncio.sleep(0)
        self.crash_point.step()
        return Sent(len(self.accepted))

    async def is_reachable(self) -> bool:
        return True

    @property
    def copies(self) -> Counter[int]:
        """How many messages each chat got."""
        return Counter(chat for chat, _ in self.accepted)


@dataclass
class CrashingQueue:
    """A delivery queue whose program may crash before and after each transaction."""

    inner: DeliveryQueue
    crash_point: CrashPoint

    async def next_broadcast(self, at: datetime) -> Broadcast | None:
        return await self._between(self.inner.next_broadcast(at))

    async def take_over(self, identifier: int, at: datetime, *, unsent: bool = False) -> Lease:
        return await self._between(self.inner.take_over(identifier, at, unsent=unsent))

    async def gather(self, identifier: int, epoch: int, **values: Any) -> bool:
        return await self._between(self.inner.gather(identifier, epoch, **values))

    async def exchange(
        self, identifier: int, epoch: int, settled: Sequence[Settled], wanted: int, **values: Any
    ) -> Exchanged:
        return await self._between(self.inner.exchange(identifier, epoch, settled, wanted, **values))

    async def next_due(self, identifier: int) -> tuple[datetime | None, datetime | None]:
        return await self._between(self.inner.next_due(identifier))

    async def requeue_unknown(self, identifier: int, epoch: int, **values: Any) -> int:
        return await self._between(self.inner.requeue_unknown(identifier, epoch, **values))

    async def cancel_rest(self, identifier: int) -> bool:
        return await self._between(self.inner.cancel_rest(identifier))

    async def withhold(self, identifier: int, epoch: int, most: int = 2_000) -> bool:
        return await self._between(self.inner.withhold(identifier, epoch, most))

    async def release(self, identifier: int, epoch: int) -> None:
        await self._between(self.inner.release(identifier, epoch))

    async def _between(self, act: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            self.crash_point.step()
        except Crashed:
            act.close()
            raise
        result = await act
        self.crash_point.step()
        return result


class NoLimit:
    """A rate limit that allows everything."""

    per_second = 1.0  #: for the window, which a machine that is paused shall not widen

    def take(self, most: int) -> int:
        return most

    def give_back(self, number: int) -> None:
        """Ignore the call."""

    def wait(self) -> float:
        return 0.0


class NoCheckpoint:
    """A checkpoint that always agrees with the database."""

    async def last(self, broadcast: Broadcast) -> Activity | None:
        return Activity(broadcast.active_at or broadcast.created_at)

    async def is_missing(self) -> bool:
        return False

    async def create(self) -> None:
        """Ignore the call."""

    async def note(self, broadcast: Broadcast, at: datetime) -> None:
        """Ignore the call."""


#: What happened to a broadcast, by the state that it is in.
Event: TypeAlias = Literal["started", "paused", "finished", "cancelled"]
_EVENTS: Mapping[BroadcastState, Event] = {
    "sending": "started",
    "paused": "paused",
    "finished": "finished",
    "cancelled": "cancelled",
}


@dataclass
class Recorder:
    """An observer that records every event."""

    events_seen: list[tuple[Event, Progress]]
    news: Notifier
    ended: asyncio.Event

    def broadcast_changed(self, progress: Progress) -> None:
        event = _EVENTS[progress.broadcast.state]
        self.events_seen.append((event, progress))
        self.news.notify()
        if event != "started":
            self.ended.set()


@dataclass
class Life:
    """One run of the program that sends."""

    sender: BroadcastScheduler
    ended: asyncio.Event
    stopping: asyncio.Event
    events_seen: list[tuple[Event, Progress]]
    news: Notifier

    def events(self) -> list[Event]:
        """The events so far."""
        return [event for event, _ in self.events_seen]

    async def tells(self, event: Event, times: int = 1, within: float = 150.0) -> Progress:
        """Wait until the event came `times` times; return the progress of the last one."""
        await self.news.until(lambda: self.events().count(event) >= times, within, f"{event}, {times} times")
        return next(progress for seen, progress in reversed(self.events_seen) if seen == event)

    async def run(self, within: float = 150.0) -> None:
        """Run until the broadcast has ended or is paused; raise Crashed if the program did."""
        await self.sender.prepare()
        running = asyncio.create_task(self.sender.run(self.stopping))
        waiting = asyncio.create_task(self.ended.wait())
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED, timeout=within)
        waiting.cancel()
        self.stopping.set()
        await running
        assert self.ended.is_set(), "it did not end in time"


def life_of(store: Store, telegram: Any, *, crash_point: CrashPoint | None = None, **others: Any) -> Life:
    """A program that sends from this store."""
    events_seen: list[tuple[Event, Progress]] = []
    ended, news = asyncio.Event(), Notifier()

    outbox = CrashingQueue(store, crash_point) if crash_point else store
    parts = {
        "deliveries": outbox,
        "broadcasts": store,
        "transport": telegram,
        "rate_limit": NoLimit(),
        "checkpoint": NoCheckpoint(),
        "city": lambda: CITY,
        "testers": nobody,
        "now": now,
        "jobs": store,
        "observer": Recorder(events_seen, news, ended),
    }
    return Life(BroadcastScheduler(BroadcastContext(**(parts | others))), ended, asyncio.Event(), events_seen, news)


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Store]:
    """The store at a place."""
    async with open_store(place.address) as store:
        yield store


async def subscribe(store: Store, people: Collection[int]) -> None:
    """Subscribe these people."""
    for person in people:
        await store.subscribe(person, now(), None)


async def confirmed(
    store: Store, kind: BroadcastClass = "notice", audience: Audience = "everybody", **values: Any
) -> Broadcast:
    """Confirm a broadcast that is due."""
    draft = await store.new_broadcast(1, now(), HARBIN)
    assert await store.rewrite_broadcast(replace(draft, editions=EDITIONS, kind=kind, audience=audience))
    queued = await store.move_broadcast(draft.id, ["draft"], "queued", None, **({"starts_at": now()} | values))
    assert queued
    return queued
