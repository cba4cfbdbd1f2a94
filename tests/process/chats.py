"""A person's messages and buttons in a chat with the real program, which may be killed meanwhile."""

import asyncio
import json
from typing import Any

from bot.sandbox import Sandbox


async def reads(city: Sandbox, chat: int, words: str) -> dict[str, Any]:
    """Wait up to five minutes for a message of the bot with these words, and return the newest."""
    for _ in range(3000):
        if found := [each for each in city.replies(chat) if words in json.dumps(each, ensure_ascii=False)]:
            return found[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {words!r} in {[each.get('text') for each in city.replies(chat)]}")


async def presses(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button with this label; return the notice that is shown over the chat."""
    query = await press_newest(city, person, label, chat)
    return str((await city.wait_for_answer(query, within=150)).get("text", ""))


async def press_newest(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button with this label without waiting; return the id of the callback query."""
    where = person if chat is None else chat
    message = await reads(city, where, f'"text": "{label}"')
    return city.press(person, message["message_id"], label, chat=where)
