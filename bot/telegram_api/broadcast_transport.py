"""Sends one message of a broadcast to one chat, and returns the outcome.

It implements the port `MessageTransport` in two ways:

- **For the delivery worker** (`as_answers=False`): exactly one call. The worker has claimed the delivery in the
  database and taken a token from the rate limiter; a second call could send the message twice.
  `bot.broadcasts.delivery.settle` decides what the outcome means for the delivery.
- **For previews** (`as_answers=True`), for which an admin waits: the message counts as an answer in the rate limiter,
  and is sent again after a short 429 (`PreviewRetries`).

Both report a 429 to the rate limiter. Tests: tests/telegram_api/test_broadcast_transport.py.
"""

import asyncio
from typing import Any

from bot.broadcasts.delivery import Outcome, Sent
from bot.broadcasts.model import Attachment, Edition
from bot.metrics import DELIVERIES
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify, result_of
from bot.telegram_api.rate_limiter import RateLimiter
from bot.telegram_api.retry_policy import PreviewRetries

_METHODS = {"photo": "sendPhoto", "document": "sendDocument"}


class TelegramTransport:
    """Sends messages of broadcasts, or previews of them; never raises."""

    def __init__(self, client: Client, rate_limiter: RateLimiter, *, as_answers: bool = False) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._as_answers = as_answers

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""
        method, message = _message(edition, text)
        message |= {"chat_id": chat, "disable_notification": silent}
        retries = PreviewRetries()
        while True:
            outcome = await self._post_once(chat, method, message)
            if not self._as_answers:
                DELIVERIES.labels(result_of(outcome)).inc()
                return outcome
            wait = retries.next_wait(outcome)
            if wait is None:
                return outcome
            await asyncio.sleep(wait)

    async def _post_once(self, chat: int, method: str, message: dict[str, Any]) -> Outcome:
        if self._as_answers:
            await self._rate_limiter.answer(chat)
        try:
            return Sent(await self._client.post_message(method, message))
        except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
            outcome = classify(error)
        self._rate_limiter.record_outcome(chat, outcome)
        return outcome

    async def is_reachable(self) -> bool:
        """Whether Telegram answers, and accepts the token."""
        try:
            await self._client.get_me()
        except Exception:  # noqa: BLE001 - any error means: not reachable now
            return False
        return True


def _message(edition: Edition, text: str) -> tuple[str, dict[str, Any]]:
    """The method of the Bot API, and its parameters without the chat."""
    message: dict[str, Any] = {"parse_mode": "HTML"}
    if edition.links:
        rows = [[{"text": link.label, "url": link.url}] for link in edition.links]
        message["reply_markup"] = {"inline_keyboard": rows}
    match edition.attachment:
        case Attachment(kind, file_id):
            return _METHODS[kind], message | {kind: file_id, "caption": text}
        case None:
            return "sendMessage", message | {"text": text, "link_preview_options": {"is_disabled": True}}
