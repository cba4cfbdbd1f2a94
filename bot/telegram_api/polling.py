"""Fetches updates from Telegram, and confirms them only when they are safe."""

import asyncio

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.retry_policy import ConnectionRetries, TokenGate
from bot.telegram_api.startup import cancel_on_stop
from bot.telegram_api.update_queue import PATIENCE, PendingUpdate, Raw, UpdateQueue

#: Seconds that Telegram holds a call until something arrives.
LONG_POLL = 25
#: Telegram hands out so many unconfirmed updates and no more.
_WINDOW = 100
#: Seconds after which a full window is no longer waited for.
_FULL_PATIENCE = 1.0
_SHORTEST_PAUSE, _LONGEST_LOOK = 0.02, 0.25

log = structlog.get_logger()


class UpdatePoller:
    """The loop of getUpdates.

    Telegram confirms by the next call's offset: everything before it is forgotten there. So the offset stays
    at the oldest update that is not yet safe; calls bring it and those behind it again, with the new ones.
    """

    def __init__(self, client: Client, *, update_queue: UpdateQueue, health: Health, token_gate: TokenGate) -> None:
        self._client = client
        self._update_queue = update_queue
        self._retries = ConnectionRetries(health)
        self._token_gate = token_gate
        self._window: dict[int, PendingUpdate] = {}
        self._confirmed = True
        self._offset = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetch and hand over until it is time to stop; whatever goes wrong is tried again."""
        while not stopping.is_set():
            await cancel_on_stop(stopping, self._token_gate.wait())
            started = asyncio.get_running_loop().time()
            try:
                raws = await cancel_on_stop(stopping, self._client.fetch(self._next_offset(), wait=self._patience()))
            except TelegramError as error:
                self._token_gate.record(accepted=not isinstance(error, InvalidToken))
                await cancel_on_stop(stopping, asyncio.sleep(self._retries.next_wait(error)))
                continue
            if raws is not None:
                self._token_gate.record(accepted=True)
                self._retries.succeeded()
                await self._take(raws, started, stopping)

    async def confirm(self) -> None:
        """Tell Telegram what was handled, before the program ends."""
        self._drop_safe()
        if self._offset:
            try:
                async with asyncio.timeout(2.0):
                    await self._client.fetch(self._next_offset(), wait=0)
            except (TelegramError, TimeoutError):
                log.info("not_confirmed")  # no harm: the update ids are known to the next start

    def _next_offset(self) -> int:
        # After a week's silence Telegram begins with other ids; a settled offset must not hide them.
        return 0 if self._confirmed and not self._window else self._offset

    def _patience(self) -> int:
        return 0 if self._window or not self._token_gate.is_open else LONG_POLL

    async def _take(self, raws: list[Raw], started: float, stopping: asyncio.Event) -> None:
        if not self._window:
            self._confirmed = True
        fresh = [raw for raw in raws if raw.get("update_id") not in self._window]
        taken = await self._update_queue.take(fresh)
        self._window.update(taken)
        self._drop_safe()
        if self._window and not taken:
            await self._look_after(len(raws) >= _WINDOW)
        elif self._window or not taken:
            # Telegram answers at once as long as something is unconfirmed, so here is the only pause.
            spent = asyncio.get_running_loop().time() - started
            await cancel_on_stop(stopping, asyncio.sleep(max(0.0, _SHORTEST_PAUSE - spent)))

    async def _look_after(self, full: bool) -> None:
        """Nothing new came: wait a little for the oldest to be safe, park what takes too long."""
        oldest = next(iter(self._window.values()))
        try:
            async with asyncio.timeout(_LONGEST_LOOK):
                await oldest.safe.wait()
        except TimeoutError:
            limit = asyncio.get_running_loop().time() - (_FULL_PATIENCE if full else PATIENCE)
            late = [arrival for arrival in self._window.values() if arrival.arrived < limit]
            if any(not arrival.safe.is_set() for arrival in late):
                await self._update_queue.park(late)
        self._drop_safe()

    def _drop_safe(self) -> None:
        """Move the offset behind all that are safe, up to the first that is not."""
        for number in sorted(self._window):
            if not self._window[number].safe.is_set():
                break
            del self._window[number]
            self._offset, self._confirmed = number + 1, False
