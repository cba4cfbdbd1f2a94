"""Several replicas over one PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from bot.people.ports import AuditEntry
from bot.publishing.ports import Version
from bot.storage import Store, open_store
from bot.storage.replica import Replica
from tests.quiet_time import takes_less_than
from tests.storage.databases import Place, Update

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = 11


@asynccontextmanager
async def replicas(place: Place, number: int = 2) -> AsyncIterator[list[Store]]:
    """Replicas in one process."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(place.address, shared=True)) for _ in range(number)]
        for store in stores:
            await stack.enter_async_context(store.joined())
        yield stores


def of(store: Store) -> Replica:
    """The replica of a store."""
    assert store.replica is not None
    return store.replica


async def own(store: Store, *updates: Update) -> set[int]:
    """Return the updates that a replica may handle."""
    return set((await store.claim(updates, NOON)).own)


async def until(condition: Callable[[], bool], within: float = 15.0) -> None:
    """Wait until the condition holds."""
    async with takes_less_than(within):
        while not condition():  # noqa: ASYNC110 - the condition has no event
            await asyncio.sleep(0.02)


async def publish(store: Store, digest: str, base: str) -> None:
    """Record a version, as the publisher of a replica does."""
    version, line = Version(digest, ANN, "sent", NOON), AuditEntry(NOON, ANN, "publish", "x", "", "")
    async with store.recording(version, digest.encode(), line, draft=None, base=base):
        pass
