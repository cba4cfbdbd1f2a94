"""What an error of a call means for the message: the one place that tells errors apart."""

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    TimedOut,
)

from bot.broadcasts.delivery import NotSent, Outcome, RefusalReason, Refused, Sent, Unknown
from bot.telegram_api.http import FloodError, MaybeSentError, NeverSentError

_NO_SUCH_CHAT = ("chat not found", "peer_id_invalid", "rights to send", "write_forbidden", "chat_restricted")
_GONE = "user is deactivated"
_NOTHING_TO_DO = ("message is not modified", "query is too old", "query id is invalid")


def classify(error: BaseException) -> Outcome:
    """What an error of a call means for its message; what is not known by name is Unknown."""
    match error:
        case FloodError():
            return NotSent("flood", retry_after=error.seconds)
        case ChatMigrated():
            return NotSent("migrated", new_chat=error.new_chat_id)
        case Forbidden():
            return Refused("chat" if _GONE in error.message.lower() else "blocked")
        case BadRequest():
            return _classify_refusal(error.message.lower())
        case InvalidToken() | EndPointNotFound():
            return NotSent("token")
        case NeverSentError() | Conflict():
            return NotSent("network")
        case MaybeSentError():
            return Unknown(error.why)
        case TimedOut():
            return Unknown("silence")
        case NetworkError():
            return Unknown("server")
        case _:
            return Unknown("garbage")


def _classify_refusal(description: str) -> Outcome:
    if any(words in description for words in _NOTHING_TO_DO):
        return Sent()
    why: RefusalReason = "chat" if any(words in description for words in _NO_SUCH_CHAT) else "content"
    return Refused(why)
