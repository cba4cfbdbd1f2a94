"""Many chats at a time, each in its own order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

Job = Callable[[], Awaitable[None]]


class Lanes:
    """One lane per chat: its jobs run one after the other; up to `width` lanes run at a time.

    Lanes take turns, in the order in which their first waiting job arrived: a chat that sends a thousand jobs
    waits behind a chat that sends one.
    """

    def __init__(self, width: int = 128) -> None:
        self._width = width
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._turns: deque[Hashable] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    def submit(self, lane: Hashable, job: Job) -> None:
        """Run a job, which must not fail, when its turn comes."""
        if lane in self._waiting:
            self._waiting[lane].append(job)
            return
        self._waiting[lane] = deque([job])
        self._turns.append(lane)
        if len(self._workers) < self._width:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def abandon(self) -> None:
        """Stop at once whatever still runs or waits."""
        self._turns.clear()
        self._waiting.clear()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        while self._turns:
            lane = self._turns.popleft()
            await self._waiting[lane].popleft()()
            # Looked up again: the lanes may have been abandoned meanwhile.
            if self._waiting.get(lane):
                self._turns.append(lane)
            else:
                self._waiting.pop(lane, None)
