"""Broadcasts go out, one at a time, for as long as the program runs."""

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from bot.broadcasts.context import WorkerContext, auto_pause, clock, wait_for_event
from bot.broadcasts.model import (
    ACTIVE,
    GRACE,
    MAX_ABSENCE,
    PAUSABLE,
    Broadcast,
    PauseReason,
    Progress,
    crashed_too_often,
)
from bot.broadcasts.ports import StaleEpochError
from bot.broadcasts.worker import DeliveryRun
from bot.errors import StorageError

#: Seconds until what failed is tried again: each time twice as long, and from the beginning when it worked that long.
_SHORTEST_PAUSE, _LONGEST_PAUSE, _WORKED = 0.5, 30.0, 60.0

log = structlog.get_logger()


class BroadcastScheduler:
    """Sends what is due, for as long as the program runs.

    Cost: each message is one claim and one acknowledgement in transactions that messages share; the memory does not
    grow with the recipients.
    """

    def __init__(self, means: WorkerContext) -> None:
        self._means = means
        self._news = asyncio.Event()
        self._round: DeliveryRun | None = None
        self._looked_back = False
        #: the broadcast of which it is known here that nothing is on its way, whatever the storage says; and its epoch,
        #: for with a newer one somebody else had it
        self._idle_at: tuple[int, int] | None = None

    @property
    def progress(self) -> Progress | None:
        """How far that broadcast is which is being sent; None while there is none."""
        return self._round.progress() if self._round else None

    def wake(self) -> None:
        """Somebody did something with a broadcast: look at once what there is to do."""
        self._news.set()
        if self._round:
            self._round.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due until it is time to stop; then what is on its way may come back for some seconds."""
        watching = asyncio.create_task(self._wake_at(stopping))
        pause = _SHORTEST_PAUSE
        try:
            while not stopping.is_set():
                self._news.clear()
                began = clock()
                if await self._try(stopping):
                    pause = _SHORTEST_PAUSE
                    continue
                if clock() - began > _WORKED:
                    pause = _SHORTEST_PAUSE
                await self._wait(pause, stopping)
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            watching.cancel()

    async def _try(self, stopping: asyncio.Event) -> bool:
        """Do what there is to do; False when it failed, and may be tried again."""
        try:
            if not self._looked_back:
                await self._look_back()
                self._looked_back = True
            await self._step(stopping)
        except StorageError as error:
            log.warning("broadcast_waits", problem=str(error))
        except StaleEpochError:
            log.warning("broadcast_overtaken")
        except Exception as error:  # noqa: BLE001 - a broadcast must not stand still for ever, and unseen
            log.warning("broadcast_failed", error=type(error).__name__)
        else:
            return True
        return False

    async def _wake_at(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self.wake()

    async def _look_back(self) -> None:
        """Ask an admin before going on with what should not go on by itself after the program was away."""
        means, now = self._means, self._means.now()
        for broadcast in await means.broadcasts.broadcasts(*PAUSABLE):
            crashes = (*broadcast.crashes, now) if broadcast.is_open else broadcast.crashes
            reason = _reason_to_ask(broadcast, crashes, await means.checkpoint.last(broadcast), now)
            if reason is not None:
                paused = await auto_pause(means, replace(broadcast, crashes=crashes), reason)
                if paused:
                    means.observer.broadcast_changed(Progress(paused, await means.broadcasts.counts(paused.id)))

    async def _step(self, stopping: asyncio.Event) -> None:
        """Send the next broadcast, or wait for one."""
        means = self._means
        broadcast = await means.outbox.next_broadcast(means.now())
        if broadcast is not None:
            await self._send(broadcast, stopping)
        elif not await self._sweep():
            await self._wait(await self._until_next(), stopping)

    async def _send(self, broadcast: Broadcast, stopping: asyncio.Event) -> None:
        """Have a broadcast until it is at its end or stands still, or it is time to stop; StorageError when it must be
        taken over anew.
        """
        means = self._means
        unsent = self._idle_at == (broadcast.id, broadcast.epoch)
        takeover = await means.outbox.take_over(broadcast.id, means.now(), unsent=unsent)
        epoch = takeover.broadcast.epoch
        self._idle_at = (broadcast.id, epoch)
        log.info("broadcast_taken", number=broadcast.number, epoch=epoch, died=takeover.died)
        counts = await means.broadcasts.counts(broadcast.id)
        self._round, self._idle_at = DeliveryRun(means, takeover.broadcast, counts), None
        try:
            await self._round.go(stopping)
        except StorageError:
            self._idle_at = (broadcast.id, epoch)
            raise
        finally:
            self._round = None
        self._idle_at = (broadcast.id, epoch)

    async def _sweep(self) -> bool:
        """Let deliveries of cancelled broadcasts be cancelled, some at a time; whether there were any."""
        for broadcast in await self._means.broadcasts.broadcasts("cancelled", limit=5):
            if broadcast.total and await self._means.outbox.cancel_rest(broadcast.id):
                return True
        return False

    async def _until_next(self) -> float:
        """Seconds until a planned broadcast may be due."""
        now = self._means.now()
        queued = await self._means.broadcasts.broadcasts("queued")
        waits = [(broadcast.starts_at - now).total_seconds() for broadcast in queued if broadcast.starts_at]
        return max(0.01, min([60.0, *waits]))

    async def _wait(self, seconds: float, stopping: asyncio.Event) -> None:
        if not stopping.is_set():
            await wait_for_event(self._news, seconds)


def _reason_to_ask(
    broadcast: Broadcast, crashes: tuple[datetime, ...], noted: datetime | None, now: datetime
) -> PauseReason | None:
    """Why a broadcast should not go on by itself after a start of the program; None when it should."""
    active = broadcast.active_at
    if noted is not None and (active is None or noted > active):
        return "restore"
    if broadcast.is_open and crashed_too_often(crashes, now):
        return "crashes"
    if broadcast.state == "queued" and broadcast.starts_at is not None and now - broadcast.starts_at > GRACE:
        return "late"
    if broadcast.state in ACTIVE and active is not None and now - active > MAX_ABSENCE:
        return "absence"
    return None
