"""Accepts updates from polling or the webhook, handles each once and in order, and tells when Telegram may delete them.

States of an update:

    accepted ──> running ──> done ──> recorded
        │           │          ▲
        │           └─ parked ─┘        or, instead of these: known, elsewhere, set aside, dropped

- *Known*: its id was handled, and the storage still remembers it.
- *Elsewhere* (only with replicas): another replica is handling it. It stays unsafe here, so Telegram sends it again
  until that replica has handled it. An update whose chat is busy in another replica is parked by the storage. Replicas
  call `restore` every second, which gives it to one of them.
- *Set aside*: it does not fit the Bot API (see `incoming`).
- *Dropped*: the backlog of its chat is full, or it is from a group while groups occupy half of all places. Anybody can
  create groups; without this limit seven hundred of them with full backlogs would leave no place for a person. The chat
  gets one notice after its backlog. Updates that are set aside or dropped are recorded like handled ones.
- Every other update becomes a job of the `ChatQueue`, which runs one job at a time in a chat, and many chats at a time.
- An update is *safe* when Telegram may delete it, that is, when it is done or parked. To park an update is to write its
  JSON into the database while its job continues. `secure` returns when all given updates are safe: it waits a short
  time for them to be done (most need one search and one call) and parks the rest. If the last update of a chat was
  slow, its next one is parked at once.
- `run_recorder` collects the ids of done updates for 50 ms, writes them, and deletes their parked JSON. Answers do not
  wait for it.

Invariants:

1. An update is confirmed to Telegram only when it is safe, so a crash loses none. Telegram sends the others again, and
   `restore` starts the parked ones.
2. After a crash an update may be handled a second time, if its answer was sent and its id was not recorded yet: within
   those 50 ms, or for as long as the database fails. After k crashes a question has at most k + 1 answers.
3. Updates of one chat are handled in the order of their ids, also across a restart: parked ones come first.
4. A stuck chat delays no other chat: `secure` returns after `MAX_GRACE` and one commit, whatever the jobs do. It does
   not wait longer than `PARK_PATIENCE` for the commit. While the database is slow or fails, updates stay unsafe; see
   `polling` and `webhook` for what they do then.

Cost of parking: one commit for each batch with a slow update (0.3 to 5 ms on SQLite), and the text of the update stays
in the database until it is handled. The text of an update that is handled in time is never written. The waiting time
follows a moving average of the handling time, so a slow connection to Telegram does not park everything.

Why this waiting time: a call of the webhook stays open until its updates are safe, and Telegram opens a limited
number of them; polling stops for a full batch only. Without any wait every question would be written to disk, which
costs a commit and stores a citizen's text for a moment.

Tests: tests/telegram_api/test_update_queue.py, test_isolation.py; kills in tests/process/test_process.py.
"""

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

import structlog
from telegram import Update

from bot.errors import StorageError
from bot.metrics import UPDATE_SECONDS, UPDATES, UPDATES_PARKED
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.health import Health
from bot.telegram_api.incoming import Incoming, SetAside, read_update
from bot.telegram_api.message_numbers import MessageNumbers
from bot.telegram_api.pending_update import PendingUpdate, wait_until_safe
from bot.telegram_api.ports import Claimed, UpdateStore
from bot.telegram_api.update_json import read_json

#: The shortest and the longest time, in seconds, that `secure` waits for updates to be done.
MIN_GRACE, MAX_GRACE = 0.2, 0.4
#: The wait is this many times the usual handling time; most updates are done by then.
_GRACE_FACTOR = 1.5
#: Weight of one update in the moving average of the handling time; times longer than `_UNUSUAL` seconds are ignored.
_WEIGHT, _UNUSUAL = 0.05, 1.0
#: The maximum number of updates that are waited for at once; Telegram sends up to 100 at once to a webhook.
_MAX_WAITING = 32
#: Seconds by which updates of groups are deferred: after a full batch, and while many webhook calls wait.
_DEFERRAL, _SHORT_DEFERRAL = 0.3, 0.1
#: The maximum number of unfinished updates; further ones stay with Telegram. At most half may be from groups.
MAX_OPEN = 20_000
#: Seconds for which ids of handled updates are collected for one commit.
_GATHERING = 0.05
_MAX_PAUSE = 30.0
#: Seconds that `secure` waits for a commit, and after which an unfinished commit counts as failed.
PARK_PATIENCE, _PARK_TIMEOUT = 0.25, 2.0

log = structlog.get_logger()


class UpdateHandlers(Protocol):
    """Handles updates; neither method raises."""

    async def handle(self, update: Update) -> None:
        """Handle the update."""

    async def reject(self, update: Update) -> None:
        """Tell the chat that this update, and perhaps later ones, were dropped."""


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
        numbers: MessageNumbers,
    ) -> None:
        self._handlers = handlers
        self._store = store
        self._chat_queue = chat_queue
        self._health = health
        self._now = now
        self._numbers = numbers
        self._open: dict[int, PendingUpdate] = {}
        self._open_of_groups = 0
        self._unrecorded: set[int] = set()
        self._has_unrecorded = asyncio.Event()
        self._has_ended = asyncio.Event()
        self._parking: asyncio.Task[None] | None = None
        self._to_park: dict[int, PendingUpdate] = {}
        self._notified: set[Hashable] = set()
        self._usual_time = 0.0
        self._waiting_for = 0
        self.dropped = 0

    @property
    def in_flight(self) -> int:
        """The number of updates that are running or waiting."""
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """Whether no further updates should be accepted for now."""
        return len(self._open) >= MAX_OPEN

    async def accept(self, values: Iterable[Any]) -> list[PendingUpdate]:
        """Start to handle the new updates; return a pending update for each value, including known ones.

        A value without a usable update_id is logged and left out.
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
                        # Entered before the first await, so that a second copy finds this one.
                        self._open[number] = PendingUpdate(incoming, now)
                        self._numbers.note(value.get("message"))
                        fresh.append(self._open[number])
                    accepted[number] = self._open[number]
        await self._start_unhandled(fresh)
        return list(accepted.values())

    async def secure(self, updates: Collection[PendingUpdate], *, is_backlog: bool = False) -> bool:
        """Wait until all updates are handled or parked; return False if the database is too slow or fails for some.

        `is_backlog` says that Telegram has more updates: then it does not wait for jobs, and groups are handled later.
        """
        if is_backlog:
            self._chat_queue.defer_others(_DEFERRAL)
        if any(update.is_elsewhere for update in updates):
            return False
        waiting = [update for update in updates if not update.is_safe]
        not_slow = [update for update in waiting if not self._is_slow(update)]
        await self._wait_for(not_slow, 0.0 if is_backlog else self._grace)
        unsafe = [update for update in waiting if not update.is_safe]
        return not unsafe or await self._park(unsafe)

    async def until_not_full(self) -> None:
        """Wait until updates can be accepted."""
        await self._until(lambda: not self.is_full)

    async def restore(self) -> None:
        """Start to handle parked updates: those that an ended program left, and those that wait for a replica."""
        try:
            parked = await self._store.parked()
        except Exception as error:  # noqa: BLE001 - they stay parked, and are handled after another start
            self._report_database(error)
            return
        for number, body in parked:
            if number in self._open:
                continue
            incoming = read_update(read_json(body.encode()))
            if not isinstance(incoming, Incoming):
                self._unrecorded.add(number)
                self._has_unrecorded.set()
                continue
            update = PendingUpdate(incoming, asyncio.get_running_loop().time(), is_safe=True)
            self._open[number] = update
            self._submit(update)

    async def drain(self, seconds: float) -> None:
        """Wait for the jobs at most `seconds`, cancel the rest, and record what was done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(lambda: not self._open)
        await self._chat_queue.abandon()
        if self._parking is not None:
            await self._parking
        if self._unrecorded:
            await self._record()

    async def run_recorder(self) -> None:
        """Write the ids of handled updates until cancelled."""
        pause = _GATHERING
        while True:
            await self._has_unrecorded.wait()
            await asyncio.sleep(pause)
            self._has_unrecorded.clear()
            if self._unrecorded and not await self._record():
                self._has_unrecorded.set()
                pause = min(max(pause, 0.5) * 2, _MAX_PAUSE)
            else:
                pause = _GATHERING

    # --- From accepted to done ---

    async def _start_unhandled(self, fresh: Sequence[PendingUpdate]) -> None:
        claimed = await self._claim([update.incoming for update in fresh])
        for update in fresh:
            if update.id in claimed.elsewhere:
                del self._open[update.id]
                update.is_elsewhere = True
                UPDATES.labels("elsewhere").inc()
            elif update.id not in claimed.own or update.id in self._unrecorded:
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
            self._open_of_groups -= update.incoming.is_of_group
            ended = asyncio.get_running_loop().time()
            self._note_time(ended - started)
            self._finish(update)
            UPDATES.labels("handled").inc()
            UPDATE_SECONDS.observe(ended - update.accepted_at)

        self._open_of_groups += update.incoming.is_of_group
        self._chat_queue.submit(update.incoming.chat, job)

    def _is_dropped(self, update: PendingUpdate) -> bool:
        chat = update.incoming.chat
        has_place = not update.incoming.is_of_group or self._open_of_groups < MAX_OPEN // 2
        if has_place and self._chat_queue.backlog(chat) < update.incoming.max_backlog:
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
        """Wait until all are safe, at most `seconds`. Return at once while many wait, since each holds a connection."""
        if self._waiting_for >= _MAX_WAITING:
            self._chat_queue.defer_others(_SHORT_DEFERRAL)
            return
        self._waiting_for += len(updates)
        try:
            await wait_until_safe(updates, seconds)
        finally:
            self._waiting_for -= len(updates)

    async def _park(self, updates: Collection[PendingUpdate]) -> bool:
        """Park updates; return whether all of them are safe now, because they were parked or done.

        Calls at the same time share one commit.
        """
        self._to_park.update((update.id, update) for update in updates)
        if self._parking is None or self._parking.done():
            self._parking = asyncio.create_task(self._write_all_parked())
        safe = asyncio.ensure_future(wait_until_safe(updates, PARK_PATIENCE))
        await asyncio.wait((safe, self._parking), return_when=asyncio.FIRST_COMPLETED)
        safe.cancel()
        return all(update.is_safe for update in updates)

    async def _write_all_parked(self) -> None:
        while batch := [update for update in self._to_park.values() if not update.is_safe]:
            self._to_park.clear()
            await self._write_parked(batch)

    async def _write_parked(self, batch: Sequence[PendingUpdate]) -> None:
        try:
            async with asyncio.timeout(_PARK_TIMEOUT):
                await self._store.park([update.incoming for update in batch], self._now())
        except Exception as error:  # noqa: BLE001 - any fault of the database means: not parked, so not confirmed
            self._report_database(error)
            return
        log.debug("parked", updates=len(batch))
        UPDATES_PARKED.inc(len(batch))
        for update in batch:
            if update.is_done:
                # Done while it was being written; the next record deletes it.
                self._unrecorded.add(update.id)
                self._has_unrecorded.set()
            if not update.is_safe:
                update.set_safe()

    # --- Records ---

    async def _record(self) -> bool:
        batch = sorted(self._unrecorded)
        try:
            await self._store.handled(batch, self._now(), newest_message=self._numbers.newest)
        except Exception as error:  # noqa: BLE001 - any fault of the database means: try again later
            self._report_database(error)
            return False
        self._unrecorded.difference_update(batch)
        self._health.resolve("database")
        return True

    async def _claim(self, updates: Sequence[Incoming]) -> Claimed:
        numbers = {update.id for update in updates}
        try:
            return await self._store.claim(updates, self._now()) if updates else Claimed(own=set())
        except Exception as error:  # noqa: BLE001 - without a database people still get their answers
            self._report_database(error)
            return Claimed(own=numbers)

    def _report_database(self, error: Exception) -> None:
        unknown = f"The database cannot be used at the moment ({type(error).__name__}); it is tried again."
        self._health.report("database", str(error) if isinstance(error, StorageError) else unknown)
