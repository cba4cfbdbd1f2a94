"""What a send turned out to be, and what becomes of a delivery: the words in which every other room speaks of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.i18n.languages import Language

#: Why Telegram will never take this message: the person blocked the bot or is gone, there is no such chat,
#: or it is the text itself.
RefusalReason = Literal["blocked", "chat", "content"]
#: Why a message did not leave: no way to Telegram, too many messages, the group has another id, the token.
NotSentReason = Literal["network", "flood", "migrated", "token"]
#: Why nobody knows: the line broke, nothing came back in time, the server stumbled, its answer made no sense.
UnknownReason = Literal["broken", "silence", "server", "garbage"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram has it; `message_id` is that of the last part, None where there is no message."""

    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never take it, so it is not sent again."""

    why: RefusalReason


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not arrive and may be sent again."""

    why: NotSentReason
    retry_after: float = 0.0  #: seconds that Telegram asks to wait
    new_chat: int | None = None  #: where the group is now


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have arrived: sent again, there may be two."""

    why: UnknownReason


Outcome = Sent | Refused | NotSent | Unknown

#: How far a delivery is; the last four are final, and `unknown` is where nothing is sent again.
DeliveryState: TypeAlias = Literal["pending", "sending", "unknown", "sent", "failed", "skipped", "cancelled"]

#: Nobody gets more copies than this, whatever happens.
MAX_ATTEMPTS = 2
#: A message of unknown fate is sent again when this much time has passed since the first time.
RESEND_AFTER = timedelta(seconds=60)
#: A message that could not leave is tried again after this.
_BACK_OFF = timedelta(seconds=5)
#: However long Telegram asks to wait, in seconds: a number that no calendar has would lose the outcome.
_LONGEST_BACK_OFF = 86_400.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is to be sent now: its attempt is counted, and that is on the disk."""

    chat: int
    language: Language | None  #: the one that was chosen, or that of their Telegram; None: the city's
    attempt: int  #: 1 or 2


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed delivery."""

    chat: int
    state: DeliveryState
    reason: str = ""
    message_id: int | None = None
    counts: bool = True  #: False: it was certainly not sent, so the attempt is given back
    next_at: datetime | None = None  #: of one that waits again: not before this
    new_chat: int | None = None  #: the group's number from now on

    @property
    def is_gone(self) -> bool:
        """Whether the chat can never be reached again."""
        return self.state == "failed" and self.reason in ("blocked", "chat")


def settle(chat: int, outcome: Outcome, now: datetime) -> Settled:
    """What becomes of a claimed delivery after its send (the state machine of a delivery)."""
    match outcome:
        case Sent(message_id):
            return Settled(chat, "sent", message_id=message_id)
        case Refused(why):
            return Settled(chat, "failed", why)
        case NotSent():
            wait = timedelta(seconds=min(outcome.retry_after, _LONGEST_BACK_OFF)) or _BACK_OFF
            moved = outcome.new_chat is not None
            return Settled(
                chat, "pending", counts=False, next_at=now if moved else now + wait, new_chat=outcome.new_chat
            )
        case Unknown(why):
            return Settled(chat, "unknown", why)
