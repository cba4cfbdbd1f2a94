"""Runs the jobs of one chat one after the other, and the jobs of many chats at the same time.

A job usually computes for a few milliseconds and waits for one call to Telegram. All jobs share one event loop, so a
question can be late for two reasons: its job was not started, or other jobs computed between its steps. A question
takes about twenty steps of the event loop from arrival to answer; if another chat's job computes for 5 ms between each
two of them, the answer is 100 ms late. These rules keep chats apart:

- **Places.** At most `width` jobs run at a time. A job that takes longer than `PLACE_TIME` is waiting for something (a
  429, a call without an answer): it gives its place to another job and continues without one. Any number of chats can
  be stuck in this way.
- **Two lines.** `_first` contains people with few waiting jobs; `_others` contains groups and chats with a backlog.
  `_first` has priority, but every ninth turn belongs to `_others`, so they make progress too. Every chat with waiting
  jobs gets one turn before any chat gets a second one.
- **Pace.** Jobs of `_others` start at most `others_per_second` times a second, which is more than Telegram lets the bot
  send. A hundred groups that ask at once leave most of the processor, and most steps of the event loop, to people. Jobs
  of people have no such limit.
- **Deferral.** While Telegram has a backlog of updates, `_others` wait (`defer_others`): a person's question may be
  further back, and must be fetched first.
- **Backlog.** `backlog` returns the number of waiting jobs of a chat. The caller limits what it submits.

Measurements: tests/bench/isolation.py. Tests: tests/telegram_api/test_chat_queue.py, test_isolation.py.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

from cachetools import LRUCache

Job = Callable[[], Awaitable[None]]

#: A job that runs longer than this many seconds gives its place to others.
PLACE_TIME = 0.25
#: The most slow chats that are remembered.
_REMEMBERED = 10_000
#: Starts per second of jobs of groups and of chats with a backlog: twice as many as Telegram lets a bot send.
OTHERS_PER_SECOND = 60.0
#: A person with more waiting jobs has a backlog.
_FEW = 2
#: The number of turns for people before one for the others.
_TURNS_BEFORE_OTHERS = 8


class ChatQueue:
    """Jobs by chat. Jobs must not raise."""

    def __init__(self, width: int = 128, *, others_per_second: float = OTHERS_PER_SECOND) -> None:
        self._free = width
        self._interval = 1 / others_per_second
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._first: deque[Hashable] = deque()
        self._others: deque[Hashable] = deque()
        self._turns = 0
        self._others_from = 0.0  #: when the next job of the others may start, on the event loop's clock
        self._running: dict[asyncio.Task[None], Hashable] = {}
        #: chats whose last job gave up its place
        self._slow: LRUCache[Hashable, None] = LRUCache(_REMEMBERED)
        self._starting: asyncio.Task[None] | None = None

    def submit(self, chat: Hashable, job: Job) -> None:
        """Run a job after the earlier jobs of its chat."""
        if chat in self._waiting:
            self._waiting[chat].append(job)
            return
        self._waiting[chat] = deque([job])
        self._queue(chat)

    def defer_others(self, seconds: float) -> None:
        """Start no job of groups and of chats with a backlog for this many seconds."""
        loop = asyncio.get_running_loop()
        self._others_from = max(self._others_from, loop.time() + seconds)
        loop.call_later(seconds, self._wake)

    def backlog(self, chat: Hashable) -> int:
        """The number of jobs of a chat that wait for the running one."""
        return len(self._waiting.get(chat, ()))

    def has_backlog(self, chat: Hashable) -> bool:
        """Whether more jobs of a chat wait than a person who types two questions would cause."""
        return self.backlog(chat) > _FEW

    def is_slow(self, chat: Hashable) -> bool:
        """Whether a job that is submitted now is unlikely to end soon."""
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
        """Start jobs, one in each turn of the event loop.

        If a hundred started at once, all would compute before any of them, or the poller, could use its socket again.
        """
        while self._may_start():
            self._run(self._next())
            await asyncio.sleep(0)

    def _may_start(self) -> bool:
        return self._free > 0 and (bool(self._first) or self._may_start_others())

    def _may_start_others(self) -> bool:
        return bool(self._others) and asyncio.get_running_loop().time() >= self._others_from

    def _next(self) -> Hashable:
        """The chat whose job starts next; there must be one."""
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
        # Look up again: the jobs may have been abandoned meanwhile.
        if self._waiting.get(chat):
            self._queue(chat)
        else:
            self._waiting.pop(chat, None)
        self._wake()
