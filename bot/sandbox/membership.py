"""Groups: joining, leaving, blocking, and migration to supergroups."""

from collections.abc import Sequence

from bot.sandbox.members import set_bot_status, set_status, unblock
from bot.sandbox.state import Chat, Json, SandboxState


class Membership:
    """Acts that change who can talk to whom."""

    state: SandboxState

    def group(
        self, title: str, members: Sequence[int], *, kind: str = "group", bot: bool = True, username: str = ""
    ) -> int:
        """Create a group, supergroup or channel on behalf of its first member; return its number."""
        shift = 4_000 if kind == "group" else 1_000_000_000_000
        json: Json = {"id": -shift - self.state.next_id(), "title": title, "type": kind}
        chat = Chat(json | ({"username": username} if username else {}))
        chat.members = dict.fromkeys(members, "member") | {members[0]: "creator"}
        self.state.chats[chat.id] = chat
        if bot:
            self.add_bot(members[0], chat.id)
        return chat.id

    def add_bot(self, person: int, chat: int) -> None:
        """Add the bot to a group."""
        where = self.state.chat(chat)
        set_bot_status(self.state, person, where, "member")
        self._announce(person, where, {"new_chat_members": [self.state.sender]})

    def remove_bot(self, person: int, chat: int) -> None:
        """Remove the bot; it gets this update and no later one."""
        set_bot_status(self.state, person, self.state.chat(chat), "kicked")

    def promote_bot(self, person: int, chat: int) -> None:
        """Make the bot an administrator."""
        set_bot_status(self.state, person, self.state.chat(chat), "administrator")

    def join(self, person: int, chat: int) -> None:
        """Join a group."""
        where = self.state.chat(chat)
        set_status(self.state, person, person, where, "member")
        self._announce(person, where, {"new_chat_members": [self.state.person(person).user]})

    def leave(self, person: int, chat: int) -> None:
        """Leave a group."""
        self._go(person, person, chat, "left")

    def kick(self, person: int, other: int, chat: int) -> None:
        """Remove a person from a group."""
        self._go(person, other, chat, "kicked")

    def block(self, person: int) -> None:
        """Block the bot, which can then no longer write to this person."""
        self.state.person(person).blocked = True
        set_bot_status(self.state, person, self.state.chat(person), "kicked")

    def unblock(self, person: int) -> None:
        """Unblock the bot."""
        unblock(self.state, person)

    def deactivate(self, person: int) -> None:
        """Delete the account; the bot gets no update."""
        self.state.person(person).deactivated = True

    def set_privacy(self, on: bool) -> None:
        """Switch privacy mode, in which the bot gets only messages addressed to it in groups."""
        self.state.privacy = on

    def migrate(self, chat: int) -> int:
        """Turn a group into a supergroup with a new number; return that number."""
        old = self.state.chat(chat)
        new = Chat(
            {
                "id": -1_000_000_000_000 - self.state.next_id(),
                "title": old.json["title"],
                "type": "supergroup",
            }
        )
        new.members = dict(old.members)
        self.state.chats[new.id] = new
        owner = next(user for user, status in old.members.items() if status == "creator")
        self._announce(owner, old, {"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self._announce(owner, new, {"migrate_from_chat_id": old.id})
        return new.id

    def _go(self, person: int, other: int, chat: int, status: str) -> None:
        where = self.state.chat(chat)
        self._announce(person, where, {"left_chat_member": self.state.person(other).user})
        set_status(self.state, person, other, where, status)

    def _announce(self, person: int, chat: Chat, content: Json) -> None:
        message = self.state.put(chat, {"from": self.state.person(person).user} | content)
        if self.state.sees(chat, message):
            self.state.updates.add("message", message, chat.id)
