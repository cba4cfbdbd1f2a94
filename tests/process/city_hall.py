"""A city hall with the real program: its files, its staff and a citizen."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox import Sandbox
from tests.factories import YAML_TEXT
from tests.process.bot_process import Installation, Process
from tests.quiet_time import takes_less_than

ADMIN, CLERK, ANN, STAFF_ROOM = 21, 22, 11, 31
GOOD = YAML_TEXT.encode()


@dataclass
class Hall:
    """The program with a knowledge file, staff and a citizen."""

    city: Sandbox
    installation: Installation
    path: Path

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """Start the bot and wait until it has handled what was written before."""
        async with self.installation.serving() as process:
            await self.city.wait_until_confirmed(within=150)
            yield process

    async def says(self, person: int, text: str, count: int = 1) -> list[dict[str, Any]]:
        """Write a text and wait for `count` replies."""
        before = len(self.city.replies(person))
        self.city.write(person, text)
        return (await self.city.wait_for_replies(person, before + count, within=150))[before:]

    async def presses(self, person: int, label: str) -> str:
        """Press the newest button with this label; return the notice and the new or changed messages."""
        message, name = self._newest(person, label)
        before = {reply["message_id"]: reply.get("text") for reply in self.city.replies(person)}
        query = self.city.press(person, message["message_id"], name)
        answer = await self.city.wait_for_answer(query, within=150)
        async with asyncio.timeout(150):
            while not (news := self._news(person, before)) and not answer.get("text"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return "\n".join([str(answer.get("text", "")), *(str(reply.get("text", "")) for reply in news)])

    def _news(self, person: int, before: Mapping[int, object]) -> list[dict[str, Any]]:
        """The messages that are not in `before` with the same text."""
        missing = object()
        return [
            reply
            for reply in self.city.replies(person)
            if before.get(reply["message_id"], missing) != reply.get("text")
        ]

    async def sends(self, person: int, name: str, content: bytes, words: str) -> str:
        """Send a file; return the reply that matches the words."""
        self.city.attach(person, "document", content=content, name=name)
        return await self.reads(person, words)

    async def reads(self, chat: int, words: str, within: float = 150.0) -> str:
        """Wait for a text that matches the words, and return the newest."""
        async with asyncio.timeout(within):
            while not (found := [text for text in self.city.texts(chat) if re.search(words, text)]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found[-1]

    async def reads_refusal(self, number: int) -> str:
        """Wait until the file was refused this many times; return the last notice to staff."""
        async with asyncio.timeout(150):
            while len(self._refusals()) < number:  # noqa: ASYNC110 - people may be looked at, they tell nothing
                await asyncio.sleep(0.05)
        return self._refusals()[-1]

    def _refusals(self) -> list[str]:
        return [text for text in self.city.texts(STAFF_ROOM) if "last good version" in text]

    async def sees_status(self, words: str, within: float = 150.0) -> None:
        """Ask as the citizen until the answer has these words."""
        async with takes_less_than(within):
            while words not in str((await self.says(ANN, "sixth hospital"))[0]["text"]):  # noqa: ASYNC110 - as citizens do
                await asyncio.sleep(0.1)

    def save(self, content: bytes) -> None:
        """Save the file like an editor that renames a new file over the old one."""
        draft = self.path.with_suffix(".tmp")
        draft.write_bytes(content)
        draft.replace(self.path)

    def _newest(self, person: int, label: str) -> tuple[dict[str, Any], str]:
        for message in reversed(self.city.replies(person)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if label in button["text"]:
                        return message, button["text"]
        raise AssertionError(f"nobody offered {label!r}")
