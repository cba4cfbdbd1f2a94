"""Subscribers and everything needed to send to them: the sandbox over HTTP, a real client, a real database."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.broadcasts.model import Broadcast
from bot.broadcasts.service import BroadcastPolicy, BroadcastService
from bot.sandbox import Sandbox
from bot.storage import Store
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.client import Client
from bot.telegram_api.rate_limiter import RateLimiter
from tests.broadcasts.checker import WIDEST, DeliveryRecords, check, copies_of
from tests.broadcasts.subscribers import CITY, Life, life_of, nobody, now
from tests.storage.databases import Place

#: More a second than any of these tests needs.
FAST = 1000.0
#: What it costs to wait for something that never comes.
PATIENCE = 150.0


@dataclass
class SendingEnv:
    """A sandbox of Telegram with its people, and the bot's database."""

    place: Place
    sandbox: Sandbox
    client: Client
    people: list[int] = field(default_factory=list)

    def subscribe(self, number: int) -> None:
        """Subscribe `number` people; the database must have its tables."""
        first = len(self.people) + 1
        arrived = range(first, first + number)
        for person in arrived:
            self.sandbox.person(number=person, language="")
            self.sandbox.state.people[person].seen = self.sandbox.state.people[person].started = True
        rows = ", ".join(f"({person}, '2026-03-01 00:00:00.000000')" for person in arrived)
        self.place.execute(f"INSERT INTO chats (chat_id, subscribed_since) VALUES {rows}")
        self.people += arrived

    def life(self, store: Store, *, per_second: float = FAST, **others: Any) -> Life:
        """A program that sends to them."""
        rate_limiter = RateLimiter(per_second)
        parts: dict[str, Any] = {"rate_limit": rate_limiter} | others
        return life_of(store, parts.pop("transport", TelegramTransport(self.client, rate_limiter)), **parts)

    def copies(self, broadcast: Broadcast) -> Counter[int]:
        """Count the messages that each person got."""
        return copies_of(self.sandbox.record, broadcast)

    def check(self, broadcast: Broadcast, *, deaths: int = 0, uncertain: int = 0) -> DeliveryRecords:
        """Compare what is stored with what Telegram accepted."""
        return check(
            self.place,
            broadcast,
            self.copies(broadcast),
            self.people,
            deaths=deaths,
            uncertain=uncertain,
            window=WIDEST,
        )

    def count_faults(self) -> int:
        """Count the calls that had a fault."""
        return sum(bool(call.fault) for call in self.sandbox.record.of("sendMessage"))

    async def sees(self, condition: Callable[[], bool], wanted: str) -> None:
        """Wait until the condition holds for the record of the sandbox."""
        await self.sandbox.record.grown.until(condition, PATIENCE, wanted)

    async def takes(self, number: int) -> None:
        """Wait until Telegram has accepted `number` messages."""
        await self.sees(lambda: len(self.sandbox.record.sends()) >= number, f"{number} messages")


@dataclass
class Clock:
    """A running clock that can be set."""

    ahead: timedelta = timedelta()

    @classmethod
    def at(cls, moment: datetime) -> "Clock":
        """A clock that shows this moment."""
        return cls(moment - datetime.now(UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def jump(self, by: timedelta) -> None:
        """Move the clock."""
        self.ahead += by


@asynccontextmanager
async def sending_env(place: Place) -> AsyncIterator[SendingEnv]:
    """A sandbox without people, and a client for it."""
    async with Sandbox() as sandbox:
        client = Client(sandbox.token, sandbox.url)
        await client.open()
        try:
            yield SendingEnv(place, sandbox, client)
        finally:
            await client.close_pools()


@asynccontextmanager
async def working(life: Life) -> AsyncIterator[Life]:
    """Run the program during the body, then stop it normally."""
    await life.sender.prepare()
    task = asyncio.create_task(life.sender.run(life.stopping))
    try:
        yield life
    finally:
        life.stopping.set()
        async with asyncio.timeout(PATIENCE):
            await task


def acts_of(store: Store, life: Life, clock: Callable[[], datetime] = now) -> BroadcastService:
    """What an admin can do during a broadcast."""
    return BroadcastService(
        store=store,
        testers=nobody,
        city=lambda: CITY,
        policy=BroadcastPolicy(FAST, 10_000),
        wake=life.sender.wake,
        live=lambda: life.sender.progress,
        now=clock,
    )


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition without an event holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
