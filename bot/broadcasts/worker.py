"""Sends one broadcast: claims deliveries, sends them, and records the outcomes.

A `DeliveryRun` holds one lease of one broadcast. It starts with the take-over and ends when the broadcast ends or is
paused, or when the program stops. `bot.broadcasts.delivery` defines the states of a delivery and the invariants I1 to
I6; this module keeps them.

The loop
--------
`_tick` runs until nothing is left. Each tick:

1. exchanges: one transaction stores the outcomes that came back and claims new deliveries, as many as there are free
   places in the in-flight window and tokens in the rate limit. The transaction is committed before any claimed message
   is sent (I1). A place becomes free only when the outcome of its message is committed (I6);
2. starts one task per claim, which sends the message once and records the outcome in memory;
3. if nothing is in flight and every outcome is stored, decides whether to yield to an alert, to pause, to requeue
   unknown deliveries, or to finish;
4. waits for the first of: a returned message, a wake-up, the next deadline (`_timeout`).

At full speed one fsync serves a whole window (`bot.broadcasts.pacing.OutcomeBuffer`). Every `_HEARTBEAT` seconds an
exchange reads the state, which an admin may have changed, and writes `active_at` and the checkpoint. Stored times and
the times compared with them come from a `SteadyClock`, so setting the system clock neither delays nor repeats a send.

What stops it
-------------
- An admin pauses or cancels: the exchange returns another state, and `_on_stopped` waits for what is in flight.
- The circuit opens: nothing is claimed until `getMe` succeeds, then one message at a time until one is sent.
- Telegram refuses the content many times: the broadcast is paused.
- Quiet hours: nothing is claimed. If an alert is due meanwhile, this broadcast returns to the queue.

What happens on a crash
-----------------------
Claimed deliveries without an outcome are `sending` in the database. The next take-over raises the epoch and marks them
`unknown` (I5), because they may have arrived. They are sent once more, at the end and at least a minute later, but
never in the class `once` (`tests/broadcasts/test_crash_loop.py` crashes at every step, `test_kills.py` kills).

A transaction that failed may still have been committed. `_flush_after_failure` waits until everything in flight has
returned and is stored, and StorageError is raised. The scheduler then takes the broadcast over again with
`unsent=True`: deliveries that are still claimed were never sent (`test_database_faults.py`). If another worker has
taken the broadcast over, every call raises StaleEpochError and changes nothing (`test_worker.py`).

On a stop it waits `SHUTDOWN_SECONDS` for messages in flight, so that a restart sends none twice (`test_restarts.py`).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.broadcasts.context import (
    BroadcastContext,
    alert_is_due,
    auto_pause,
    gather_chunk,
    requeue,
    send,
)
from bot.broadcasts.delivery import RESEND_AFTER, Claim, NotSent, Outcome, Sent, Settled, Unknown, chat_kind, settle
from bot.broadcasts.model import (
    Broadcast,
    BroadcastState,
    Counts,
    PauseReason,
    Progress,
    resends,
)
from bot.broadcasts.pacing import CHECK_INTERVAL, CircuitState, InFlightWindow, OutcomeBuffer, ThroughputMeter
from bot.broadcasts.ports import Exchanged
from bot.broadcasts.quiet_hours import quiet_until
from bot.broadcasts.steady_clock import SteadyClock, monotonic
from bot.errors import StorageError
from bot.stopping import wait_for_event

#: A delivery is no longer sent this many seconds after its claim: another worker may have taken over meanwhile.
_STALE_AFTER = 20.0
#: Seconds to wait for messages in flight when the program stops. `bot.app` waits longer: if it cancelled the run,
#: outcomes that came back in time would become unknown.
SHUTDOWN_SECONDS = 5.0
#: Seconds between two heartbeats, and the longest wait for any event.
_HEARTBEAT, _MAX_WAIT = 5.0, 5.0
#: Seconds before the first retry when the storage fails.
_MIN_BACKOFF = 0.5

log = structlog.get_logger()


class DeliveryRun:
    """One lease of one broadcast: sends until it ends, is paused, or the program stops."""

    def __init__(self, context: BroadcastContext, broadcast: Broadcast, counts: Counts) -> None:
        self._context = context
        self._broadcast = broadcast
        self._counts = counts
        self._window = InFlightWindow(context.rate_limit.per_second)
        self._circuit = CircuitState()
        self._next_check_at = 0.0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._outcomes = OutcomeBuffer()
        self._nothing_due_until: datetime | None = None  #: no delivery can be claimed before this
        self._last_heartbeat = -_HEARTBEAT
        self._quiet_until: datetime | None = None
        self._clock = SteadyClock(context.now, broadcast.active_at or broadcast.started_at)
        self._woken = asyncio.Event()
        self._throughput = ThroughputMeter(monotonic(), counts.of("sent"))

    def wake(self) -> None:
        """Run a tick at once and look for due deliveries."""
        self._woken.set()
        self._nothing_due_until = None

    def progress(self) -> Progress:
        """The progress of the broadcast at this moment."""
        rate = self._throughput.per_second(monotonic(), self._counts.of("sent"))
        left = timedelta(seconds=self._counts.rest / rate) if rate > 0 else None
        return Progress(self._broadcast, self._counts, rate, left, self._quiet_until, self._circuit.is_open)

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until nothing is left, the broadcast is paused or cancelled, or the program stops.

        Raises StorageError when the lease must be taken again and StaleEpochError when another worker has it; in both
        cases nothing is in flight any longer.
        """
        try:
            if self._broadcast.state == "gathering" and not await self._gather(stopping):
                return
            self._announce(self.progress())
            while not stopping.is_set() and await self._tick():
                pass
        except StorageError:
            await self._flush_after_failure(stopping)
            raise
        finally:
            await self._drain(stopping)

    async def _gather(self, stopping: asyncio.Event) -> bool:
        """Record the recipients; return False if the broadcast or the program was stopped meanwhile."""
        while not stopping.is_set():
            present, more = await gather_chunk(self._context, self._broadcast, self._clock())
            if present is None:
                return False
            self._broadcast = present
            if not more:
                self._counts = await self._context.broadcasts.counts(present.id)
                return True
        return False

    # --- The loop ---

    async def _tick(self) -> bool:
        """Exchange, then wait for the next event; return False when the run is over and nothing is in flight."""
        self._woken.clear()
        wanted = self._take_tokens()
        if wanted or self._flush_is_due() or self._heartbeat_is_due():
            state = await self._exchange(wanted)
            if state != "sending":
                await self._on_stopped(state)
                return False
        if not self._busy and await self._end_if_done():
            return False
        await self._check_connection()
        await wait_for_event(self._woken, self._timeout())
        return True

    async def _end_if_done(self) -> bool:
        """If it is time, requeue, pause or finish the broadcast (nothing is in flight); False if the run goes on."""
        if self._quiet_until and await alert_is_due(self._context):
            self._exchange_soon()  # if an admin stops it first, the next exchange shows it
            if await requeue(self._context, self._broadcast, self._quiet_until):
                return True
        if self._circuit.content_refused and await self._pause("content"):
            return True
        return self._nothing_due_until is not None and await self._finish_or_requeue()

    @property
    def _busy(self) -> bool:
        return bool(self._in_flight or self._outcomes.settled)

    def _take_tokens(self) -> int:
        """Take a token from the rate limit for each delivery that may be claimed now; return how many."""
        self._quiet_until = quiet_until(self._broadcast.kind, self._context.city(), self._context.now())
        if self._quiet_until or self._circuit.is_open:
            return 0
        if self._nothing_due_until is not None and self._clock() < self._nothing_due_until:
            return 0
        self._nothing_due_until = None
        free = self._places - len(self._in_flight)
        # Outcomes that are not stored yet occupy places too, unless this exchange stores them.
        may_claim = free > len(self._outcomes.settled) or self._flush_is_due()
        return self._context.rate_limit.take(free) if free > 0 and may_claim else 0

    def _flush_is_due(self) -> bool:
        return self._outcomes.is_due(monotonic(), self._places)

    @property
    def _places(self) -> int:
        return self._circuit.limit(self._window.size)

    def _heartbeat_is_due(self) -> bool:
        return monotonic() - self._last_heartbeat >= _HEARTBEAT

    def _timeout(self) -> float:
        """Seconds until the next deadline."""
        waits = [_MAX_WAIT, self._last_heartbeat + _HEARTBEAT - monotonic()]
        if self._outcomes.settled:
            waits.append(self._outcomes.due_at - monotonic())
        if self._circuit.is_open:
            if not self._busy:  # the connection is checked only when nothing is in flight
                waits.append(self._next_check_at - monotonic())
        elif self._nothing_due_until is not None:
            if not (self._quiet_until and self._busy):
                waits.append((self._nothing_due_until - self._clock()).total_seconds())
        elif not self._quiet_until and self._places > len(self._in_flight) + len(self._outcomes.settled):
            waits.append(self._context.rate_limit.wait())
        return max(0.0, min(waits))

    # --- Exchange: settle and claim ---

    async def _exchange(self, wanted: int) -> BroadcastState:
        """Store outcomes and claim up to `wanted` deliveries in one transaction, then start to send them."""
        context, settled, heartbeat = self._context, list(self._outcomes.settled), self._heartbeat_is_due()
        now = self._clock()
        try:
            exchanged = await context.deliveries.exchange(
                self._broadcast.id, self._broadcast.epoch, settled, wanted, now=now, heartbeat=heartbeat
            )
        except BaseException:
            context.rate_limit.give_back(wanted)
            raise
        self._on_settled(settled)
        if heartbeat:
            self._last_heartbeat = monotonic()
            self._clock.log_jump()
            await context.checkpoint.note(self._broadcast, now)
        self._on_claimed(exchanged, wanted, now)
        return exchanged.state

    def _on_settled(self, settled: Sequence[Settled]) -> None:
        """Drop outcomes that are now committed; deliveries that are pending again may be claimed at once."""
        self._outcomes.drop(len(settled), monotonic())
        if any(one.state == "pending" for one in settled):
            self._nothing_due_until = None

    def _on_claimed(self, exchanged: Exchanged, wanted: int, now: datetime) -> None:
        """Start a task per claim."""
        claims = exchanged.claims
        self._context.rate_limit.give_back(wanted - len(claims))
        self._count("pending", "skipped", "unsubscribed", exchanged.skipped)
        if wanted and len(claims) < wanted and exchanged.state == "sending":
            self._nothing_due_until = now + timedelta(seconds=_MAX_WAIT)
        claimed_at = monotonic()
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim, claimed_at))
            self._in_flight.add(task)
            task.add_done_callback(self._on_returned)

    # --- One message ---

    async def _deliver(self, claim: Claim, claimed_at: float) -> None:
        """Send one message once, and record the outcome."""
        began = monotonic()
        if began - claimed_at > _STALE_AFTER or not self._context.may_send():
            self._record(claim, NotSent("network"))
            return
        try:
            outcome = await send(self._context, self._broadcast, claim)
        except asyncio.CancelledError:
            self._record(claim, Unknown("broken"))
            raise
        except BaseException as error:  # noqa: BLE001 - the transport never raises; if it does, the message may be sent
            log.warning("delivery_failed", error=type(error).__name__)
            self._record(claim, Unknown("broken"))
            return
        if isinstance(outcome, Sent):
            self._window.record(monotonic() - began)
        self._record(claim, outcome)

    def _record(self, claim: Claim, outcome: Outcome) -> None:
        settled = settle(claim.chat, outcome, self._clock())
        self._outcomes.add(settled, monotonic())
        self._count("pending", settled.state, settled.reason)
        was_open = self._circuit.is_open
        self._circuit = self._circuit.after(outcome, chat_kind(claim.chat))
        if self._circuit.is_open and not was_open:
            self._next_check_at = monotonic() + CHECK_INTERVAL
            log.warning("broadcast_unreachable")

    def _on_returned(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._woken.set()

    def _count(self, before: str, state: str, reason: str = "", number: int = 1) -> None:
        if number and state != before:
            self._counts = self._counts.moved((before, ""), (state, reason), number)

    async def _check_connection(self) -> None:
        """While the circuit is open, ask Telegram from time to time whether it answers."""
        if not self._circuit.is_open or self._busy or monotonic() < self._next_check_at:
            return
        if await self._context.transport.is_reachable():
            self._circuit = self._circuit.checked()
            self._woken.set()
        else:
            self._next_check_at = monotonic() + CHECK_INTERVAL

    # --- The end ---

    async def _finish_or_requeue(self) -> bool:
        """Finish the broadcast if nothing is left to send; otherwise requeue, or note when the next delivery is due."""
        deliveries, broadcast, now = self._context.deliveries, self._broadcast, self._clock()
        due, oldest_unknown = await deliveries.next_due(broadcast.id)
        if due is not None:
            self._nothing_due_until = due if due > now else None
            return False
        if oldest_unknown is None or not resends(broadcast.kind):
            return await self._finish()
        if now - oldest_unknown < RESEND_AFTER:
            self._nothing_due_until = oldest_unknown + RESEND_AFTER
            return False
        requeued = await deliveries.requeue_unknown(broadcast.id, broadcast.epoch, before=now - RESEND_AFTER, now=now)
        log.info("broadcast_resends", number=broadcast.number, messages=requeued)
        self._counts = await self._context.broadcasts.counts(broadcast.id)
        self._nothing_due_until = None
        return False

    async def _finish(self) -> bool:
        """Finish the broadcast; return False if an admin stopped it first, which the next exchange reports."""
        broadcasts, now = self._context.broadcasts, self._clock()
        finished = await broadcasts.move_broadcast(
            self._broadcast.id, ["sending"], "finished", None, ended_at=now, active_at=now, is_open=False
        )
        if finished is None:
            self._exchange_soon()
            return False
        self._broadcast = finished
        self._announce(Progress(finished, await broadcasts.counts(finished.id)))
        return True

    async def _pause(self, reason: PauseReason) -> bool:
        """Pause until an admin resumes it; return False if an admin stopped it first."""
        paused = await auto_pause(self._context, self._broadcast, reason)
        if paused is None:
            self._exchange_soon()
            return False
        self._broadcast = paused
        self._announce(self.progress())
        return True

    def _exchange_soon(self) -> None:
        """Make the heartbeat due, so that the next tick reads the state."""
        self._last_heartbeat = -_HEARTBEAT

    async def _on_stopped(self, state: BroadcastState) -> None:
        """After an admin paused or cancelled: store the outcomes of what is in flight, and announce the new state."""
        broadcasts = self._context.broadcasts
        await self._settle_in_flight(None)
        present = await broadcasts.broadcast(self._broadcast.id)
        if present is None:
            return
        self._broadcast = present
        if state in ("paused", "cancelled"):
            self._announce(Progress(present, await broadcasts.counts(present.id)))

    def _announce(self, progress: Progress) -> None:
        log.info("broadcast", state=progress.broadcast.state, number=progress.broadcast.number)
        self._context.observer.broadcast_changed(progress)

    # --- Failures and the end of the run ---

    async def _flush_after_failure(self, stopping: asyncio.Event) -> None:
        """After a failed transaction: claim nothing more, and store every outcome in flight as soon as possible."""
        backoff = _MIN_BACKOFF
        while self._busy and not stopping.is_set():
            await asyncio.gather(*self._in_flight, return_exceptions=True)
            try:
                await self._exchange(0)
            except StorageError as error:
                log.warning("broadcast_waits", problem=str(error))
                await wait_for_event(self._woken, backoff)
                self._woken.clear()
                backoff = min(backoff * 2, _MAX_WAIT)

    async def _settle_in_flight(self, seconds: float | None) -> None:
        """Wait for messages in flight, at most `seconds`, and store their outcomes."""
        if self._in_flight:
            _, late = await asyncio.wait(set(self._in_flight), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._outcomes.settled:
            await self._exchange(0)

    async def _drain(self, stopping: asyncio.Event) -> None:
        """Wait for messages in flight and store their outcomes, however the run ended."""
        try:
            await self._settle_in_flight(SHUTDOWN_SECONDS if stopping.is_set() else None)
            await self._context.deliveries.release(self._broadcast.id, self._broadcast.epoch)
        except StorageError as error:
            log.warning("broadcast_not_kept", problem=str(error))
