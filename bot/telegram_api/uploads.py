"""How a picture or a file from the server comes to Telegram, which keeps it."""

from typing import Literal

from telegram import Message

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Attachment
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify
from bot.telegram_api.rate_limiter import RateLimiter

#: Seconds for bringing the file up, and for what Telegram does with it then.
_WRITE, _READ = 120.0, 60.0


class Uploads:
    """Brings pictures and files to Telegram (an `Uploader`)."""

    def __init__(self, client: Client, rate_limiter: RateLimiter) -> None:
        self._client = client
        self._rate_limiter = rate_limiter

    async def upload(
        self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        """Send it into a chat, without a sound; what it can be sent with from then on, or why there is none.

        To the rate_limiter it is an answer.
        """
        await self._rate_limiter.answer(chat)
        try:
            message = await self._send(chat, kind, name, content)
        except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
            return self._understood(chat, classify(error))
        file_id = message.photo[-1].file_id if message.photo else message.document.file_id if message.document else ""
        # A document that Telegram takes for a film or a sound comes back as such, and cannot be sent as a document.
        return Attachment(kind, file_id) if file_id else Refused("content")

    def _understood(self, chat: int, outcome: Outcome) -> Refused | NotSent | Unknown:
        self._rate_limiter.record_outcome(chat, outcome)
        # An error that is as good as a success brings no file.
        return Unknown("garbage") if isinstance(outcome, Sent) else outcome

    async def _send(self, chat: int, kind: Literal["photo", "document"], name: str, content: bytes) -> Message:
        if kind == "photo":
            return await self._client.send_photo(
                chat, content, filename=name, disable_notification=True, read_timeout=_READ, write_timeout=_WRITE
            )
        return await self._client.send_document(
            chat, content, filename=name, disable_notification=True, disable_content_type_detection=True,
            read_timeout=_READ, write_timeout=_WRITE,
        )  # fmt: skip
