"""A person's messages and buttons in a chat with the real program, which may be killed meanwhile."""

import asyncio
import json
from typing import Any

from bot.sandbox import Sandbox


async def reads(city: Sandbox, chat: int, words: str) -> dict[str, Any]:
    """Wait up to five minutes for a message of the bot with these words, and return the newest."""
    for _ in range(3000):
        if found := _messages_with(city, chat, words):
            return found[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {words!r} in {[each.get('text') for each in city.replies(chat)]}")


def _messages_with(city: Sandbox, chat: int, words: str) -> list[dict[str, Any]]:
    return [each for each in city.replies(chat) if words in json.dumps(each, ensure_ascii=False)]


async def presses_until(city: Sandbox, person: int, label: str, words: str, chat: int | None = None) -> dict[str, Any]:
    """Press the newest button with this label until a message with these words is in the chat; return the message.

    On a busy machine a question is confirmed before it is handled, and a kill in between makes a second reply. Only the
    button of that one works.
    """
    where = person if chat is None else chat
    for _ in range(60):
        await press_newest(city, person, label)
        for _ in range(50):
            if found := _messages_with(city, where, words):
                return found[-1]
            await asyncio.sleep(0.1)
    raise AssertionError(f"no {words!r} in {[each.get('text') for each in city.replies(where)]}")


async def presses(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button with this label; return the notice that is shown over the chat."""
    query = await press_newest(city, person, label, chat)
    return str((await city.wait_for_answer(query, within=150)).get("text", ""))


async def press_newest(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button with this label without waiting; return the id of the callback query."""
    where = person if chat is None else chat
    message = await reads(city, where, f'"text": "{label}"')
    return city.press(person, message["message_id"], label, chat=where)
