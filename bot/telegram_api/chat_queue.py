"""Many chats at a time, each in its own order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

Job = Callable[[], Awaitable[None]]


class ChatQueue:
    """One lane per chat: its jobs run one after the other; up to `width` lanes run at a time.

    Lanes take turns, in the order in which their first waiting job arrived: a chat that sends a thousand jobs
    waits behind a chat that sends one.
    """

    def __init__(self, width: int = 128) -> None:
        self._width = width
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._turns: deque[Hashable] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Task[None] | None = None

    def submit(self, lane: Hashable, job: Job) -> None:
        """Run a job, which must not fail, when its turn comes."""
        if lane in self._waiting:
            self._waiting[lane].append(job)
            return
        self._waiting[lane] = deque([job])
        self._turns.append(lane)
        self._wake()

    async def abandon(self) -> None:
        """Stop at once whatever still runs or waits."""
        self._turns.clear()
        self._waiting.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _wake(self) -> None:
        if self._turns and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        """Start what may run, one job in each turn of the event loop.

        A hundred at once would each think before any of them, or the poller, gets to the wire again.
        """
        while self._turns and len(self._running) < self._width:
            task = asyncio.create_task(self._run(self._turns.popleft()))
            self._running.add(task)
            task.add_done_callback(self._ended)
            await asyncio.sleep(0)

    async def _run(self, lane: Hashable) -> None:
        await self._waiting[lane].popleft()()
        # Looked up again: the lanes may have been abandoned meanwhile.
        if self._waiting.get(lane):
            self._turns.append(lane)
        else:
            self._waiting.pop(lane, None)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake()
