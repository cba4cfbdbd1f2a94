"""Fetches updates with getUpdates, and confirms them when they are safe.

Telegram deletes updates when a later call asks for a higher offset. So each round fetches a batch, hands it to the
`UpdateQueue`, and asks from the first update on that is not *safe* (handled, or parked in the database). While an
update is unsafe, the next call does not wait for it: another citizen's question may have arrived.

Two calls in a row never have the same offset while an update is unsafe. Within half a second of the first one,
Telegram's server would answer the second with a single update (`Client::process_get_updates_query`): always the stuck
one. So the poller asks in turn from the oldest unsafe update, which also confirms those before it, and from 0, which
the Bot API defines as the earliest unconfirmed update. Both return the unsafe updates again; the poller drops them.

- **Full batch** (100 updates): more are waiting, so unfinished updates are parked before the next call.
- **Database failure.** Nothing can be parked then, and updates that are not handled stay with Telegram. Others are
  answered, up to `FAILED_INTERVAL` later, until 100 updates are unsafe.
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
#: Seconds between two calls while an update is unsafe.
UNSAFE_INTERVAL = 0.02
#: Seconds between two calls while updates cannot be parked; each call returns all of them again.
FAILED_INTERVAL = 0.5
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
        self._securing: asyncio.Future[bool] | None = None
        self._offset = 0
        self._called_offset = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetch and hand over until `stopping` is set; retries after errors."""
        try:
            await self._fetch_until(stopping)
        finally:
            if self._securing is not None:
                self._securing.cancel()

    async def _fetch_until(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await cancel_on_stop(stopping, self._until_call_is_due())
            if stopping.is_set():
                return
            self._called_offset = self._next_offset()
            try:
                values = await cancel_on_stop(stopping, self._client.fetch(self._called_offset, wait=self._long_poll()))
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
        await self._wait_for_unsafe()
        await self._update_queue.until_not_full()

    async def _wait_for_unsafe(self) -> None:
        """Wait until all updates are safe, or until the next call is due nevertheless."""
        self._advance()
        if not self._unsafe:
            return
        if self._securing is None:
            self._securing = asyncio.ensure_future(self._update_queue.secure(list(self._unsafe)))
        await asyncio.wait({self._securing}, timeout=UNSAFE_INTERVAL)
        if self._securing.done():
            is_secured, self._securing = self._securing.result(), None
            self._advance()
            if not is_secured:
                await asyncio.sleep(FAILED_INTERVAL)

    def _next_offset(self) -> int:
        return 0 if self._unsafe and self._offset == self._called_offset else self._offset

    def _long_poll(self) -> int:
        return 0 if self._unsafe or not self._token_gate.is_open else LONG_POLL

    async def _take(self, values: list[Any], stopping: asyncio.Event) -> None:
        if not self._unsafe:
            self._offset = 0
        known = {update.id for update in self._unsafe}
        new = [value for value in values if _number(value) not in known]
        updates = await self._update_queue.accept(new)
        self._unsafe = sorted({*self._unsafe, *updates}, key=lambda update: update.id)
        if len(values) >= BATCH:
            await cancel_on_stop(stopping, self._update_queue.secure(list(self._unsafe), is_backlog=True))
        if new and not updates:
            # Nothing could be confirmed, so Telegram would return it again at once.
            await cancel_on_stop(stopping, asyncio.sleep(_UNUSABLE_INTERVAL))

    def _advance(self) -> None:
        """Move the offset past the safe updates, up to the first that is not."""
        while self._unsafe and self._unsafe[0].is_safe:
            self._offset = self._unsafe.pop(0).id + 1
        if self._unsafe:
            self._offset = self._unsafe[0].id


def _number(value: Any) -> int | None:
    number = value.get("update_id") if isinstance(value, dict) else None
    return number if isinstance(number, int) else None
