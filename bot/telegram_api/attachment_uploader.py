"""Uploads a photo or file to Telegram, which returns a file_id for use in later messages."""

from typing import Literal, TypeAlias

from telegram import Message

from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown
from bot.broadcasts.model import Attachment
from bot.telegram_api.client import Client
from bot.telegram_api.errors import classify
from bot.telegram_api.rate_limiter import RateLimiter

_Kind: TypeAlias = Literal["photo", "document"]
#: Seconds to send the file, and to wait for Telegram's answer afterwards.
_WRITE_TIMEOUT, _READ_TIMEOUT = 120.0, 60.0


class AttachmentUploader:
    """Implements the port `Uploader`; tries once and never raises."""

    def __init__(self, client: Client, rate_limiter: RateLimiter) -> None:
        self._client = client
        self._rate_limiter = rate_limiter

    async def upload(
        self, chat: int, kind: _Kind, name: str, content: bytes
    ) -> Attachment | Refused | NotSent | Unknown:
        """Send the file silently into a chat; return the attachment for later messages, or why it failed.

        The rate limiter counts it as an answer.
        """
        await self._rate_limiter.answer(chat)
        try:
            message = await self._send(chat, kind, name, content)
        except Exception as error:  # noqa: BLE001 - classify is the one place that tells errors apart
            return self._failure(chat, classify(error))
        file_id = _file_id(message)
        return Attachment(kind, file_id) if file_id else Refused("content")

    def _failure(self, chat: int, outcome: Outcome) -> Refused | NotSent | Unknown:
        self._rate_limiter.record_outcome(chat, outcome)
        # An error that means success for a text ("message is not modified") contains no file_id.
        return Unknown("garbage") if isinstance(outcome, Sent) else outcome

    async def _send(self, chat: int, kind: _Kind, name: str, content: bytes) -> Message:
        if kind == "photo":
            return await self._client.send_photo(
                chat,
                content,
                filename=name,
                disable_notification=True,
                read_timeout=_READ_TIMEOUT,
                write_timeout=_WRITE_TIMEOUT,
            )
        return await self._client.send_document(
            chat,
            content,
            filename=name,
            disable_notification=True,
            disable_content_type_detection=True,
            read_timeout=_READ_TIMEOUT,
            write_timeout=_WRITE_TIMEOUT,
        )


def _file_id(message: Message) -> str | None:
    """The file_id of the largest photo or of the document.

    None if Telegram converted a document to video or audio, which cannot be sent as a document again.
    """
    if message.photo:
        return message.photo[-1].file_id
    return message.document.file_id if message.document else None
