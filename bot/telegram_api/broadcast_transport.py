"""How a broadcast reaches one chat: one call, and what became of it."""

from typing import Any

from bot.broadcasts.delivery import Outcome, Sent
from bot.broadcasts.model import Attachment, Edition
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify
from bot.telegram_api.rate_limiter import RateLimiter

_METHODS = {"photo": "sendPhoto", "document": "sendDocument"}


class TelegramTransport:
    """Takes messages of a broadcast to Telegram. It tries once, and never fails.

    What is sent of a broadcast was taken from the budget before; `as_answers`: each message is taken from it here, as
    an answer, for it is a preview that an admin waits for.
    """

    def __init__(self, client: Client, budget: RateLimiter, *, as_answers: bool = False) -> None:
        self._client = client
        self._budget = budget
        self._as_answers = as_answers

    async def post(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        """Send `text` (Telegram's HTML) with the attachment and the buttons of an edition."""
        method, message = _message(edition, text)
        message["chat_id"] = chat
        if silent:
            message["disable_notification"] = True
        if self._as_answers:
            await self._budget.answer(chat)
        try:
            return Sent(await self._client.send_made(method, message))
        except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
            outcome = classify(error)
        self._budget.heed(chat, outcome)
        return outcome

    async def is_there(self) -> bool:
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
