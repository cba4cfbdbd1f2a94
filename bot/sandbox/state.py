"""The state of the sandbox: the bot, people, chats, messages, files, queries."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.call_log import CallLog
from bot.sandbox.errors import bad_request
from bot.sandbox.faults import Faults
from bot.sandbox.limits import FloodControl, Limits
from bot.sandbox.notifier import Notifier
from bot.sandbox.updates import Updates

Json = dict[str, Any]

#: the chat of inline results that were chosen in chats without the bot
ELSEWHERE = 0


@dataclass(slots=True)
class Person:
    """A person with a Telegram account."""

    user: Json
    #: whether the bot ever got an update from them
    seen: bool = False
    #: whether they ever wrote to the bot in private
    started: bool = False
    blocked: bool = False
    deactivated: bool = False


@dataclass(slots=True)
class Chat:
    """A private chat, a group, a supergroup or a channel, with its messages in order."""

    json: Json
    #: status of each member by user id: member, administrator, creator, left, kicked
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    #: bodies of messages that were edited or deleted, oldest first
    past: list[Json] = field(default_factory=list)
    #: the current reply keyboard
    keyboard: Json | None = None
    migrated_to: int | None = None
    last_id: int = 0
    #: notifies when a message was added, changed or removed
    notifier: Notifier = field(default_factory=Notifier)

    @property
    def id(self) -> int:
        """The person's id for a private chat; negative for other chats."""
        return int(self.json["id"])

    @property
    def type(self) -> str:
        """private, group, supergroup or channel."""
        return str(self.json["type"])


@dataclass(slots=True)
class Query:
    """A pressed button or an inline query that waits for the bot's answer."""

    id: str
    person: int
    at: float
    #: callback or inline
    kind: str
    text: str = ""
    answer: Json | None = None
    answered: Notifier = field(default_factory=Notifier)


@dataclass(frozen=True, slots=True)
class File:
    """A file on Telegram's servers, kept in memory."""

    id: str
    unique_id: str
    path: str
    content: bytes
    name: str

    def as_json(self) -> Json:
        """The fields that every file object has."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


@dataclass(slots=True)
class Profile:
    """What the bot set about itself, by language code; commands by scope and language code."""

    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Webhook:
    """Where updates are sent; an empty URL means that the bot polls."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


#: Telegram's update ids may start at any number.
_FIRST_UPDATE = 100_000_001


class SandboxState:
    """All state of the sandbox. Nothing here awaits, so every change is atomic."""

    def __init__(self, token: str, limits: Limits | None, seed: int) -> None:
        self.token = token
        self.bot: Json = _bot_user(int(token.partition(":")[0]))
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {ELSEWHERE: Chat({"id": ELSEWHERE, "type": "private", "first_name": "Elsewhere"})}
        self.queries: dict[str, Query] = {}
        self.inline_messages: dict[str, tuple[int, int]] = {}
        self.files: dict[str, File] = {}
        self.profile = Profile()
        self.updates = Updates(_FIRST_UPDATE)
        self.webhook = Webhook()
        self.record = CallLog()
        self.faults = Faults(seed)
        self.flood = FloodControl(limits, time.monotonic)
        #: seconds after which a callback query is too old to be answered; Telegram does not publish its value
        self.answer_within = 60.0
        #: with privacy mode the bot sees only messages addressed to it in groups
        self.privacy = False
        self.logged_out = False
        #: called with the chat and the number of each message that was added, changed or removed
        self.observers: list[Callable[[Chat, int], None]] = []
        self.continue_from(1, 1)

    def continue_from(self, next_id: int, next_message_id: int) -> None:
        """Count ids, and messages in private chats and groups, from these numbers on."""
        self.next_numbers = (next_id, next_message_id)

    @property
    def bot_id(self) -> int:
        """The number before the colon in the token."""
        return int(self.bot["id"])

    @property
    def sender(self) -> Json:
        """The bot as the sender of a message."""
        return {name: self.bot[name] for name in ("id", "is_bot", "first_name", "username")}

    def next_id(self) -> int:
        """A new id."""
        number, message = self.next_numbers
        self.next_numbers = (number + 1, message)
        return number

    def next_message_id(self, chat: Chat) -> int:
        """The next message number; private chats and groups share one sequence, each supergroup has its own."""
        if chat.type in ("supergroup", "channel"):
            chat.last_id += 1
            return chat.last_id
        number, message = self.next_numbers
        self.next_numbers = (number, message + 1)
        return message

    def chat(self, chat_id: int) -> Chat:
        """The chat with this id, for the control side; raises KeyError with a sentence."""
        if chat_id not in self.chats:
            raise KeyError(f"there is no chat {chat_id}")
        return self.chats[chat_id]

    def person(self, person_id: int) -> Person:
        """The person with this id, for the control side; raises KeyError with a sentence."""
        if person_id not in self.people:
            raise KeyError(f"there is no person {person_id}")
        return self.people[person_id]

    def add_person(self, user: Json) -> None:
        """Add a person, with an empty private chat."""
        names = {name: user[name] for name in ("id", "first_name", "last_name", "username") if name in user}
        self.people[user["id"]] = Person(user)
        self.chats[user["id"]] = Chat(names | {"type": "private"}, {self.bot_id: "member"})

    def new_inline_id(self, chat_id: int, message_id: int) -> str:
        """An id by which the bot may edit a message that it cannot see."""
        inline_id = f"sandbox-inline-{self.next_id()}"
        self.inline_messages[inline_id] = (chat_id, message_id)
        return inline_id

    def inline_id(self, chat_id: int, message_id: int) -> str:
        """That id; empty for an ordinary message."""
        place = (chat_id, message_id)
        return next((id_ for id_, other in self.inline_messages.items() if other == place), "")

    def is_in(self, chat: Chat) -> bool:
        """Whether the bot is a member of the chat."""
        return chat.members.get(self.bot_id, "left") not in ("left", "kicked") and chat.migrated_to is None

    def sees(self, chat: Chat, message: Json) -> bool:
        """Whether the bot gets this message; records that it now knows the sender."""
        seen = self.is_in(chat) and (not self.privacy or chat.type == "private" or self._is_meant(message))
        sender = self.people.get(message.get("from", {}).get("id", 0))
        if seen and sender:
            sender.seen = True
        return seen

    def put(self, chat: Chat, content: Json, date: int | None = None) -> Json:
        """Add a message to a chat and return it."""
        message_id = self.next_message_id(chat)
        message = {
            "message_id": message_id,
            "date": int(time.time()) if date is None else date,
            "chat": chat.json,
            **content,
        }
        chat.messages[message_id] = message
        self._notify(chat, message_id)
        return message

    def change(self, chat: Chat, message_id: int, edit: Callable[[Json], Json]) -> Json:
        """Replace a message with an edited copy; the old object stays unchanged."""
        old = chat.messages[message_id]
        chat.past.append(old)
        chat.messages[message_id] = new = edit(dict(old))
        self._notify(chat, message_id)
        return new

    def remove(self, chat: Chat, message_id: int) -> None:
        """Delete a message for all members."""
        chat.past.append(chat.messages.pop(message_id))
        self._notify(chat, message_id)

    def keep_file(self, content: bytes, name: str, folder: str) -> File:
        """Store a file and return its handle."""
        if not content:
            raise bad_request("File must be non-empty")
        number = self.next_id()
        path = f"{folder}/file_{number}{_suffix(name)}"
        file = File(f"sandbox-file-{number:08d}", f"unique{number:08d}", path, content, name)
        self.files[file.id] = file
        return file

    def _notify(self, chat: Chat, message_id: int) -> None:
        chat.notifier.notify()
        for observer in self.observers:
            observer(chat, message_id)

    def _is_meant(self, message: Json) -> bool:
        """In privacy mode the bot gets commands, mentions, replies to it, and messages without text."""
        text = str(message.get("text", ""))
        answered = message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot_id
        mentioned = f"@{self.bot['username']}".lower() in text.lower()
        service = "text" not in message and "caption" not in message
        return text.startswith("/") or answered or mentioned or service or "via_bot" in message


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2] if "." in name else ""


def _bot_user(bot_id: int) -> Json:
    return {
        "id": bot_id,
        "is_bot": True,
        "first_name": "Sandbox bot",
        "username": "sandbox_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
