"""Errors of a request to Telegram that say whether it may have arrived; see the table in `http`."""

from telegram.error import NetworkError, TelegramError

from bot.broadcasts.delivery import UnknownReason


class NeverSentError(NetworkError):
    """The request was not sent, because there was no connection."""


class MaybeSentError(NetworkError):
    """The request was sent, at least in part; whether Telegram executed it is unknown."""

    def __init__(self, message: str, why: UnknownReason) -> None:
        super().__init__(message)
        self.why = why


class FloodError(TelegramError):
    """Telegram asks to wait. Replaces python-telegram-bot's `RetryAfter`, which warns that its type will change."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait for {seconds:g} seconds")
        self.seconds = seconds
