"""The components of the program behind a bot in the sandbox, over HTTP, with a database on disk.

Two parts differ from the program: the small city's knowledge is not loaded from files, and texts have their language as
a prefix instead of a translation. Only receiving updates runs; a test starts the other background tasks that it needs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.publishing.files.repository import FileRepository
from bot.runtime.components import Components
from bot.runtime.process import BackgroundTasks
from bot.runtime.startup import KnowledgeAtStart
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.storage import Store, open_store
from bot.telegram_api.client import Client
from bot.telegram_api.health import Health
from bot.telegram_api.receiving import poll_updates
from bot.telegram_ui.bot_profile import set_profile
from tests.storage.databases import file_place
from tests.telegram_ui.bot_env import small_city, tagged


@dataclass(frozen=True)
class SandboxEnv:
    """A sandbox with a bot in it."""

    sandbox: Sandbox
    components: Components

    @property
    def store(self) -> Store:
        """The database of the bot."""
        return self.components.store

    async def wait_until_handled(self) -> None:
        """Wait until all updates are handled, which may be later than they are confirmed."""
        await self.sandbox.wait_until_confirmed()
        async with asyncio.timeout(150):
            while self.components.update_queue.in_flight:  # noqa: ASYNC110 - the queue has no event for tests
                await asyncio.sleep(0.01)

    async def set_profile(self) -> None:
        """Set the menus and the profile, as the bot does when it starts."""
        await set_profile(self.components.context, self.components.client)

    async def asks(self, person: int, text: str, **how: Any) -> dict[str, Any]:
        """Write a text; return the bot's reply as Telegram shows it."""
        chat = how.get("chat", person)
        before = len(self.sandbox.replies(chat))
        self.sandbox.write(person, text, **how)
        return (await self.sandbox.wait_for_replies(chat, before + 1))[-1]

    async def presses(self, person: int, message: dict[str, Any], label: str) -> dict[str, Any]:
        """Press a button and wait until the press is handled; return the bot's answer to it."""
        query = self.sandbox.press(person, message["message_id"], label)
        answer = await self.sandbox.wait_for_answer(query)
        await self.wait_until_handled()
        return answer


@asynccontextmanager
async def open_env(folder: Path, *, admins: frozenset[int] = frozenset()) -> AsyncIterator[SandboxEnv]:
    """A bot that polls the sandbox."""
    async with Sandbox() as sandbox, open_store(file_place(folder / "minsheng.db").address) as store:
        client, health = Client(sandbox.token, sandbox.url), Health()
        await client.open()
        await client.identify()
        knowledge = KnowledgeAtStart(small_city(), None, FileRepository(folder / "projects.yaml", folder))
        components = Components(Settings(data_dir=folder, admin_ids=admins), client, store, knowledge, health)
        components.context = replace(components.context, translator_in=tagged)
        queue, stopping, tasks = components.update_queue, asyncio.Event(), BackgroundTasks()
        tasks.start(queue.run_recorder())
        receiving = asyncio.create_task(
            poll_updates(client, queue, stopping, health=health, token_gate=components.token_gate, grace=1.0)
        )
        try:
            yield SandboxEnv(sandbox, components)
        finally:
            stopping.set()
            await receiving
            await tasks.stop()
            await client.close_pools()
