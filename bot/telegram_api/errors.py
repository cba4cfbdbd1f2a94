"""Turns the error of a call into its outcome; no other module classifies errors.

Telegram describes a refusal with a text such as `Bad Request: TOPIC_CLOSED`. `_TABLE` lists the known texts by subject;
the first row that occurs in the text decides. An unlisted refusal is `unclassified`: it is attributed to the chat until
several kinds of chats refuse (`bot.broadcasts.pacing.CircuitState`).
"""

import re

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
from bot.telegram_api.request_errors import FloodError, MaybeSentError, NeverSentError

#: Reason of a refusal -> parts of Telegram's texts, in lower case: regular expressions separated by commas.
_TABLE: tuple[tuple[RefusalReason, str], ...] = (
    # The chat no longer exists, or the bot is no longer in it.
    (
        "chat",
        r"""
        chat not found, user not found, user is deactivated, (input_)?user_deactivated, chat was deactivated,
        chat was deleted, group is deactivated, channel_private, channel_invalid, peer_id_invalid, chat_id_invalid,
        user_id_invalid, user_deleted, can't send messages to bots, user_is_bot, user_bot_invalid
        """,
    ),
    (
        "blocked",
        r"""
        blocked by, user_is_blocked, bot was kicked, bot is not a member, can't initiate, user_not_participant,
        channel_public_group_na
        """,
    ),
    # The chat exists but does not let the bot write now.
    (
        "closed",
        r"""
        topic_(closed|deleted|hidden|id_invalid), topic must be specified, thread not found, chat_send_\w+_forbidden,
        chat_guest_send_forbidden, chat_admin_required, need administrator rights, rights to send, not enough rights,
        no write access, write_forbidden, chat_forbidden, access to the chat, status is inaccessible, chat_restricted,
        user_banned_in_channel, user_restricted, payment_required, premium_account_required, privacy_premium_required,
        voice_messages_forbidden, slowmode_wait, monoforum, you_blocked_user, business_peer_invalid
        """,
    ),
    # The text, its formatting, its attachment or its buttons.
    (
        "content",
        r"""
        can't parse, entities, entity_, (text|message|caption) is (too long|empty), must be non-empty,
        message_too_long, message_empty, caption_too_long, media_empty, utf-8, button_, reply_markup, keyboard,
        url host, http url, webpage_, web page, file identifier, file_reference, file_id, file of type,
        file is too big, type of file, entity too large, photo_, image_, document_, url_invalid, there is no text,
        wrong type
        """,
    ),
)
_PATTERNS: tuple[tuple[RefusalReason, re.Pattern[str]], ...] = tuple(
    (reason, re.compile("|".join(re.split(r",\s+", texts.strip())))) for reason, texts in _TABLE
)
#: Refusals of a call that would no longer have an effect.
_NO_EFFECT = re.compile("message is not modified|query is too old|query id is invalid")


def classify(error: BaseException) -> Outcome:
    """The outcome of a call that raised `error`; unknown classes are Unknown."""
    match error:
        case FloodError():
            return NotSent("flood", retry_after=error.seconds)
        case ChatMigrated():
            return NotSent("migrated", new_chat=error.new_chat_id)
        case Forbidden():
            return Refused(_reason(error.message) or "unclassified")  # only a known reason ends a subscription
        case BadRequest():
            is_obsolete = _NO_EFFECT.search(error.message.lower())
            return Sent() if is_obsolete else Refused(_reason(error.message) or "unclassified")
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


def result_of(outcome: Outcome) -> str:
    """One word for an outcome, for metrics."""
    match outcome:
        case NotSent(why=why) | Unknown(why=why):
            return why
        case Refused():
            return "refused"
        case Sent():
            return "ok"


def _reason(text: str) -> RefusalReason | None:
    """The reason for a text of Telegram, or None if it is not listed."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(text.lower())), None)
