"""While there is nothing to do, the sender sleeps and uses no CPU time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.broadcasts import worker as delivering
from bot.broadcasts.delivery import NotSent, Outcome, Sent
from bot.broadcasts.model import Edition
from bot.knowledge import City
from bot.knowledge.model import QuietHours
from tests.broadcasts.sending_env import Clock, eventually, working
from tests.broadcasts.subscribers import CITY, HARBIN, Life, confirmed, life_of, opened, subscribe
from tests.storage.databases import Place

SLEEPS: City = CITY.model_copy(update={"quiet_hours": QuietHours(start=time(22), end=time(8))})
#: Looks at the clock that are many for so short a time: some turns of the sender look at it a few times each.
MANY = 100


@dataclass
class Slow:
    """A Telegram that holds some messages back, and loses the connection for the others."""

    held: frozenset[int]
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    posted: list[int] = field(default_factory=list)

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        self.posted.append(chat)
        if chat not in self.held:
            return NotSent("network")
        await self.let_go.wait()
        return Sent(chat)

    async def is_reachable(self) -> bool:
        return False


@dataclass
class CountedClock(Clock):
    """Counts how often it is read."""

    looks: int = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return super().__call__()

    async def looks_meanwhile(self) -> int:
        """Count how often the clock is read in the next fifth of a second."""
        before = self.looks
        await asyncio.sleep(0.2)
        return self.looks - before


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_HEARTBEAT", "_MAX_WAIT", "CHECK_INTERVAL"):
        monkeypatch.setattr(delivering, name, 0.05)


@asynccontextmanager
async def sending(place: Place, telegram: Slow, people: range, **others: Any) -> AsyncIterator[Life]:
    """Send a notice to these people while Telegram holds some messages back."""
    async with opened(place) as store:
        await subscribe(store, people)
        await confirmed(store, starts_at=others["now"]())
        async with working(life_of(store, telegram, **others)) as life:
            await eventually(lambda: telegram.held <= set(telegram.posted))
            yield life
            telegram.let_go.set()


async def test_the_quiet_hours_begin_while_the_last_messages_take_long(place: Place) -> None:
    """Nothing more can be claimed, and the outcomes of messages in flight are unknown."""
    clock = CountedClock(Clock.at(datetime(2026, 3, 1, 21, 59, tzinfo=HARBIN)).ahead)
    telegram = Slow(frozenset({1, 2}))
    async with sending(place, telegram, range(1, 3), now=clock, city=lambda: SLEEPS) as life:
        clock.jump(timedelta(minutes=2))
        await eventually(lambda: bool(life.sender.progress and life.sender.progress.quiet_until))
        assert await clock.looks_meanwhile() < MANY


async def test_telegram_is_away_while_a_message_takes_longer_than_the_pause(place: Place) -> None:
    """It is not asked whether Telegram is back as long as one message may still tell."""
    clock, telegram = CountedClock(), Slow(frozenset({1}))
    async with sending(place, telegram, range(1, 9), now=clock) as life:
        await eventually(lambda: bool(life.sender.progress and life.sender.progress.unreachable))
        await asyncio.sleep(0.1)
        assert await clock.looks_meanwhile() < MANY
