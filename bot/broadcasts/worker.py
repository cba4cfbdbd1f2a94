"""One broadcast on its way: each delivery is claimed on the disk before it is sent, and what came of it is kept."""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.broadcasts.context import WorkerContext, auto_pause, clock, wait_for_event
from bot.broadcasts.delivery import RESEND_AFTER, Claim, NotSent, Outcome, Sent, Settled, Unknown, settle
from bot.broadcasts.model import (
    ACTIVE,
    Broadcast,
    BroadcastState,
    Counts,
    PauseReason,
    Progress,
    edition_for,
    is_silent,
    numbered_text,
    quiet_until,
    resends,
)
from bot.broadcasts.pacing import CHECK_INTERVAL, CircuitBreaker, InFlightWindow, ThroughputMeter
from bot.errors import StorageError

#: Seconds in which outcomes gather, to be kept with one stroke of the disk.
GATHERING = 0.01
#: Seconds after its claim behind which a delivery is not sent any more: whoever slept so long may have been replaced.
_STALE = 20.0
#: Seconds that what is on its way may still take when it is time to stop. The program waits for six: were it given up
#: meanwhile, what came back in time would be of unknown fate as well.
LAST_SECONDS = 5.0
#: Seconds between two notes that a broadcast is being worked on, and the longest wait for anything.
_BEAT, _LONGEST_WAIT = 5.0, 5.0
#: Seconds until the storage is tried again, the first time.
_SHORTEST_WAIT = 0.5

log = structlog.get_logger()


class DeliveryRun:
    """One broadcast in the hands of one sender: from its take-over to its end, a pause, or the end of the program."""

    def __init__(self, means: WorkerContext, broadcast: Broadcast, counts: Counts) -> None:
        self._means = means
        self._broadcast = broadcast
        self._counts = counts
        self._window = InFlightWindow(means.rate_limit.per_second)
        self._breaker = CircuitBreaker()
        self._closed_until = 0.0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._settled: list[Settled] = []
        self._gathering_since = 0.0
        self._dry_until: datetime | None = None  #: nothing waits to be claimed before this
        self._beaten_at = -_BEAT
        self._quiet: datetime | None = None
        self._news = asyncio.Event()
        self._speed = ThroughputMeter(clock(), counts.of("sent"))

    def wake(self) -> None:
        """Look at once what there is to do."""
        self._news.set()
        self._dry_until = None

    def progress(self) -> Progress:
        """How far it is."""
        rate = self._speed.per_second(clock(), self._counts.of("sent"))
        left = timedelta(seconds=self._counts.rest / rate) if rate > 0 else None
        unreachable = self._breaker.is_open
        return Progress(self._broadcast, self._counts, rate, left, self._quiet, unreachable)

    async def go(self, stopping: asyncio.Event) -> None:
        """Send until there is nothing left, or it shall stop.

        StorageError when it must be taken over anew, and StaleEpochError: only when nothing is on its way.
        """
        try:
            if self._broadcast.state == "gathering" and not await self._gather(stopping):
                return
            self._means.observer.broadcast_changed(self.progress())
            while not stopping.is_set() and await self._turn():
                pass
        except StorageError:
            await self._rescue(stopping)
            raise
        finally:
            await self._land(stopping)

    async def _gather(self, stopping: asyncio.Event) -> bool:
        """Write the recipients down; False when somebody stopped it meanwhile."""
        means, broadcast = self._means, self._broadcast
        default = means.city().default_language
        while not stopping.is_set():
            more = await means.outbox.gather(
                broadcast.id, broadcast.epoch, testers=await means.testers(), default=default, now=means.now()
            )
            present = await means.broadcasts.broadcast(broadcast.id)
            if present is None or present.state not in ACTIVE or present.epoch != broadcast.epoch:
                return False
            self._broadcast = present
            if not more:
                self._counts = await means.broadcasts.counts(broadcast.id)
                return True
        return False

    async def _turn(self) -> bool:
        """Keep what came back, claim and send what may be sent, then wait for whatever comes first.

        False when the broadcast is at its end or stands still, and nothing is on its way any more.
        """
        self._news.clear()
        wanted = self._wanted()
        if wanted or self._must_keep() or self._must_beat():
            state = await self._exchange(wanted)
            if state != "sending":
                await self._stop(state)
                return False
        if self._quiet and not self._busy and await self._give_way():
            return False
        if self._breaker.content_refused and not self._busy and await self._pause("content"):
            return False
        if self._dry_until is not None and not self._busy and await self._is_done() and await self._finish():
            return False
        await self._probe()
        await wait_for_event(self._news, self._patience())
        return True

    @property
    def _busy(self) -> bool:
        return bool(self._in_flight or self._settled)

    def _wanted(self) -> int:
        """How many deliveries may be claimed now."""
        means, now = self._means, self._means.now()
        self._quiet = quiet_until(self._broadcast.kind, means.city(), now)
        if self._quiet or self._breaker.is_open or (self._dry_until is not None and now < self._dry_until):
            return 0
        self._dry_until = None
        free = self._breaker.limit(self._window.size) - len(self._in_flight)
        is_time = free > len(self._settled) or self._must_keep()
        # What came back is kept in the transaction that claims what takes its place: the window stays the bound.
        return means.rate_limit.take(free) if free > 0 and is_time else 0

    def _must_keep(self) -> bool:
        """Whether outcomes gathered long enough; no longer than all slots wait for them."""
        if not self._settled:
            return False
        is_full = len(self._settled) >= self._breaker.limit(self._window.size)
        return is_full or clock() - self._gathering_since >= GATHERING

    def _must_beat(self) -> bool:
        return clock() - self._beaten_at >= _BEAT

    async def _exchange(self, wanted: int) -> BroadcastState:
        """Keep outcomes and claim, in one transaction; then send what was claimed."""
        means, settled, beat, now = self._means, list(self._settled), self._must_beat(), self._means.now()
        try:
            exchanged = await means.outbox.exchange(
                self._broadcast.id, self._broadcast.epoch, settled, wanted, now=now, beat=beat
            )
        except BaseException:
            means.rate_limit.give_back(wanted)
            raise
        self._forget(settled)
        self._gathering_since = clock()
        if beat:
            self._beaten_at = clock()
            await means.checkpoint.note(self._broadcast, now)
        claims = exchanged.claims
        means.rate_limit.give_back(wanted - len(claims))
        self._count("pending", "skipped", "unsubscribed", exchanged.skipped)
        if wanted and len(claims) < wanted and exchanged.state == "sending":
            self._dry_until = now + timedelta(seconds=_LONGEST_WAIT)
        claimed_at = clock()
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim, claimed_at))
            self._in_flight.add(task)
            task.add_done_callback(self._landed)
        return exchanged.state

    def _forget(self, settled: list[Settled]) -> None:
        """These are kept; those that came back to be sent again may be claimed at once."""
        del self._settled[: len(settled)]
        if any(one.state == "pending" for one in settled):
            self._dry_until = None

    async def _deliver(self, claim: Claim, claimed_at: float) -> None:
        """Send one message, once, and note what came of it."""
        broadcast, means = self._broadcast, self._means
        language, edition = edition_for(broadcast.editions, claim.language, means.city().default_language)
        began = clock()
        outcome: Outcome
        if began - claimed_at > _STALE:
            outcome = NotSent("network")
        else:
            text, silent = numbered_text(edition, broadcast.number, language), is_silent(broadcast.kind, claim.attempt)
            try:
                outcome = await means.transport.send(claim.chat, edition, text, silent=silent)
            except BaseException as error:
                self._settle(claim, Unknown("broken"))
                if not isinstance(error, asyncio.CancelledError):
                    log.warning("delivery_failed", error=type(error).__name__)
                    return
                raise
            if isinstance(outcome, Sent):
                self._window.record(clock() - began)
        self._settle(claim, outcome)

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        if not self._settled:
            self._gathering_since = clock()
        settled = settle(claim.chat, outcome, self._means.now())
        self._settled.append(settled)
        self._count("pending", settled.state, settled.reason)
        was_open = self._breaker.is_open
        self._breaker = self._breaker.after(outcome)
        if self._breaker.is_open and not was_open:
            self._closed_until = clock() + CHECK_INTERVAL
            log.warning("broadcast_unreachable")

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._news.set()

    def _count(self, before: str, state: str, reason: str = "", number: int = 1) -> None:
        if number and state != before:
            self._counts = self._counts.moved((before, ""), (state, reason), number)

    async def _probe(self) -> None:
        """When Telegram was away for a while: ask whether it is back."""
        if self._breaker.is_open and not self._busy and clock() >= self._closed_until:
            if await self._means.transport.is_reachable():
                self._breaker = self._breaker.checked()
                self._news.set()
            else:
                self._closed_until = clock() + CHECK_INTERVAL

    def _patience(self) -> float:
        """Seconds until there is something to do, if nothing happens before."""
        waits = [_LONGEST_WAIT, self._beaten_at + _BEAT - clock()]
        if self._settled:
            waits.append(self._gathering_since + GATHERING - clock())
        if self._breaker.is_open:
            if not self._busy:  # else nothing is asked before all of it came back
                waits.append(self._closed_until - clock())
        elif self._dry_until is not None:
            if not (self._quiet and self._busy):
                waits.append((self._dry_until - self._means.now()).total_seconds())
        elif not self._quiet and self._breaker.limit(self._window.size) > len(self._in_flight) + len(self._settled):
            waits.append(self._means.rate_limit.wait())
        return max(0.0, min(waits))

    async def _is_done(self) -> bool:
        """Whether nothing is left to send; if something is, when to look again."""
        means, broadcast, now = self._means, self._broadcast, self._means.now()
        due, doubtful = await means.outbox.next_due(broadcast.id)
        if due is not None:
            self._dry_until = due if due > now else None
            return False
        if doubtful is None or not resends(broadcast.kind):
            return True
        if now - doubtful < RESEND_AFTER:
            self._dry_until = doubtful + RESEND_AFTER
            return False
        before = now - RESEND_AFTER
        revived = await means.outbox.revive(broadcast.id, broadcast.epoch, before=before, now=now)
        log.info("broadcast_resends", number=broadcast.number, messages=revived)
        self._counts = await means.broadcasts.counts(broadcast.id)
        self._dry_until = None
        return False

    async def _finish(self) -> bool:
        """Nothing is left to send; False when an admin was quicker, and the next exchange tells what they said."""
        means, now = self._means, self._means.now()
        finished = await means.broadcasts.move_broadcast(
            self._broadcast.id, ["sending"], "finished", None, ended_at=now, active_at=now, is_open=False
        )
        if finished is None:
            self._beaten_at = -_BEAT
            return False
        self._broadcast = finished
        log.info("broadcast_finished", number=finished.number)
        means.observer.broadcast_changed(Progress(finished, await means.broadcasts.counts(finished.id)))
        return True

    async def _pause(self, reason: PauseReason) -> bool:
        """Stand still until an admin says more; False when one was quicker."""
        paused = await auto_pause(self._means, self._broadcast, reason)
        if paused is None:
            self._beaten_at = -_BEAT
            return False
        self._broadcast = paused
        self._means.observer.broadcast_changed(self.progress())
        return True

    async def _give_way(self) -> bool:
        """Be queued until the quiet hours end when an alert is due, for which there are none; False when none is."""
        means, now = self._means, self._means.now()
        queued = await means.broadcasts.broadcasts("queued")
        if not any(one.kind == "alert" and one.starts_at is not None and one.starts_at <= now for one in queued):
            return False
        moved = await means.broadcasts.move_broadcast(
            self._broadcast.id, ["sending"], "queued", None, starts_at=self._quiet, is_open=False
        )
        self._beaten_at = -_BEAT  # where an admin was quicker, the next exchange tells what they said
        return moved is not None

    async def _stop(self, state: BroadcastState) -> None:
        """Somebody said so: what is on its way comes back, and is kept."""
        await self._settle_all(None)
        present = await self._means.broadcasts.broadcast(self._broadcast.id)
        if present is not None:
            self._broadcast = present
            if state in ("paused", "cancelled"):
                counts = await self._means.broadcasts.counts(present.id)
                self._means.observer.broadcast_changed(Progress(present, counts))

    async def _rescue(self, stopping: asyncio.Event) -> None:
        """The storage failed: nothing is claimed, and what is on its way is kept as soon as it can be.

        A claim whose transaction failed at its very end may stand in the storage; it was not sent.
        """
        wait = _SHORTEST_WAIT
        while self._busy and not stopping.is_set():
            await asyncio.gather(*self._in_flight, return_exceptions=True)
            try:
                await self._exchange(0)
            except StorageError as error:
                log.warning("broadcast_waits", problem=str(error))
                await wait_for_event(self._news, wait)
                self._news.clear()
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _settle_all(self, seconds: float | None) -> None:
        """Wait for what is on its way, so long at most, and keep what came of it."""
        if self._in_flight:
            _, late = await asyncio.wait(set(self._in_flight), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._settled:
            await self._exchange(0)

    async def _land(self, stopping: asyncio.Event) -> None:
        """Whatever ended the round: nothing stays on its way, and what came of it is kept if it can be."""
        try:
            await self._settle_all(LAST_SECONDS if stopping.is_set() else None)
            await self._leave()
        except StorageError as error:
            log.warning("broadcast_not_kept", problem=str(error))

    async def _leave(self) -> None:
        await self._means.outbox.leave(self._broadcast.id, self._broadcast.epoch)
