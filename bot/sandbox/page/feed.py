"""Delivers events to the open pages."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bot.sandbox.page.ports import Json

#: A page with more waiting events is disconnected; it reconnects and gets a snapshot.
_MAX_WAITING = 2000


class Feed:
    """Delivers each event to every open page, in order."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Json | None]] = set()

    def publish(self, event: str, **content: object) -> None:
        """Queue an event for every open page."""
        for queue in self._queues:
            if queue.qsize() < _MAX_WAITING:
                queue.put_nowait({"event": event, **content})
            elif queue.qsize() == _MAX_WAITING:
                queue.put_nowait(None)

    @contextmanager
    def subscription(self) -> Iterator[asyncio.Queue[Json | None]]:
        """A queue with the events from now on; a final None means that the page is too slow."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)
