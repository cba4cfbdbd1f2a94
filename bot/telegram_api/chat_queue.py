"""Runs the jobs of one chat one after the other, and those of many chats at the same time.

A job normally computes for a few milliseconds and waits for one call of Telegram. All jobs share one event loop, so a
question is late for two reasons: its job was not started, or other jobs computed between its steps. A question takes
about twenty steps of the event loop from its arrival to its answer; if a job of another chat computes for 5 ms in each
of them, the answer is 100 ms late. These rules keep chats apart:

- **Places.** At most `width` jobs run at a time. A job that has not ended after `PLACE_TIME` waits for something (a
  429, a call that gets no answer), so it gives its place to another job and goes on without one. Any number of chats
  can be stuck in this way.
- **Two lines.** `_first` has the persons with few waiting jobs, `_others` has groups and chats with a backlog. `_first`
  goes before `_others`; of nine turns one belongs to `_others`, so that they go on as well. Each chat that has waiting
  jobs gets one turn before any gets its second one.
- **Pace.** Jobs of `_others` start at most `others_per_second` times a second, which is more than Telegram lets the bot
  send. So a hundred groups that ask at once leave most of the processor, and most steps of the event loop, to persons.
  Jobs of persons are never paced.
- **Deferral.** While Telegram has a backlog of updates, `_others` wait (`defer_others`): a person's question may be
  behind that backlog, and must be fetched first.
- **Backlog.** `backlog` tells how many jobs of a chat wait. The caller must not submit more than it wants to keep.

Measurements: tests/bench/isolation.py. Tests: tests/telegram_api/test_chat_queue.py, test_isolation.py.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

from cachetools import LRUCache

Job = Callable[[], Awaitable[None]]

#: Seconds after which a job that has not ended gives its place to others.
PLACE_TIME = 0.25
_REMEMBERED = 10_000
#: Starts of jobs of groups and of chats with a backlog in a second: twice as many as Telegram lets a bot send.
OTHERS_PER_SECOND = 60.0
#: A person with more waiting jobs than this has a backlog.
_FEW = 2
#: The turns of persons after which one of the others is next.
_TURNS_BEFORE_OTHERS = 8


class ChatQueue:
    """Jobs by chat. A job must not raise."""

    def __init__(self, width: int = 128, *, others_per_second: float = OTHERS_PER_SECOND) -> None:
        self._free = width
        self._interval = 1 / others_per_second
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._first: deque[Hashable] = deque()
        self._others: deque[Hashable] = deque()
        self._turns = 0
        self._others_from = 0.0  #: when the next job of the others may start, on the event loop's clock
        self._running: dict[asyncio.Task[None], Hashable] = {}
        #: chats whose last job gave its place up
        self._slow: LRUCache[Hashable, None] = LRUCache(_REMEMBERED)
        self._starting: asyncio.Task[None] | None = None

    def submit(self, chat: Hashable, job: Job) -> None:
        """Run a job when those before it in its chat have ended."""
        if chat in self._waiting:
            self._waiting[chat].append(job)
            return
        self._waiting[chat] = deque([job])
        self._queue(chat)

    def defer_others(self, seconds: float) -> None:
        """Start no job of groups and of chats with a backlog for this time."""
        loop = asyncio.get_running_loop()
        self._others_from = max(self._others_from, loop.time() + seconds)
        loop.call_later(seconds, self._wake)

    def backlog(self, chat: Hashable) -> int:
        """How many jobs of a chat wait for the running one."""
        return len(self._waiting.get(chat, ()))

    def has_backlog(self, chat: Hashable) -> bool:
        """Whether more jobs of a chat wait than those of a person who types two questions."""
        return self.backlog(chat) > _FEW

    def is_slow(self, chat: Hashable) -> bool:
        """Whether a job of a chat that is submitted now will hardly end soon."""
        return chat in self._slow or self.has_backlog(chat)

    async def abandon(self) -> None:
        """Cancel running jobs and forget waiting ones."""
        self._first.clear()
        self._others.clear()
        self._waiting.clear()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _queue(self, chat: Hashable) -> None:
        is_group = isinstance(chat, int) and chat < 0
        (self._others if is_group or self.has_backlog(chat) else self._first).append(chat)
        self._wake()

    def _wake(self) -> None:
        if self._may_start() and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        """Start what may run, one job in each turn of the event loop.

        A hundred at once would each compute before any of them, or the poller, gets to its socket again.
        """
        while self._may_start():
            self._run(self._next())
            await asyncio.sleep(0)

    def _may_start(self) -> bool:
        return self._free > 0 and (bool(self._first) or self._may_start_others())

    def _may_start_others(self) -> bool:
        return bool(self._others) and asyncio.get_running_loop().time() >= self._others_from

    def _next(self) -> Hashable:
        """The chat whose job is started now; some may start."""
        self._turns += 1
        is_theirs = self._turns % (_TURNS_BEFORE_OTHERS + 1) == 0
        if self._first and not (is_theirs and self._may_start_others()):
            return self._first.popleft()
        self.defer_others(self._interval)
        return self._others.popleft()

    def _run(self, chat: Hashable) -> None:
        loop = asyncio.get_running_loop()
        job = self._waiting[chat].popleft()
        self._free -= 1
        task = asyncio.ensure_future(job())
        self._running[task] = chat
        place = loop.call_later(PLACE_TIME, self._give_place_up, chat)
        task.add_done_callback(lambda ended: self._ended(ended, place))

    def _give_place_up(self, chat: Hashable) -> None:
        self._slow[chat] = None
        self._free += 1
        self._wake()

    def _ended(self, task: asyncio.Task[None], place: asyncio.TimerHandle) -> None:
        chat = self._running.pop(task)
        if place.when() > asyncio.get_running_loop().time():
            self._slow.pop(chat, None)
            place.cancel()
            self._free += 1
        # Looked up again: the jobs may have been abandoned meanwhile.
        if self._waiting.get(chat):
            self._queue(chat)
        else:
            self._waiting.pop(chat, None)
        self._wake()
