"""People's actions in Telegram: write, edit, press buttons, search inline, attach files."""

import json
import time
from typing import Any

from bot.sandbox.attachments import attachment
from bot.sandbox.entities.detection import find_spans
from bot.sandbox.keyboards import button_with
from bot.sandbox.members import enter
from bot.sandbox.methods.content import text_content
from bot.sandbox.samples import sample_update
from bot.sandbox.state import ELSEWHERE, Chat, Json, Query, SandboxState

#: offsets of the update key: updates of these kinds do not wait for a person's messages
_CALLBACK_KEY = 3 << 33
_INLINE_KEY = 1 << 33


class UserActions:
    """Acts of people towards the bot. People and chats are given by number; a private chat has its person's."""

    state: SandboxState

    def person(
        self,
        first_name: str = "Ann",
        *,
        language: str = "en",
        username: str = "",
        last_name: str = "",
        number: int = 0,
    ) -> int:
        """Create a person, unknown to the bot; an empty language means none."""
        person_id = number or 5_000_000 + self.state.next_id()
        optional = {"last_name": last_name, "username": username, "language_code": language}
        user = {"id": person_id, "is_bot": False, "first_name": first_name}
        self.state.add_person(user | {name: value for name, value in optional.items() if value})
        return person_id

    def write(
        self,
        person: int,
        text: str,
        *,
        chat: int | None = None,
        entities: list[Json] | None = None,
        reply_to: int | None = None,
        date: int | None = None,
        extra: Json | None = None,
    ) -> int:
        """Send a text, to the bot or into a group, and return the message's number."""
        found = [span.as_json() for span in find_spans(text)] if entities is None else entities
        content: Json = {"text": text, "entities": found} if found else {"text": text}
        return self._say(person, chat, content | (extra or {}), reply_to=reply_to, date=date)

    def start(self, person: int, payload: str = "") -> int:
        """Press Start, possibly through a deep link; this unblocks a blocked bot."""
        return self.write(person, f"/start {payload}".rstrip())

    def attach(
        self,
        person: int,
        kind: str,
        *,
        chat: int | None = None,
        caption: str = "",
        content: bytes | str = b"",
        name: str = "",
    ) -> int:
        """Send a photo, voice, sticker, poll, location, contact or other attachment; documents have a `name`."""
        raw = content.encode() if isinstance(content, str) else content
        return self._say(person, chat, attachment(self.state, kind, raw, caption, name))

    def edit(self, person: int, message_id: int, text: str, *, chat: int | None = None) -> None:
        """Edit a text of this person; the bot gets an update."""
        where = self.state.chat(chat or person)
        spans = [span.as_json() for span in find_spans(text)]
        change: Json = {"text": text, "edit_date": int(time.time())} | ({"entities": spans} if spans else {})
        old_fields = ("text", "entities")
        message = self.state.change(
            where, message_id, lambda old: {k: v for k, v in old.items() if k not in old_fields} | change
        )
        self._tell(where, "edited_message", message)

    def press(
        self,
        person: int,
        message_id: int,
        button: str = "",
        *,
        data: str | None = None,
        chat: int | None = None,
    ) -> str:
        """Press the button with this label, or send forged data; return the query's id."""
        where = self.state.chat(chat or person)
        message = where.messages.get(message_id)
        if data is None:
            data = str(button_with((message or {}).get("reply_markup"), button)["callback_data"])
        query = self._query(person, "callback", data)
        body: Json = {"id": query.id, "from": self.state.person(person).user}
        body |= {"chat_instance": str(where.id), "data": data}
        if inline_id := self.state.inline_id(where.id, message_id):
            body["inline_message_id"] = inline_id
        else:
            body["message"] = message or {"message_id": message_id, "date": 0, "chat": where.json}
        self.state.updates.add("callback_query", body, person + _CALLBACK_KEY)
        return query.id

    def ask_inline(self, person: int, text: str, *, offset: str = "", chat_type: str = "sender") -> str:
        """Type @bot and a text in any chat; return the query's id."""
        query = self._query(person, "inline", text)
        user = self.state.person(person).user
        body = {"id": query.id, "from": user, "query": text, "offset": offset, "chat_type": chat_type}
        self.state.updates.add("inline_query", body, person + _INLINE_KEY)
        return query.id

    def choose(self, person: int, query_id: str, result_id: str, *, chat: int | None = None) -> int:
        """Send a result of an answered inline query into a chat (by default one without the bot)."""
        query = self.state.queries[query_id]
        result = _result(query, result_id)
        where = self.state.chat(ELSEWHERE if chat is None else chat)
        content = _chosen_content(result) | {"via_bot": self.state.sender}
        message_id = self._say(person, where.id, content)
        chosen: Json = {"from": self.state.person(person).user, "query": query.text, "result_id": result_id}
        if result.get("reply_markup"):
            chosen["inline_message_id"] = self.state.new_inline_id(where.id, message_id)
        self.state.updates.add("chosen_inline_result", chosen, person + _INLINE_KEY)
        return message_id

    def raw(self, update: Json) -> int:
        """Send any JSON object as an update, even one that no library can parse; return its number."""
        json.dumps(update)
        return self.state.updates.add_raw(update)

    def element(self, value: Any) -> None:
        """Add any JSON value to the next answer to getUpdates, once; not for webhooks."""
        json.dumps(value)
        self.state.updates.add_element(value)

    def sample(self, kind: str, person: int) -> int:
        """Send a valid update of any kind in the Bot API; return its number."""
        self.state.person(person).seen = True
        return self.state.updates.add_raw({kind: sample_update(self.state, kind, person)}, person)

    def repeat(self, update_ids: list[int]) -> None:
        """Deliver earlier updates again under their old numbers, in the given order."""
        self.state.updates.add_again(update_ids)

    def _say(
        self,
        person: int,
        chat: int | None,
        content: Json,
        *,
        reply_to: int | None = None,
        date: int | None = None,
    ) -> int:
        where = self.state.chat(person if chat is None else chat)
        if where.id == person:
            enter(self.state, person)
        message: Json = {"from": self.state.person(person).user} | content
        if where.type == "channel":
            message = {"sender_chat": where.json} | content
        if reply_to is not None:
            message["reply_to_message"] = where.messages[reply_to]
        message = self.state.put(where, message, date)
        self._tell(where, "channel_post" if where.type == "channel" else "message", message)
        return int(message["message_id"])

    def _tell(self, chat: Chat, kind: str, message: Json) -> None:
        if self.state.sees(chat, message):
            self.state.updates.add(kind, message, chat.id)

    def _query(self, person: int, kind: str, text: str) -> Query:
        self.state.person(person).seen = True
        query = Query(str(7_000_000_000 + self.state.next_id()), person, time.monotonic(), kind, text)
        self.state.queries[query.id] = query
        return query


def _result(query: Query, result_id: str) -> Json:
    results: list[Json] = (query.answer or {}).get("results", [])
    for result in results:
        if result["id"] == result_id:
            return result
    raise KeyError(f"no result {result_id!r}; there are {[result['id'] for result in results]}")


def _chosen_content(result: Json) -> Json:
    message: Any = result.get("input_message_content") or {}
    text = str(message.get("message_text") or result.get("caption") or result.get("title") or result["id"])
    content = text_content(text, str(message.get("parse_mode", "")), message.get("entities"))
    return content | ({"reply_markup": result["reply_markup"]} if result.get("reply_markup") else {})
