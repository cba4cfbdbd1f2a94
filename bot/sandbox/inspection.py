"""Inspection: what people see, what the bot did, and waiting for it."""

import asyncio
import time
from typing import Any

from bot.sandbox.call_log import Call
from bot.sandbox.methods.profile import scope_key
from bot.sandbox.state import Chat, Json, SandboxState

#: Seconds before a wait is abandoned; the machine may be busy.
_MAX_WAIT = 60.0


class Inspection:
    """Inspects and waits; changes nothing."""

    state: SandboxState

    def messages(self, chat: int, *, after: int = 0) -> list[Json]:
        """All messages of a chat, oldest first, as Bot API messages."""
        return [message for id_, message in self.state.chat(chat).messages.items() if id_ > after]

    def replies(self, chat: int, *, after: int = 0) -> list[Json]:
        """The bot's messages in a chat."""
        return [message for message in self.messages(chat, after=after) if self._is_own(message)]

    def texts(self, chat: int, *, after: int = 0) -> list[str]:
        """The texts and captions of the bot's messages in a chat."""
        return [str(reply.get("text", reply.get("caption", ""))) for reply in self.replies(chat, after=after)]

    def content(self, message: Json) -> bytes:
        """The content of the document in a message."""
        return self.state.files[message["document"]["file_id"]].content

    def keyboard(self, chat: int) -> Json | None:
        """The reply keyboard of the chat."""
        return self.state.chat(chat).keyboard

    def menu(self, person: int, *, chat: int | None = None) -> list[Json]:
        """The commands in this person's menu in a chat, in their language."""
        where = self.state.chat(chat or person)
        language = str(self.state.person(person).user.get("language_code", ""))[:2]
        commands = self.state.profile.commands
        keys = ((scope, code) for scope in self._scopes(person, where) for code in (language, ""))
        return next((commands[key] for key in keys if commands.get(key)), [])

    def answer(self, query_id: str) -> Json | None:
        """The bot's answer to a pressed button or an inline query; None if there is none yet."""
        return self.state.queries[query_id].answer

    def calls(self, *, method: str = "", start: int = 0) -> list[Call]:
        """The bot's calls, starting at a position in the log."""
        calls = self.state.record.calls[start:]
        return [call for call in calls if not method or call.method.lower() == method.lower()]

    def pending(self) -> list[int]:
        """The numbers of updates that the bot has not confirmed."""
        return [update.id for update in self.state.updates.waiting.values()]

    def update_ids(self) -> list[int]:
        """The numbers of all updates so far, oldest first."""
        return list(self.state.updates.issued)

    async def wait_for_replies(
        self, chat: int, count: int = 1, *, after: int = 0, within: float = _MAX_WAIT
    ) -> list[Json]:
        """The bot's messages in a chat, as soon as there are `count`; raises TimeoutError if that takes too long."""
        where = self.state.chat(chat)
        wanted = f"{count} replies in chat {chat}"
        await where.notifier.until(lambda: len(self.replies(chat, after=after)) >= count, within, wanted)
        return self.replies(chat, after=after)

    async def wait_for_answer(self, query_id: str, *, within: float = _MAX_WAIT) -> Json:
        """The answer to a pressed button or an inline query; raises TimeoutError if there is none."""
        query = self.state.queries[query_id]
        await query.answered.until(lambda: query.answer is not None, within, f"an answer to query {query_id}")
        return query.answer or {}

    async def wait_for_calls(self, method: str, count: int = 1, *, within: float = _MAX_WAIT) -> list[Call]:
        """The bot's calls of a method, as soon as there are `count`; raises TimeoutError if that takes too long."""
        record = self.state.record
        await record.grown.until(lambda: record.count(method) >= count, within, f"{count} calls of {method}")
        return record.of(method)

    async def wait_until_confirmed(self, *, within: float = _MAX_WAIT) -> None:
        """Return when the bot has confirmed every update."""
        updates = self.state.updates
        await updates.emptied.until(lambda: not updates.waiting, within, "all updates to be confirmed")

    async def wait_until_quiet(self, seconds: float = 0.3, *, within: float = _MAX_WAIT) -> None:
        """Return when the bot has made no call for this many seconds (getUpdates and getMe do not count)."""
        since = time.monotonic()
        while (left := seconds - min(self.state.record.quiet_for(), time.monotonic() - since)) > 0:
            if time.monotonic() + left - since > within:
                raise TimeoutError(f"after {within} s the bot is still not quiet")
            await asyncio.sleep(left)

    def _is_own(self, message: Json) -> bool:
        sender: Any = message.get("from", message.get("sender_chat"))
        return bool(sender["id"] == self.state.bot_id or "from" not in message)

    def _scopes(self, person: int, chat: Chat) -> list[str]:
        if chat.type == "private":
            return [scope_key("chat", chat.id), "all_private_chats", "default"]
        admin = chat.members.get(person) in ("creator", "administrator")
        admins = [scope_key("chat_administrators", chat.id)] if admin else []
        general = ["all_chat_administrators"] if admin else []
        member = scope_key("chat_member", chat.id, person)
        return [member, *admins, scope_key("chat", chat.id), *general, "all_group_chats", "default"]
