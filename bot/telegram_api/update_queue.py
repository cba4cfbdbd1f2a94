"""Where every update passes, from getUpdates or from the webhook: handled once, in order, confirmed when it is safe.

States of an update:

    accepted ──> running ──> done ──> recorded
        │           │          ▲
        │           └─ parked ─┘        and, instead of all this: set aside, dropped, or known already

- `accept` takes updates in. One whose id was handled in the last two days is known already. One that does not fit the
  Bot API is *set aside* (see `incoming`). One of a chat that has a full backlog is *dropped*: the
  chat gets one notice after its backlog. All of them are recorded like handled ones, so a copy is not handled either.
- The others become jobs of the `ChatQueue`: one at a time in a chat, many chats at a time.
- *Safe* means that Telegram may forget the update: it is done, or it is parked. To park is to write its JSON into the
  database; the job goes on meanwhile. `secure` returns when all given updates are safe: it waits a short time for them
  to be done (most need one search and one call) and parks the others. An update of a chat whose last one was slow is
  parked at once.
- `record_handled` writes the ids of done updates, gathered for 50 ms, and removes their parked JSON. Answers do not
  wait for it.

Invariants:

1. An update is confirmed to Telegram only when it is safe. So a crash loses none: one that is neither done nor parked
   comes again, one that is parked is started again by `restore`.
2. After a crash an update may be handled a second time: between its answer and its record lie at most the 50 ms of the
   gathering, or the time until the database works again.
3. Updates of one chat are handled in the order of their ids, also across a restart: parked ones come first.
4. Nobody waits for a stuck chat: `secure` returns after `MAX_GRACE` and one commit, whatever jobs do. If the database
   fails, updates stay unsafe; `polling` and `webhook` say what that means.

What parking costs: one commit for each batch that has a slow update (0.3 to 5 ms on SQLite), and the text of the update
stays in the database until it was handled. A chat that is answered in time leaves no text there. The wait follows the
time that updates took lately, so a slow line to Telegram does not park everything.

Tests: tests/telegram_api/test_update_queue.py, test_isolation.py; kills in tests/process/test_process.py.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from telegram import Update

from bot.errors import StorageError
from bot.metrics import UPDATE_SECONDS, UPDATES, UPDATES_PARKED
from bot.people.ports import UpdateStore
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.health import Health
from bot.telegram_api.incoming import Incoming, SetAside, read_update

#: Seconds that `secure` waits for updates to be done, at least and at most.
MIN_GRACE, MAX_GRACE = 0.2, 0.4
#: The wait is this many times the usual time of an update.
_GRACE_FACTOR = 1.5
#: What one more update changes in the usual time. One that took longer than a second says nothing about others.
_WEIGHT, _UNUSUAL = 0.05, 1.0
#: Updates that are waited for at the same time; Telegram sends up to 100 to a webhook.
_MAX_WAITING = 32
#: Seconds for which a full batch, and many waiting calls of the webhook, defer the updates of groups.
_DEFERRAL, _SHORT_DEFERRAL = 0.3, 0.1
#: Unfinished updates of all chats; beyond this, updates stay at Telegram.
MAX_OPEN = 20_000
#: Seconds in which ids of handled updates gather, to be written in one commit.
_GATHERING = 0.05
_LONGEST_PAUSE = 30.0
#: Seconds after which a commit that does not end counts as failed.
_PARK_TIMEOUT = 2.0

log = structlog.get_logger()


class UpdateHandlers(Protocol):
    """What is done with updates; neither raises."""

    async def handle(self, update: Update) -> None:
        """Do what the update asks for."""

    async def reject(self, update: Update) -> None:
        """Say that this update, and maybe others of its chat, were dropped."""


@dataclass(slots=True, eq=False)
class PendingUpdate:
    """An update that was accepted."""

    incoming: Incoming
    accepted_at: float  #: on the event loop's clock
    is_done: bool = False
    is_safe: bool = False
    _callbacks: list[Callable[[], None]] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The update_id."""
        return self.incoming.id

    def when_safe(self, callback: Callable[[], None]) -> None:
        """Call it when the update becomes safe, which it is not yet."""
        self._callbacks.append(callback)

    def set_safe(self) -> None:
        """Telegram may forget it from now on."""
        self.is_safe = True
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class UpdateQueue:
    """Accepts updates and remembers which were handled."""

    def __init__(
        self,
        handlers: UpdateHandlers,
        *,
        store: UpdateStore,
        chat_queue: ChatQueue,
        health: Health,
        now: Callable[[], datetime],
    ) -> None:
        self._handlers = handlers
        self._store = store
        self._chat_queue = chat_queue
        self._health = health
        self._now = now
        self._open: dict[int, PendingUpdate] = {}
        self._unrecorded: set[int] = set()
        self._has_unrecorded = asyncio.Event()
        self._has_ended = asyncio.Event()
        self._parking = asyncio.Lock()
        self._to_park: dict[int, PendingUpdate] = {}
        self._notified: set[Hashable] = set()
        self._usual_time = 0.0
        self._waiting_for = 0
        self.dropped = 0

    @property
    def in_flight(self) -> int:
        """How many updates are being handled or wait for it."""
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """Whether no more updates should be accepted at present."""
        return len(self._open) >= MAX_OPEN

    async def accept(self, values: Iterable[Any]) -> list[PendingUpdate]:
        """Start to handle the updates that are new; a pending update for each one, known ones included.

        What has no usable update_id is logged and left out.
        """
        accepted: dict[int, PendingUpdate] = {}
        fresh: list[PendingUpdate] = []
        now = asyncio.get_running_loop().time()
        for value in values:
            match read_update(value):
                case SetAside(id=number, reason=reason):
                    log.warning("update_set_aside", update=number, reason=reason)
                    if number is not None and number not in self._open:
                        accepted[number] = self._set_aside(Incoming(number, {}, None), now)
                case Incoming(id=number) as incoming:
                    if number not in self._open:
                        # Entered before anything is awaited: a second copy finds the first one.
                        self._open[number] = PendingUpdate(incoming, now)
                        fresh.append(self._open[number])
                    accepted[number] = self._open[number]
        await self._start_unhandled(fresh)
        return list(accepted.values())

    async def secure(self, updates: Collection[PendingUpdate], *, is_backlog: bool = False) -> bool:
        """Wait until all are handled or parked; False if some are not, because the database fails.

        `is_backlog`: Telegram has more updates, so there is no wait, and groups have theirs handled later.
        """
        if is_backlog:
            self._chat_queue.defer_others(_DEFERRAL)
        waiting = [update for update in updates if not update.is_safe]
        hopeful = [update for update in waiting if not self._is_slow(update)]
        await self._wait_for(hopeful, 0.0 if is_backlog else self._grace)
        unsafe = [update for update in waiting if not update.is_safe]
        return not unsafe or await self._park(unsafe)

    async def until_not_full(self) -> None:
        """Return when updates can be accepted."""
        await self._until(lambda: not self.is_full)

    async def restore(self) -> None:
        """Start to handle what was parked when the program ended."""
        try:
            parked = await self._store.parked()
        except Exception as error:  # noqa: BLE001 - they stay parked, and are handled after another start
            self._report_database(error)
            return
        for number, body in parked:
            incoming = read_update(_parse(body))
            if not isinstance(incoming, Incoming):
                self._unrecorded.add(number)
                self._has_unrecorded.set()
                continue
            update = PendingUpdate(incoming, asyncio.get_running_loop().time(), is_safe=True)
            self._open[number] = update
            self._submit(update)

    async def drain(self, seconds: float) -> None:
        """Let jobs end, cancel those that do not end in time, and record what was done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(lambda: not self._open)
        await self._chat_queue.abandon()
        if self._unrecorded:
            await self._record()

    async def record_handled(self) -> None:
        """Write the ids of handled updates, without end; answers never wait for it."""
        pause = _GATHERING
        while True:
            await self._has_unrecorded.wait()
            await asyncio.sleep(pause)
            self._has_unrecorded.clear()
            if self._unrecorded and not await self._record():
                self._has_unrecorded.set()
                pause = min(max(pause, 0.5) * 2, _LONGEST_PAUSE)
            else:
                pause = _GATHERING

    # --- From accepted to done ---

    async def _start_unhandled(self, fresh: Sequence[PendingUpdate]) -> None:
        unhandled = await self._unhandled([update.id for update in fresh])
        for update in fresh:
            if update.id not in unhandled or update.id in self._unrecorded:
                del self._open[update.id]
                update.is_done = True
                update.set_safe()
                UPDATES.labels("known").inc()
            elif self._is_dropped(update):
                self._finish(update)
            else:
                self._submit(update)

    def _set_aside(self, incoming: Incoming, now: float) -> PendingUpdate:
        update = PendingUpdate(incoming, now)
        self._open[update.id] = update
        self._finish(update)
        UPDATES.labels("set_aside").inc()
        return update

    def _submit(self, update: PendingUpdate) -> None:
        async def job() -> None:
            started = asyncio.get_running_loop().time()
            if parsed := update.incoming.parse():
                await self._handlers.handle(parsed)
            ended = asyncio.get_running_loop().time()
            self._note_time(ended - started)
            self._finish(update)
            UPDATES.labels("handled").inc()
            UPDATE_SECONDS.observe(ended - update.accepted_at)

        self._chat_queue.submit(update.incoming.chat, job)

    def _is_dropped(self, update: PendingUpdate) -> bool:
        chat = update.incoming.chat
        if self._chat_queue.backlog(chat) < update.incoming.max_backlog:
            if self._notified and not self._chat_queue.has_backlog(chat):
                self._notified.discard(chat)
            return False
        self.dropped += 1
        UPDATES.labels("dropped").inc()
        if chat not in self._notified:
            self._notified.add(chat)
            log.warning("updates_dropped", first=update.id, dropped=self.dropped)
            self._chat_queue.submit(chat, lambda: self._reject(update))
        return True

    async def _reject(self, update: PendingUpdate) -> None:
        if parsed := update.incoming.parse():
            await self._handlers.reject(parsed)

    def _finish(self, update: PendingUpdate) -> None:
        del self._open[update.id]
        update.is_done = True
        self._unrecorded.add(update.id)
        self._has_unrecorded.set()
        self._has_ended.set()
        if not update.is_safe:
            update.set_safe()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._has_ended.clear()
            await self._has_ended.wait()

    def _note_time(self, seconds: float) -> None:
        if seconds < _UNUSUAL:
            self._usual_time += (seconds - self._usual_time) * _WEIGHT

    # --- Parking ---

    @property
    def _grace(self) -> float:
        return min(max(MIN_GRACE, self._usual_time * _GRACE_FACTOR), MAX_GRACE)

    def _is_slow(self, update: PendingUpdate) -> bool:
        return self._chat_queue.is_slow(update.incoming.chat)

    async def _wait_for(self, updates: Collection[PendingUpdate], seconds: float) -> None:
        """Wait until all are safe, or so long. Not while many others wait, for each holds a connection of Telegram."""
        if self._waiting_for >= _MAX_WAITING:
            self._chat_queue.defer_others(_SHORT_DEFERRAL)
            return
        self._waiting_for += len(updates)
        try:
            await _safe_within(updates, seconds)
        finally:
            self._waiting_for -= len(updates)

    async def _park(self, updates: Iterable[PendingUpdate]) -> bool:
        """Write updates that are not safe; callers at the same time share one commit. Whether all of them are safe."""
        updates = list(updates)
        self._to_park.update((update.id, update) for update in updates)
        async with self._parking:
            # Those who waited for the lock find their updates in the batch of the one before them.
            if any(update.id in self._to_park for update in updates):
                batch = [update for update in self._to_park.values() if not update.is_safe]
                self._to_park.clear()
                await self._write_parked(batch)
        return all(update.is_safe for update in updates)

    async def _write_parked(self, batch: Sequence[PendingUpdate]) -> None:
        bodies = [(update.id, json.dumps(update.incoming.raw)) for update in batch]
        try:
            async with asyncio.timeout(_PARK_TIMEOUT):
                await self._store.park(bodies, self._now())
        except Exception as error:  # noqa: BLE001 - any fault of the database means: not parked, so not confirmed
            self._report_database(error)
            return
        log.debug("parked", updates=len(batch))
        UPDATES_PARKED.inc(len(batch))
        for update in batch:
            if update.is_done:
                # Done while it was written: the next record removes it.
                self._unrecorded.add(update.id)
                self._has_unrecorded.set()
            if not update.is_safe:
                update.set_safe()

    # --- Records ---

    async def _record(self) -> bool:
        batch = sorted(self._unrecorded)
        try:
            await self._store.handled(batch, self._now())
        except Exception as error:  # noqa: BLE001 - any fault of the database means: try again later
            self._report_database(error)
            return False
        self._unrecorded.difference_update(batch)
        self._health.resolve("database")
        return True

    async def _unhandled(self, numbers: list[int]) -> set[int]:
        try:
            return await self._store.unhandled(numbers) if numbers else set()
        except Exception as error:  # noqa: BLE001 - without a database people still get their answers
            self._report_database(error)
            return set(numbers)

    def _report_database(self, error: Exception) -> None:
        unknown = f"The database cannot be used at the moment ({type(error).__name__}); it is tried again."
        self._health.report("database", str(error) if isinstance(error, StorageError) else unknown)


async def _safe_within(updates: Collection[PendingUpdate], seconds: float) -> None:
    """Return when all are safe, or after `seconds`."""
    left = len(updates)
    if not left:
        return
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            end()

    def end() -> None:
        if not ready.done():
            ready.set_result(None)

    for update in updates:
        update.when_safe(note)
    timer = loop.call_later(seconds, end)
    try:
        await ready
    finally:
        timer.cancel()


def _parse(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
