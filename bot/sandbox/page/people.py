"""The people whose chats the page shows, their roles, and the staff group."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from bot.sandbox.page.ports import Json, Refusal
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Chat

Role: TypeAlias = Literal["citizen", "staff", "admin"]

#: Name, username, language and role of the initial people.
_FIRST: tuple[tuple[str, str, str, Role], ...] = (
    ("Emma", "emma", "en", "citizen"),
    ("李娜", "lina", "zh", "citizen"),
    ("Анна", "anna", "ru", "citizen"),
    ("Grace", "grace", "en", "staff"),
    ("Maria", "maria", "en", "admin"),
    ("David", "david", "en", "admin"),
)
_GROUP = "Staff"
#: The most people that the page can show side by side.
_MAX_PEOPLE = 30


class People:
    """The people on the page by id, in the order of display."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.roles: dict[int, Role] = {}
        self.group = 0  #: the id of the staff group

    def create(self) -> None:
        """Add the first people and the staff group. Staff and admins press Start, so the bot can write to them."""
        for name, username, language, role in _FIRST:
            self.roles[self._sandbox.person(name, language=language, username=username)] = role
        self.group = self._sandbox.group(_GROUP, self.team)
        for person in self.team:
            self._sandbox.start(person)

    def restore(self, saved: Json) -> None:
        """The inverse of `dump`."""
        self.roles = {int(person): role for person, role in saved["roles"].items()}
        self.group = saved["group"]

    def dump(self) -> Json:
        """Their stored data, except accounts and chats."""
        return {"roles": self.roles, "group": self.group}

    @property
    def team(self) -> list[int]:
        """The members of the staff group: admins and staff."""
        return [*self.with_role("admin"), *self.with_role("staff")]

    def with_role(self, role: Role) -> list[int]:
        """The people with exactly this role."""
        return [person for person, has in self.roles.items() if has == role]

    def add(self, name: str, language: str, role: Role) -> int:
        """Add a person, who joins the staff group unless they are a citizen; return their id."""
        if len(self.roles) >= _MAX_PEOPLE:
            raise Refusal(f"There are {_MAX_PEOPLE} people already.", "full", count=_MAX_PEOPLE)
        person = self._sandbox.person(name, language=language)
        self.roles[person] = role
        if role != "citizen":
            self._sandbox.state.chat(self.group).members[person] = "member"
        return person

    def chats_of(self, person: int) -> list[Chat]:
        """The chats in this person's Telegram."""
        state = self._sandbox.state
        groups = [chat for chat in state.chats.values() if chat.id < 0 and _is_member(chat, person)]
        return [state.chat(person), *groups]

    def viewers(self, chat: Chat) -> Iterator[int]:
        """The people who see a chat."""
        if chat.type == "private":
            return iter([chat.id] if chat.id in self.roles else [])
        return (person for person in self.roles if _is_member(chat, person))

    def find(self, key: str) -> tuple[int, Chat]:
        """The person and the chat of a key "PERSON:CHAT"; raises Refusal if that person does not see the chat."""
        person, _, chat = key.partition(":")
        seen = self.chats_of(self.check(person)) if person.isdecimal() else []
        found = next((each for each in seen if str(each.id) == chat), None)
        if found is None:
            raise Refusal("There is no such chat.")
        return int(person), found

    def check(self, person: int | str) -> int:
        """Return the id if there is such a person; otherwise raise Refusal."""
        if int(person) not in self.roles:
            raise Refusal("There is no such person.")
        return int(person)


def _is_member(chat: Chat, person: int) -> bool:
    return chat.members.get(person, "left") not in ("left", "kicked")
