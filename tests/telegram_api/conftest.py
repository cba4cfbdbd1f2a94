"""A sandbox, a client for it, a real store, and a small bot that only echoes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict
from telegram import Update

from bot.sandbox import Sandbox
from bot.storage import Store, open_store
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.client import Client
from bot.telegram_api.error_guard import ErrorGuard
from bot.telegram_api.health import Health
from bot.telegram_api.polling import UpdatePoller
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import TokenGate
from bot.telegram_api.sender import MessageSender
from bot.telegram_api.update_queue import UpdateQueue
from tests.storage.databases import file_place


def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    """What is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as events:
        yield events


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A new sandbox for each test."""
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    """A client of the sandbox."""
    opened = Client(sandbox.token, sandbox.url)
    await opened.open()
    yield opened
    await opened.close_pools()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store with a SQLite file."""
    async with open_store(file_place(tmp_path / "minsheng.db").address) as opened:
        yield opened


@dataclass
class Nap:
    """A sleep that returns at once and records the requested times."""

    asked: list[float] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.more.set()
        await asyncio.sleep(0)

    async def times(self, count: int) -> None:
        """Wait until it was called this many times."""
        while len(self.asked) < count:
            self.more.clear()
            await self.more.wait()


@dataclass
class Echo:
    """A bot that repeats each message, and can be made to fail."""

    client: Client
    store: Store
    health: Health = field(default_factory=Health)
    rate_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(30))
    nap: Nap = field(default_factory=Nap)
    alerts: list[str] = field(default_factory=list)
    #: what is done before a text is echoed
    before: Callable[[str], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self.token_gate = TokenGate(self.health)
        self.sender = MessageSender(
            self.client,
            token_gate=self.token_gate,
            rate_limiter=self.rate_limiter,
            on_blocked=self.store.suspend,
            on_migrated=self.store.migrate,
            sleep=self.nap,
        )
        self.chat_queue = ChatQueue()
        error_guard = ErrorGuard(self, alert=self.alert, now=now)
        self.update_queue = UpdateQueue(
            error_guard,
            store=self.store,
            chat_queue=self.chat_queue,
            health=self.health,
            numbers=self.client.numbers,
            now=now,
        )

    async def handle(self, update: Update) -> None:
        """Repeat the message."""
        if update.message and update.message.text:
            if self.before:
                await self.before(update.message.text)
            await self.sender.send(update.message.chat.id, update.message.text)

    async def apologize(self, update: Update) -> None:
        """Send the apology."""
        if update.message:
            await self.sender.send(update.message.chat.id, "sorry")

    async def reject(self, update: Update) -> None:
        """Send the notice of too many messages."""
        if update.message:
            await self.sender.send(update.message.chat.id, "too much")

    async def alert(self, what: str) -> None:
        """Record the alert."""
        self.alerts.append(what)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[UpdatePoller]:
        """Poll while the body runs, and stop normally."""
        stopping = asyncio.Event()
        poller = UpdatePoller(
            self.client, update_queue=self.update_queue, health=self.health, token_gate=self.token_gate
        )
        receipts = asyncio.create_task(self.update_queue.run_recorder())
        await self.update_queue.restore()
        running = asyncio.create_task(poller.run(stopping))
        try:
            yield poller
        finally:
            stopping.set()
            await running
            await self.update_queue.drain(2.0)
            await poller.confirm()
            receipts.cancel()


@pytest.fixture
async def echo(client: Client, store: Store) -> Echo:
    """The small bot, not yet running."""
    return Echo(client, store)
