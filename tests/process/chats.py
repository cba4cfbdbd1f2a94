"""A person's messages and buttons in a chat with the real program, which may be killed meanwhile."""

import asyncio
import json
from typing import Any

from bot.sandbox import Sandbox


async def reads(city: Sandbox, chat: int, words: str) -> dict[str, Any]:
    """The newest message of the bot in a chat with these words, at most five minutes later: killed bots start often."""
    for _ in range(3000):
        if found := [each for each in city.replies(chat) if words in json.dumps(each, ensure_ascii=False)]:
            return found[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {words!r} in {[each.get('text') for each in city.replies(chat)]}")


async def presses(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button that is called so; what is shown over the chat."""
    query = await press_newest(city, person, label, chat)
    return str((await city.wait_for_answer(query, within=150)).get("text", ""))


async def press_newest(city: Sandbox, person: int, label: str, chat: int | None = None) -> str:
    """Press the newest button that is called so, and do not wait; the id of the callback query."""
    where = person if chat is None else chat
    message = await reads(city, where, f'"text": "{label}"')
    return city.press(person, message["message_id"], label, chat=where)
