"""Where every update passes, whichever way it came: once each, in order, safe before it is confirmed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from telegram import Update

from bot.errors import StorageError
from bot.people.ports import UpdateStore
from bot.telegram_api.chat_queue import ChatQueue
from bot.telegram_api.health import Health

#: An update as Telegram sends it.
Raw = dict[str, Any]

#: Seconds after which an update that is still being handled is parked, so that it can be confirmed.
PATIENCE = 10.0
#: Seconds in which handled updates gather, to be written with one stroke of the disk.
_GATHERING = 0.02
_LONGEST_PAUSE = 30.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class PendingUpdate:
    """An update on its way."""

    raw: Raw
    arrived: float  #: on the event loop's clock
    safe: asyncio.Event = field(default_factory=asyncio.Event)  #: it was handled or parked, so it may be confirmed
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self) -> None:
        """It was handled."""
        self.done.set()
        self.safe.set()


class UpdateQueue:
    """Takes updates in, and remembers which were handled."""

    def __init__(
        self,
        handle: Callable[[Update], Awaitable[None]],
        *,
        inbox: UpdateStore,
        chat_queue: ChatQueue,
        health: Health,
        now: Callable[[], datetime],
    ) -> None:
        self._handle = handle
        self._inbox = inbox
        self._chat_queue = chat_queue
        self._health = health
        self._now = now
        self._open: dict[int, PendingUpdate] = {}
        self._unwritten: set[int] = set()
        self._news = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """How many updates are being handled or wait for it."""
        return len(self._open)

    async def take(self, raws: Iterable[Raw]) -> dict[int, PendingUpdate]:
        """Start to handle the updates that are new; an arrival for each, also for those that are not."""
        arrivals, fresh = {}, {}
        now = asyncio.get_running_loop().time()
        for raw in raws:
            number = raw.get("update_id")
            if not isinstance(number, int):
                log.warning("update_without_id")
                continue
            if number not in self._open:
                # Entered before anything is awaited: a second copy finds the first one.
                fresh[number] = self._open[number] = PendingUpdate(raw, now)
            arrivals[number] = self._open[number]
        unhandled = await self._unhandled(list(fresh))
        for number, arrival in fresh.items():
            if number in unhandled and number not in self._unwritten:
                self._start(number, arrival)
            else:
                del self._open[number]
                arrival.finish()
        return arrivals

    async def restore(self) -> None:
        """Start to handle what was parked when the program ended."""
        try:
            parked = await self._inbox.parked()
        except Exception as error:  # noqa: BLE001 - they stay parked, and are answered after another start
            self._database_fails(error)
            return
        for number, body in parked:
            arrival = PendingUpdate(json.loads(body), asyncio.get_running_loop().time())
            arrival.safe.set()
            self._open[number] = arrival
            self._start(number, arrival)

    async def park(self, arrivals: Sequence[PendingUpdate]) -> None:
        """Keep updates that are not done yet, so that they may be confirmed; they go on being handled."""
        waiting = [arrival for arrival in arrivals if not arrival.safe.is_set()]
        bodies = [(arrival.raw["update_id"], json.dumps(arrival.raw)) for arrival in waiting]
        try:
            await self._inbox.park(bodies, self._now())
        except Exception as error:  # noqa: BLE001 - any fault of the database means: not parked, so not confirmed
            self._database_fails(error)
            return
        log.info("parked", updates=len(waiting))
        # One that was done while it was written is taken out again with the next receipts.
        self._unwritten.update(arrival.raw["update_id"] for arrival in waiting if arrival.done.is_set())
        self._news.set()
        for arrival in waiting:
            arrival.safe.set()

    async def finish(self, seconds: float) -> None:
        """Let go on what is in flight, stop what is not done in time, and write down what was done."""
        arrivals = [arrival.done.wait() for arrival in self._open.values()]
        if arrivals:
            _, late = await asyncio.wait(map(asyncio.ensure_future, arrivals), timeout=seconds)
            for waiting in late:
                waiting.cancel()
        await self._chat_queue.abandon()
        if self._unwritten:
            await self._write()

    async def record_handled(self) -> None:
        """Write down, for ever, which updates were handled; answers never wait for it."""
        pause = _GATHERING
        while True:
            await self._news.wait()
            await asyncio.sleep(pause)
            self._news.clear()
            if self._unwritten and not await self._write():
                self._news.set()
                pause = min(max(pause, 0.5) * 2, _LONGEST_PAUSE)
            else:
                pause = _GATHERING

    async def _write(self) -> bool:
        batch = sorted(self._unwritten)
        try:
            await self._inbox.handled(batch, self._now())
        except Exception as error:  # noqa: BLE001 - any fault of the database means: try again later
            self._database_fails(error)
            return False
        self._unwritten.difference_update(batch)
        self._health.resolve("database")
        return True

    async def _unhandled(self, numbers: list[int]) -> set[int]:
        try:
            return await self._inbox.unhandled(numbers) if numbers else set()
        except Exception as error:  # noqa: BLE001 - without a database people still get their answers
            self._database_fails(error)
            return set(numbers)

    def _database_fails(self, error: Exception) -> None:
        unknown = f"The database cannot be used at the moment ({type(error).__name__}); it is tried again."
        sentence = str(error) if isinstance(error, StorageError) else unknown
        self._health.report("database", sentence)

    def _start(self, number: int, arrival: PendingUpdate) -> None:
        update = _parse(arrival.raw)
        if update is None:
            log.warning("update_not_understood", update=number)
            self._settle(number, arrival)
            return

        async def job() -> None:
            await self._handle(update)
            self._settle(number, arrival)

        self._chat_queue.submit(chat_key(update), job)

    def _settle(self, number: int, arrival: PendingUpdate) -> None:
        del self._open[number]
        self._unwritten.add(number)
        self._news.set()
        arrival.finish()


def chat_key(update: Update) -> Hashable:
    """Whose order an update belongs to: its chat's; for inline queries, which have none, the person's."""
    if chat := update.effective_chat:
        return chat.id
    person = update.effective_user
    return ("person", person.id) if person else ("update", update.update_id)


def _parse(raw: Raw) -> Update | None:
    try:
        return Update.de_json(raw)
    except Exception:  # noqa: BLE001 - whatever Telegram sent, it must not stop the others
        return None
