"""Outcomes of a send attempt, and the delivery state machine.

A delivery is one broadcast to one chat: one row, from the moment when the recipients are recorded until 90 days after
the end of the broadcast. The row is the record of who got what and the work queue in one.

States
------
::

    pending --claim--> sending --settle--> sent | failed          (final)
       ^                  |   \\--> unknown
       |                  '-- certainly not sent: back to pending, the attempt is given back
       '---- requeue: unknown, one attempt left, a minute old, class is not `once`

    pending --> skipped     the chat has unsubscribed meanwhile   (final)
    pending --> cancelled   an admin cancelled the broadcast      (final)
    sending --> unknown     another epoch took the broadcast over (the program crashed)

`unknown` means that the message may have arrived. It is final after two attempts, and at once in the class `once`.

Invariants
----------
I1  No request leaves the program before the claim of its delivery is committed.
I2  A delivery is `sent` only after a response of Telegram that says so.
I3  A delivery has at most `MAX_ATTEMPTS` attempts. The claim counts the attempt; it is given back only where the
    message was certainly not sent.
I4  After the recipients are recorded, the number of deliveries of a broadcast changes only by erasure, and erased
    deliveries stay in the totals.
I5  Claiming and settling name the epoch of the lease; an older epoch is refused (a fencing token).
I6  At most a window of deliveries (`bot.broadcasts.pacing.InFlightWindow`) is claimed and not settled.

From I1 and I3 it follows that no recipient gets more than two copies, from I6 that a crash doubles at most a window of
messages, and from I2 and I4 that every recipient who got nothing is reported. `tests/broadcasts/test_state_machine.py`
checks the invariants against a reference model with random histories on both databases, `test_crash_loop.py` and
`test_kills.py` with crashes, and `tests/broadcasts/checker.py` states the guarantees to the recipients.

`bot.telegram_api.errors` decides which outcome an error is; what it does not know by name is `Unknown`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.i18n.languages import Language

#: Why Telegram refuses a message: the bot was blocked or removed; the chat does not exist; the chat does not let the
#: bot write (closed topic, missing rights); the text is invalid; the reason is unknown.
RefusalReason = Literal["blocked", "chat", "closed", "content", "unclassified"]
#: The kind of a chat, as its id shows it.
ChatKind: TypeAlias = Literal["private", "group", "supergroup"]
#: Why a message was not sent: no connection, too many messages (429), the group has a new id, the token is invalid.
NotSentReason = Literal["network", "flood", "migrated", "token"]
#: Why the outcome is unknown: connection lost, no response in time, server error, invalid response.
UnknownReason = Literal["broken", "silence", "server", "garbage"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram accepted it; `message_id` is that of the last part, or None if there is no message."""

    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never accept it, so it is not sent again."""

    why: RefusalReason


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not arrive and may be sent again."""

    why: NotSentReason
    retry_after: float = 0.0  #: seconds that Telegram asks to wait
    new_chat: int | None = None  #: the new id of the group


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have arrived. If it is sent again, there may be two copies."""

    why: UnknownReason


Outcome = Sent | Refused | NotSent | Unknown

#: The state of a delivery. The last four are final; `unknown` is final if the message is not sent again.
DeliveryState: TypeAlias = Literal["pending", "sending", "unknown", "sent", "failed", "skipped", "cancelled"]

#: Ids of groups are above this, those of supergroups and channels are below.
_FIRST_SUPERGROUP = -1_000_000_000_000
#: The most copies that a recipient can get.
MAX_ATTEMPTS = 2
#: Time after which a message with an unknown outcome is sent again.
RESEND_AFTER = timedelta(seconds=60)
#: Time after which a message that could not be sent is tried again.
_BACK_OFF = timedelta(seconds=5)
#: The longest wait that is accepted from Telegram, in seconds; a larger one may exceed the range of dates.
_MAX_BACK_OFF = 86_400.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery to send now. Its attempt is already counted and committed."""

    chat: int
    language: Language | None  #: the chosen language, or that of the Telegram client; None means the city's
    attempt: int  #: 1 or 2


@dataclass(frozen=True, slots=True)
class Settled:
    """The new state of a claimed delivery, to be stored."""

    chat: int
    state: DeliveryState
    reason: str = ""
    message_id: int | None = None
    counts: bool = True  #: False: the message was certainly not sent, so the attempt is given back
    next_at: datetime | None = None  #: for a pending delivery: not before this time
    new_chat: int | None = None  #: the new id of the group

    @property
    def ends_subscription(self) -> bool:
        """Whether the chat can never be reached again, which ends its subscription."""
        return self.state == "failed" and self.reason in ("blocked", "chat")


def chat_kind(chat: int) -> ChatKind:
    """The kind of a chat; supergroups and channels share one range of ids."""
    if chat > 0:
        return "private"
    return "group" if chat > _FIRST_SUPERGROUP else "supergroup"


def settle(chat: int, outcome: Outcome, now: datetime) -> Settled:
    """The transition of a claimed delivery after its send."""
    match outcome:
        case Sent(message_id):
            return Settled(chat, "sent", message_id=message_id)
        case Refused(why):
            return Settled(chat, "failed", why)
        case NotSent():
            wait = timedelta(seconds=min(outcome.retry_after, _MAX_BACK_OFF)) or _BACK_OFF
            moved = outcome.new_chat is not None
            return Settled(
                chat, "pending", counts=False, next_at=now if moved else now + wait, new_chat=outcome.new_chat
            )
        case Unknown(why):
            return Settled(chat, "unknown", why)
