"""Delivers to the webhook: in order within a chat, many chats at once, with retries."""

import asyncio
import time
from collections import deque

import aiohttp

from bot.sandbox.state import SandboxState, Webhook
from bot.sandbox.updates import Queued

#: The longest waits after a failed call, in seconds: by default, and if the bot sends a Retry-After header.
_MAX_PAUSE = 60.0
_MAX_RETRY_AFTER = 3600.0
#: The number of chats per connection whose updates are loaded; others wait (`WebhookActor::load_updates`).
_LOADED_PER_CONNECTION = 2
#: An update that belongs to no chat waits for no other.
_NO_KEY = -(1 << 60)


class WebhookSender:
    """Sends queued updates while a webhook is set; a failed update delays only updates with the same key."""

    def __init__(self, state: SandboxState) -> None:
        self.state = state
        #: length of a second in the pauses between attempts (0, 2, 4, 8 ... 60 of them)
        self.second = 1.0
        self.timeout = 60.0
        self._webhook = Webhook()
        self._last_serial = -1
        self._queues: dict[int, deque[Queued]] = {}
        self._ready: deque[int] = deque()
        self._busy: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            try:
                while True:
                    self._load()
                    self._launch(session)
                    await self.state.updates.arrived.next()
            finally:
                for task in self._busy:
                    task.cancel()

    def _load(self) -> None:
        """Queue new updates by key; after a new webhook was set, start again with all waiting updates."""
        if self._webhook is not self.state.webhook:
            self._webhook = self.state.webhook
            self._last_serial = -1
            self._queues, self._ready = {}, deque()
        if not self._webhook.url:
            return
        for update in self.state.updates.after(self._last_serial):
            if len(self._queues) >= _LOADED_PER_CONNECTION * self._webhook.max_connections:
                break
            self._last_serial = update.serial
            key = update.key or _NO_KEY - update.serial
            if key not in self._queues:
                self._queues[key] = deque()
                self._ready.append(key)
            self._queues[key].append(update)

    def _launch(self, session: aiohttp.ClientSession) -> None:
        while self._ready and len(self._busy) < self._webhook.max_connections:
            key = self._ready.popleft()
            task = asyncio.create_task(self._deliver_first(session, self._webhook, key))
            self._busy.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self.state.updates.arrived.notify()

    async def _deliver_first(self, session: aiohttp.ClientSession, webhook: Webhook, key: int) -> None:
        update = self._queues[key][0]
        if update.serial in self.state.updates.waiting:
            error, pause = await self._post(session, webhook, update)
            if error:
                webhook.last_error, webhook.last_error_date = error, int(time.time())
                update.failures += 1
                asyncio.get_running_loop().call_later(pause, self._retry, webhook, key)
                return
            self.state.updates.remove(update)
        if webhook is self._webhook:
            self._advance(key)

    def _advance(self, key: int) -> None:
        self._queues[key].popleft()
        if self._queues[key]:
            self._ready.append(key)
        else:
            del self._queues[key]

    def _retry(self, webhook: Webhook, key: int) -> None:
        if webhook is self._webhook:
            self._ready.append(key)
            self.state.updates.arrived.notify()

    async def _post(self, session: aiohttp.ClientSession, webhook: Webhook, update: Queued) -> tuple[str, float]:
        """Post an update; return the error (empty on success), and the time to wait before the next attempt."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            async with session.post(webhook.url, json=update.body, headers=headers, allow_redirects=False) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return f"{type(error).__name__} while delivering", self._pause(update, "")
        if 200 <= response.status <= 299:
            return "", 0.0
        error_text = f"Wrong response from the webhook: {response.status} {response.reason}"
        return error_text, self._pause(update, response.headers.get("Retry-After", ""))

    def _pause(self, update: Queued, retry_after: str) -> float:
        if retry_after.isdigit():
            return min(float(retry_after), _MAX_RETRY_AFTER) * self.second
        pause = float(2 ** min(update.failures, 10)) if update.failures else 0.0
        return min(pause, _MAX_PAUSE) * self.second
