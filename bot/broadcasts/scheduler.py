"""Picks the next broadcast and sends it, one at a time, for as long as the program runs.

At the start `_recover` checks every broadcast that could continue by itself, and pauses those for which an admin must
be asked (`_reason_to_ask`). Then the loop takes over the next broadcast and hands it to a `DeliveryRun`
(`bot.broadcasts.worker`). If the storage fails, the broadcast is taken over again after a pause.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.broadcasts.context import BroadcastContext, auto_pause
from bot.broadcasts.model import (
    ACTIVE,
    GRACE,
    MAX_ABSENCE,
    PAUSABLE,
    Broadcast,
    BroadcastState,
    PauseReason,
    Progress,
    crashed_too_often,
    resends,
)
from bot.broadcasts.ports import Activity, Lease, StaleEpochError
from bot.broadcasts.steady_clock import monotonic
from bot.broadcasts.worker import DeliveryRun
from bot.errors import StorageError
from bot.stopping import wait_for_event, waking_on_stop

#: Seconds before a failed step is retried: the first wait, doubled each time up to the longest.
_MIN_BACKOFF, _MAX_BACKOFF = 0.5, 30.0
#: After a step that ran for this many seconds, the next wait is the first one again.
_RESET_AFTER = 60.0
#: The longest and the shortest time between two checks for due broadcasts, in seconds.
_MAX_POLL, _MIN_POLL = 60.0, 0.01
#: After a crash the database may miss this many messages besides those of the broadcast: answers that were not recorded
#: yet. If it misses more, it is an older copy.
_MAX_IN_A_CRASH = 20
#: The names under which the database records that the checkpoint file exists, and when an older copy was detected.
_CHECKPOINT_JOB, _RESTORE_JOB = "broadcast checkpoint", "database restored"

log = structlog.get_logger()


class BroadcastScheduler:
    """Sends due broadcasts. Its memory use does not grow with the number of recipients."""

    def __init__(self, context: BroadcastContext) -> None:
        self._context = context
        self._woken = asyncio.Event()
        self._run: DeliveryRun | None = None
        self._recovered = False
        #: messages that the database did not know at the start; 0 if they were not counted
        self._missing = 0
        #: id and epoch of the lease whose deliveries are certainly not in flight, whatever the storage says
        self._released: tuple[int, int] | None = None

    @property
    def progress(self) -> Progress | None:
        """Progress of the active broadcast, or None."""
        return self._run.progress() if self._run else None

    def wake(self) -> None:
        """Check for work at once; called after a broadcast changed."""
        self._woken.set()
        if self._run:
            self._run.wake()

    async def prepare(self) -> None:
        """Count the messages that the database does not know, if a broadcast could be sent again because of them.

        Must be called before any update is handled, because later messages of the bot would be counted too. While other
        processes send from this database, it is not a copy.
        """
        context = self._context
        if context.count_missing is None or context.has_predecessor():
            return
        with suppress(StorageError):
            unfinished = await context.broadcasts.broadcasts(*PAUSABLE, "paused", "unapproved", "draft")
            risky = next((one for one in unfinished if one.state != "draft" or not resends(one.kind)), None)
            if risky is not None:
                self._missing = await context.count_missing(risky) or 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Send due broadcasts until `stopping` is set; messages in flight then get some seconds to return.

        May be called again later; meanwhile another process may have sent from this database.
        """
        backoff = _MIN_BACKOFF
        with waking_on_stop(stopping, self.wake):
            while not stopping.is_set():
                self._woken.clear()
                began = monotonic()
                if await self._try_step(stopping):
                    backoff = _MIN_BACKOFF
                    continue
                if monotonic() - began > _RESET_AFTER:
                    backoff = _MIN_BACKOFF
                await self._wait(backoff, stopping)
                backoff = min(backoff * 2, _MAX_BACKOFF)

    async def _wait(self, seconds: float, stopping: asyncio.Event) -> None:
        if not stopping.is_set():
            await wait_for_event(self._woken, seconds)

    # --- Steps ---

    async def _try_step(self, stopping: asyncio.Event) -> bool:
        """Run one step; return False if it failed and must be retried."""
        try:
            if not self._recovered:
                await self._recover()
                self._recovered = True
            await self._step(stopping)
        except StorageError as error:
            log.warning("broadcast_waits", problem=str(error))
        except StaleEpochError:
            log.warning("broadcast_overtaken")
        except Exception as error:  # noqa: BLE001 - otherwise the broadcast would stop without a trace
            log.warning("broadcast_failed", error=type(error).__name__)
        else:
            return True
        return False

    async def _step(self, stopping: asyncio.Event) -> None:
        """Send the next broadcast; without one clean up after a cancelled one; otherwise wait."""
        context = self._context
        broadcast = await context.deliveries.next_broadcast(context.now())
        if broadcast is not None:
            await self._send(broadcast, stopping)
        elif not await self._cancel_rest():
            await self._wait(await self._seconds_until_next(), stopping)

    async def _send(self, broadcast: Broadcast, stopping: asyncio.Event) -> None:
        """Take a broadcast over and run it; raises StorageError if it must be taken over again."""
        if await self._is_restored(broadcast):
            await self._pause(broadcast, "restore")
            return
        taken = (await self._take_over(broadcast)).broadcast
        counts = await self._context.broadcasts.counts(taken.id)
        self._run, self._released = DeliveryRun(self._context, taken, counts), None
        try:
            await self._run.run(stopping)
        except StorageError:
            self._released = (taken.id, taken.epoch)
            raise
        finally:
            self._run = None
        self._released = (taken.id, taken.epoch)

    async def _take_over(self, broadcast: Broadcast) -> Lease:
        context = self._context
        unsent = self._released == (broadcast.id, broadcast.epoch)
        lease = await context.deliveries.take_over(broadcast.id, context.now(), unsent=unsent)
        taken = lease.broadcast
        self._released = (taken.id, taken.epoch)
        if await context.checkpoint.last(taken) is None:
            await context.checkpoint.note(taken, _known_activity(broadcast))
        log.info("broadcast_taken", number=taken.number, epoch=taken.epoch, crashed=lease.crashed)
        return lease

    async def _cancel_rest(self) -> bool:
        """Cancel some pending deliveries of cancelled broadcasts; return whether there were any."""
        for broadcast in await self._context.broadcasts.broadcasts("cancelled", limit=5):
            if broadcast.total and await self._context.deliveries.cancel_rest(broadcast.id):
                return True
        return False

    async def _seconds_until_next(self) -> float:
        """Seconds until a planned broadcast may be due."""
        now = self._context.now()
        queued = await self._context.broadcasts.broadcasts("queued")
        waits = [(broadcast.starts_at - now).total_seconds() for broadcast in queued if broadcast.starts_at]
        return max(_MIN_POLL, min([_MAX_POLL, *waits]))

    # --- After a start of the program ---

    async def follow(self) -> None:
        """Record the activity of another process that sends from this database, before this one may take over.

        The checkpoint then matches the database, so a hand-over does not look like a restore. Raises StorageError.
        """
        context = self._context
        for broadcast in await context.broadcasts.broadcasts(*PAUSABLE, "paused"):
            if broadcast.active_at is not None:
                await context.checkpoint.note(broadcast, broadcast.active_at)
        await context.checkpoint.create()

    async def _recover(self) -> None:
        """Pause the broadcasts that must not continue by themselves after the program was away."""
        context, now = self._context, self._context.now()
        if context.has_predecessor():
            await self.follow()
        unfinished = await context.broadcasts.broadcasts(*PAUSABLE, "paused")
        missing = 0 if context.has_predecessor() else await self._count_missing(unfinished)
        is_lost = missing > _MAX_IN_A_CRASH or await self._checkpoint_is_lost()
        # The active one first: until it is paused, no other can be taken over.
        for broadcast in sorted(unfinished, key=lambda one: one.state not in ACTIVE):
            crashes = (*broadcast.crashes, now) if broadcast.is_open else broadcast.crashes
            activity = await context.checkpoint.last(broadcast)
            reason = "restore" if is_lost else _reason_to_ask(broadcast, crashes, activity, now)
            if reason is not None:
                await self._pause(replace(broadcast, crashes=crashes), reason)
            elif missing > 0 and not resends(broadcast.kind):
                await self._withhold_next(broadcast, missing)
        if is_lost:
            await context.jobs.done(_RESTORE_JOB, now)
        await context.checkpoint.create()
        await context.jobs.done(_CHECKPOINT_JOB, now)

    async def _count_missing(self, unfinished: Sequence[Broadcast]) -> int:
        """Messages that Telegram has but the database does not, without those that a crash interrupted."""
        missing = self._missing
        for broadcast in unfinished:
            if missing and broadcast.is_open:
                missing -= (await self._context.broadcasts.counts(broadcast.id)).of("sending")
        return missing

    async def _checkpoint_is_lost(self) -> bool:
        """Whether the checkpoint file existed according to the database but is gone; it may be a copy."""
        context = self._context
        return await context.jobs.last_done(_CHECKPOINT_JOB) is not None and await context.checkpoint.is_missing()

    async def _is_restored(self, broadcast: Broadcast) -> bool:
        """Whether a new broadcast may have been sent before its database was replaced by an older copy.

        Either the checkpoint has a later activity than the database; or the broadcast is of the class `once`, was not
        yet confirmed in the copy, and an older copy was detected after it was written.
        """
        activity = await self._context.checkpoint.last(broadcast)
        if activity is not None and activity.at > _known_activity(broadcast):
            return True
        if resends(broadcast.kind) or broadcast.started_at is not None:
            return False
        restored_at = await self._context.jobs.last_done(_RESTORE_JOB)
        return restored_at is not None and broadcast.created_at < restored_at

    async def _pause(self, broadcast: Broadcast, reason: PauseReason) -> None:
        """Pause a broadcast and announce it; after a restore, a broadcast of the class `once` is withheld first."""
        if broadcast.paused_for == "restore":
            return
        context = self._context
        if reason == "restore":
            await self._requeue(broadcast)
            if not resends(broadcast.kind):
                await self._withhold(broadcast)
        paused = await auto_pause(context, broadcast, reason)
        if paused:
            counts = await context.broadcasts.counts(paused.id)
            context.observer.broadcast_changed(Progress(paused, counts))

    async def _withhold_next(self, broadcast: Broadcast, number: int) -> None:
        """Mark as many of the next deliveries as unknown as messages are missing; deliveries have a fixed order."""
        context = self._context
        log.warning("broadcast_withheld", number=broadcast.number, deliveries=number)
        await context.broadcasts.move_broadcast(broadcast.id, ["paused", *ACTIVE], "queued", None)
        await self._withhold(broadcast, number)
        state: BroadcastState = "paused" if broadcast.state == "paused" else "queued"
        await context.broadcasts.move_broadcast(
            broadcast.id, ACTIVE, state, None, paused_for=broadcast.paused_for, is_open=False
        )

    async def _requeue(self, broadcast: Broadcast) -> None:
        """Queue a broadcast that an admin had paused, so that it can be paused for another reason."""
        if broadcast.state == "paused":
            await self._context.broadcasts.move_broadcast(broadcast.id, ["paused"], "queued", None)

    async def _withhold(self, broadcast: Broadcast, most: int | None = None) -> None:
        """Mark all open deliveries, or the next `most`, as unknown: they may have been sent after the copy was made.

        If the program dies meanwhile, the next start finds the same copy and continues.
        """
        context = self._context
        taken = (await context.deliveries.take_over(broadcast.id, context.now())).broadcast
        default = context.city().default_language
        while await context.deliveries.gather(
            taken.id, taken.epoch, testers=await context.testers(), default=default, now=context.now()
        ):
            pass
        if most is not None:
            await context.deliveries.withhold(taken.id, taken.epoch, most)
        else:
            while await context.deliveries.withhold(taken.id, taken.epoch):
                pass
        await context.deliveries.release(taken.id, taken.epoch)


def _known_activity(broadcast: Broadcast) -> datetime:
    """The last activity according to the database."""
    return broadcast.active_at or broadcast.created_at


def _reason_to_ask(
    broadcast: Broadcast, crashes: Sequence[datetime], activity: Activity | None, now: datetime
) -> PauseReason | None:
    """Why an admin must be asked before a broadcast continues after a start, or None.

    If the broadcast has activity that the checkpoint lacks, or the checkpoint has later activity, the database is a
    copy.
    """
    active = broadcast.active_at
    if active is not None if activity is None else activity.at > _known_activity(broadcast):
        return "restore"
    if broadcast.state == "paused":
        return None
    if broadcast.is_open and crashed_too_often(crashes, now):
        return "crashes"
    if broadcast.state == "queued" and broadcast.starts_at is not None and now - broadcast.starts_at > GRACE:
        return "late"
    if broadcast.state in ACTIVE and active is not None and _absence(active, activity, now) > MAX_ABSENCE:
        return "absence"
    return None


def _absence(active: datetime, activity: Activity | None, now: datetime) -> timedelta:
    """The time since the last activity, by a monotonic clock if there is one."""
    return activity.age if activity and activity.age is not None else now - active
