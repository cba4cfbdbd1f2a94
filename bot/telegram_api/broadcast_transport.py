"""Sends a message of a broadcast to one chat, and reports the outcome."""

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
    """Sends messages of a broadcast; it never raises.

    The caller has taken the message from the rate limiter, and it is sent once. `as_answers`: it is a preview for which
    an admin waits, so it counts as an answer here, and is repeated after a short 429.
    """

    def __init__(self, client: Client, rate_limiter: RateLimiter, *, as_answers: bool = False) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._as_answers = as_answers

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""
        method, message = _message(edition, text)
        message["chat_id"] = chat
        if silent:
            message["disable_notification"] = True
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
            return Sent(await self._client.send_made(method, message))
        except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
            outcome = classify(error)
        self._rate_limiter.record_outcome(chat, outcome)
        return outcome

    async def is_reachable(self) -> bool:
        """Whether Telegram answers at all, and knows the bot."""
        try:
            await self._client.get_me()
        except Exception:  # noqa: BLE001 - whatever it is, the next try tells whether it is over
            return False
        return True


def _message(edition: Edition, text: str) -> tuple[str, dict[str, Any]]:
    """The method and its parameters, apart from the chat."""
    message: dict[str, Any] = {"parse_mode": "HTML"}
    if edition.links:
        rows = [[{"text": link.label, "url": link.url}] for link in edition.links]
        message["reply_markup"] = {"inline_keyboard": rows}
    match edition.attachment:
        case Attachment(kind, file_id):
            return _METHODS[kind], message | {kind: file_id, "caption": text}
        case None:
            return "sendMessage", message | {"text": text, "link_preview_options": {"is_disabled": True}}
