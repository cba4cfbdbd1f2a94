"""Tickets, wishes, and the messages that the inbox owes: their states and rules.

A ticket is one question for a person to answer. A wish is a citizen's "tell me when you know" for a group of questions.
An owed message is one message to one chat that must arrive: a ticket to staff, or an answer to a citizen.

States of a ticket
------------------
::

    open --a person answers--> answered --"Was this it?" yes, or 14 days--> closed
     ^                            |
     '--------------- no ---------'
    open, answered --its group is taught--> closed

Only an open ticket can be answered, and one transaction changes the state and stores the owed message. If two people
answer at once, exactly one succeeds. If the process is killed, either the ticket is still open,
or the answer is stored and will be delivered.

States of an owed message
-------------------------
The states and outcomes are those of a broadcast's delivery (`bot.broadcasts.delivery`), for one chat::

    pending --claim--> sending --settle--> deleted (sent), or failed and reported to staff
       ^                  |
       '------------------'  certainly not sent: the attempt is given back;
                             unknown: once more after a minute, then it counts as failed

The claim is committed before the request leaves. After a crash, messages in the state `sending` become unknown. A chat
gets at most `MAX_ATTEMPTS` copies of a message, and more than one only if a call was in flight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from bot.broadcasts.delivery import MAX_ATTEMPTS, RESEND_AFTER, Outcome, Settled, settle
from bot.i18n.languages import Language

TicketState: TypeAlias = Literal["open", "answered", "closed"]
#: What an owed message tells.
OwedKind: TypeAlias = Literal[
    "ticket",  #: staff: a citizen's question
    "reminder",  #: staff: the question has been open for a day
    "reopened",  #: staff: the answer did not help the citizen
    "undelivered",  #: staff: the answer could not be delivered to the citizen
    "answer",  #: the citizen: the answer of a person
    "taught",  #: the citizen: the city now has an answer
]

#: The most open tickets of a citizen.
MAX_OPEN = 3
#: The most wishes of a chat.
MAX_WISHES = 20
#: How long tickets and wishes are stored.
KEEP_TICKETS = timedelta(days=90)
#: After this time an answered ticket closes by itself.
CLOSES_AFTER = timedelta(days=14)
#: After this time staff get a reminder of an open ticket.
REMIND_AFTER = timedelta(days=1)
#: UTF-16 units of the longest answer that fits into one message with its heading and question.
MAX_ANSWER = 3_500
#: The prefix of an answer that is a project instead of a text.
_PROJECT = "\x00project:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A question for a person to answer; once closed it has no text and no asker."""

    id: int
    question: int  #: the id of the collected question, unique among tickets
    chat: int  #: where it was asked and will be answered
    person: int  #: who asked
    message: int  #: the message that the answer replies to, so that it stays in the same topic of a forum
    language: Language
    text: str  #: masked
    group: int | None
    state: TicketState
    created_at: datetime
    answered_by: int | None = None
    answered_at: datetime | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket that has no number yet."""

    question: int
    chat: int
    person: int
    message: int
    language: Language
    text: str
    group: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A chat that wants to be told when a group is taught."""

    chat: int
    person: int
    group: int
    message: int
    language: Language
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedMessage:
    """A message to send now. Its attempt is already counted and committed."""

    id: int
    kind: OwedKind
    chat: int
    language: Language | None  #: None: the city's
    reply_to: int | None
    text: str  #: the answer; for `taught` a question of the group
    ticket: Ticket | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The ticket of a question."""

    ticket: Ticket
    new: bool  #: False if the question already had a ticket


@dataclass(frozen=True, slots=True)
class TooMany:
    """The citizen has the maximum number of open tickets."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer will be delivered."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class NotOpen:
    """Another person has answered, the ticket is closed, or this answer did not help before."""

    ticket: Ticket


OpenResult: TypeAlias = Opened | TooMany
#: None: there is no such ticket.
AnswerResult: TypeAlias = Accepted | NotOpen | None


@dataclass(frozen=True, slots=True)
class OwnInbox:
    """What is stored about a chat: tickets that are not closed, wishes, and messages that wait to be sent to it."""

    tickets: Sequence[Ticket] = ()
    wishes: int = 0
    owed: int = 0


def project_answer(project: str) -> str:
    """The stored form of an answer that is a project."""
    return _PROJECT + project


def project_of(answer: str) -> str | None:
    """The id of the project in an answer, or None for a text."""
    return answer.removeprefix(_PROJECT) if answer.startswith(_PROJECT) else None


def settle_owed(message: OwedMessage, outcome: Outcome, now: datetime) -> Settled:
    """The transition of an owed message after its send."""
    settled = settle(message.chat, outcome, now)
    if settled.state != "unknown":
        return settled
    if message.attempt < MAX_ATTEMPTS:
        return Settled(message.chat, "pending", settled.reason, next_at=now + RESEND_AFTER)
    return Settled(message.chat, "failed", "unknown")
