"""Fetches updates with getUpdates, and confirms them when they are safe.

Telegram deletes updates when a later call asks for a higher offset. So each round fetches a batch, hands it to the
`UpdateQueue`, waits until all of it is *safe* (handled, or parked in the database), and continues with the next offset.
`UpdateQueue.secure` limits the wait to 0.4 seconds and one commit, so a stuck chat delays no other.

It would not help to fetch again with the old offset while one update is slow. If the same offset comes again within
half a second, Telegram's server answers with a single update (`Client::process_get_updates_query`): always the stuck
one.

- **Full batch** (100 updates): more are waiting, so unfinished updates are parked without a wait.
- **Database failure.** Nothing can be parked then. The offset stays at the oldest unsafe update. Calls with the same
  offset are at least `SAME_OFFSET_INTERVAL` apart, so that they return up to 100 updates: others wait up to 0.6 s
  longer, until 100 updates are unsafe.
- **Nothing unconfirmed.** The offset is then 0: after a week without updates Telegram starts with other ids, which an
  old offset would hide.
- **Crash.** Updates that were fetched but neither handled nor parked are fetched again at the next start.

Errors: `retry_policy`. Tests: tests/telegram_api/test_polling.py, test_isolation.py.
"""

import asyncio
from typing import Any

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.stopping import cancel_on_stop
from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.pending_update import PendingUpdate
from bot.telegram_api.retry_policy import ConnectionRetries, TokenGate
from bot.telegram_api.update_queue import UpdateQueue

#: Seconds that Telegram holds a call until an update arrives.
LONG_POLL = 25
#: The number of updates in a full batch.
BATCH = 100
#: Seconds between two calls with the same offset; for an earlier one Telegram would return a single update.
SAME_OFFSET_INTERVAL = 0.55
#: Seconds to wait after an answer without anything that can be confirmed.
_UNUSABLE_INTERVAL = 1.0

log = structlog.get_logger()


class UpdatePoller:
    """The getUpdates loop."""

    def __init__(self, client: Client, *, update_queue: UpdateQueue, health: Health, token_gate: TokenGate) -> None:
        self._client = client
        self._update_queue = update_queue
        self._retries = ConnectionRetries(health)
        self._token_gate = token_gate
        self._unsafe: list[PendingUpdate] = []
        self._offset = 0
        self._called_at, self._called_offset = float("-inf"), 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetch and hand over until `stopping` is set; retries after errors."""
        while not stopping.is_set():
            await cancel_on_stop(stopping, self._until_call_is_due())
            if stopping.is_set():
                return
            self._called_at, self._called_offset = asyncio.get_running_loop().time(), self._offset
            try:
                values = await cancel_on_stop(stopping, self._client.fetch(self._offset, wait=self._long_poll()))
            except TelegramError as error:
                self._token_gate.record(accepted=not isinstance(error, InvalidToken))
                await cancel_on_stop(stopping, asyncio.sleep(self._retries.next_wait(error)))
                continue
            if values is not None:
                self._token_gate.record(accepted=True)
                self._retries.succeeded()
                await self._take(values, stopping)

    async def confirm(self) -> None:
        """Confirm what was handled, before the program ends."""
        self._advance()
        if self._offset not in (0, self._called_offset):
            try:
                async with asyncio.timeout(2.0):
                    await self._client.fetch(self._offset, wait=0)
            except (TelegramError, TimeoutError):
                log.info("not_confirmed")  # harmless: the next start knows these updates

    async def _until_call_is_due(self) -> None:
        await self._token_gate.wait()
        if self._unsafe:
            due = self._called_at + SAME_OFFSET_INTERVAL
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        await self._update_queue.until_not_full()

    def _long_poll(self) -> int:
        return 0 if self._unsafe or not self._token_gate.is_open else LONG_POLL

    async def _take(self, values: list[Any], stopping: asyncio.Event) -> None:
        if not self._unsafe:
            self._offset = 0
        updates = await self._update_queue.accept(values)
        self._unsafe = sorted({*self._unsafe, *updates}, key=lambda update: update.id)
        await cancel_on_stop(stopping, self._update_queue.secure(self._unsafe, is_backlog=len(values) >= BATCH))
        self._advance()
        if values and not updates:
            # Nothing could be confirmed, so Telegram would return it again at once.
            await cancel_on_stop(stopping, asyncio.sleep(_UNUSABLE_INTERVAL))

    def _advance(self) -> None:
        """Move the offset past the safe updates, up to the first that is not."""
        while self._unsafe and self._unsafe[0].is_safe:
            self._offset = self._unsafe.pop(0).id + 1
        if self._unsafe:
            self._offset = self._unsafe[0].id
