"""What a send turned out to be: the words in which every other room speaks of it."""

from dataclasses import dataclass
from typing import Literal

#: Why Telegram will never take this message: the person blocked the bot or is gone, there is no such chat,
#: or it is the text itself.
Refusal = Literal["blocked", "chat", "content"]
#: Why a message did not leave: no way to Telegram, too many messages, the group has another id, the token.
Hindrance = Literal["network", "flood", "migrated", "token"]
#: Why nobody knows: the line broke, nothing came back in time, the server stumbled, its answer made no sense.
Doubt = Literal["broken", "silence", "server", "garbage"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram has it; `message_id` is that of the last part, None where there is no message."""

    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never take it, so it is not sent again."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not arrive and may be sent again."""

    why: Hindrance
    retry_after: float = 0.0  #: seconds that Telegram asks to wait
    new_chat: int | None = None  #: where the group is now


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have arrived: sent again, there may be two."""

    why: Doubt


Outcome = Sent | Refused | NotSent | Unknown
