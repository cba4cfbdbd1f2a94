"""What handlers remember about chats while the bot runs. It is limited in size, and lost when the bot restarts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cachetools import LRUCache
from telegram import Message

from bot.answers.service import REMEMBERED_CHATS, Conversations
from bot.answers.understanding.follow_ups import Focus
from bot.telegram_ui.expected_input import ExpectedInput, PendingEdit

#: The number of messages whose answer is edited when the message is; enough for the busiest hour.
REMEMBERED_ANSWERS = 20_000
#: The number of staff questions that /why can explain from a reply to their answer.
REMEMBERED_QUESTIONS = 2_000


class RememberedQuestion(NamedTuple):
    """A question, and the focus of the chat when it was asked."""

    text: str
    focus: Focus | None = None


@dataclass(frozen=True, slots=True)
class ChatMemory:
    """The recent questions and answers of chats."""

    conversations: Conversations = field(default_factory=Conversations)
    #: (chat, person) -> when the person asked for staff, until the question arrives
    expected_questions: LRUCache[tuple[int, int], datetime] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: chat -> its last unanswered question, and its time
    refused: LRUCache[int, tuple[int, datetime]] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: chat -> the number of replies since the last request for feedback
    replies_since_feedback: LRUCache[int, int] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: (chat, message of a person) -> the message that answered it
    answers: LRUCache[tuple[int, int], int] = field(default_factory=lambda: LRUCache(REMEMBERED_ANSWERS))
    #: (chat, answer) -> the question, only in chats of staff, for /why
    asked: LRUCache[tuple[int, int], RememberedQuestion] = field(default_factory=lambda: LRUCache(REMEMBERED_QUESTIONS))
    #: (chat, album) that the bot has reacted to -> the notice that an answer to the album's caption replaces
    albums: LRUCache[tuple[int, str], int | None] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))


@dataclass(frozen=True, slots=True)
class Pending:
    """What staff and admins have begun and not finished, by chat."""

    #: the input that the bot asked for
    inputs: LRUCache[int, ExpectedInput] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: the edits of a project that wait for a confirmation
    edits: LRUCache[int, PendingEdit] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: a text of an admin with an open draft, until they say what it is for
    texts: LRUCache[int, Message] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
    #: the album whose first picture was used for a draft; the others are ignored
    albums: LRUCache[int, str] = field(default_factory=lambda: LRUCache(REMEMBERED_CHATS))
