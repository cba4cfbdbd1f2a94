"""Delivers owed messages; `bot.inbox.tickets.model` describes their states.

One worker per process claims a few due messages in one transaction, sends them concurrently, and stores their outcomes
in another. It stops claiming when the program stops, and waits some seconds for what is in flight. While the database
is unavailable, outcomes wait in memory; a kill then makes them unknown, like any claimed message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from bot.broadcasts.delivery import Outcome, Settled, Unknown
from bot.errors import StorageError
from bot.inbox.tickets.model import OwedMessage, settle_owed
from bot.inbox.tickets.ports import OwedMessages, OwedTransport
from bot.inbox.tickets.service import StaffChats
from bot.stopping import wait_for_event, waking_on_stop

#: The most messages in flight.
_MAX_CLAIMED = 10
#: The longest and the shortest time between two polls without a wake-up, in seconds.
_MAX_POLL, _MIN_POLL = 60.0, 0.05
#: Seconds before a failed step is retried.
_PAUSE = 2.0

log = structlog.get_logger()


class DeliveryWorker:
    """Sends owed messages while the program runs. `on_unreachable` is called for chats that cannot be reached."""

    def __init__(
        self,
        queue: OwedMessages,
        *,
        staff: StaffChats,
        on_unreachable: Callable[[int], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._staff = staff
        self._on_unreachable = on_unreachable
        self._now = now
        self._woken = asyncio.Event()
        self._recovered = False
        self._unsettled: list[tuple[OwedMessage, Settled]] = []

    def wake(self) -> None:
        """Check for work at once."""
        self._woken.set()

    async def run(self, transport: OwedTransport, stopping: asyncio.Event) -> None:
        """Deliver until `stopping` is set. May be called again later; another process may have delivered meanwhile."""
        self._recovered = False
        with waking_on_stop(stopping, self.wake):
            while not stopping.is_set():
                self._woken.clear()
                await wait_for_event(self._woken, await self._step(transport))
        try:
            await self._settle()
        except StorageError as error:
            log.warning("inbox_not_settled", reason=str(error))
            self._unsettled.clear()  # a later recovery makes them unknown

    async def _step(self, transport: OwedTransport) -> float:
        """Deliver what is due; return the seconds until there may be more."""
        try:
            await self._settle()
            if not self._recovered:
                await self._queue.recover_owed(await self._staff.ids(), self._now())
                self._recovered = True
            claimed = await self._queue.claim_owed(_MAX_CLAIMED, self._now())
            if claimed:
                await self._deliver(claimed, transport)
                return 0.0
            due = await self._queue.next_owed()
        except StorageError as error:
            log.warning("inbox_waits", reason=str(error))
            self._recovered = False  # a claim that failed may have been committed
            return _PAUSE
        except Exception as error:  # noqa: BLE001 - the answers go on, and so does the delivery
            log.warning("inbox_delivery_failed", error=type(error).__name__)
            return _PAUSE
        return _MAX_POLL if due is None else max(_MIN_POLL, min(_MAX_POLL, (due - self._now()).total_seconds()))

    async def _deliver(self, claimed: Sequence[OwedMessage], transport: OwedTransport) -> None:
        outcomes = await asyncio.gather(*(_send(message, transport) for message in claimed))
        now = self._now()
        self._unsettled += [
            (message, settle_owed(message, outcome, now)) for message, outcome in zip(claimed, outcomes, strict=True)
        ]
        await self._settle()

    async def _settle(self) -> None:
        if not self._unsettled:
            return
        await self._queue.settle_owed(self._unsettled, await self._staff.ids(), self._now())
        settled, self._unsettled = self._unsettled, []
        for message, outcome in settled:
            log.info("inbox_message", kind=message.kind, state=outcome.state, reason=outcome.reason)
            if outcome.ends_subscription:
                await self._on_unreachable(message.chat)


async def _send(message: OwedMessage, transport: OwedTransport) -> Outcome:
    try:
        return await transport.send(message)
    except Exception as error:  # noqa: BLE001 - it may have been sent, and the others are to be settled
        log.warning("inbox_message_failed", kind=message.kind, error=type(error).__name__)
        return Unknown("broken")
