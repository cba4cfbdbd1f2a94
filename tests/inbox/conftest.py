"""A small city with an inbox, a publisher and a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.inbox.collecting import Collector
from bot.inbox.model import NearMiss
from bot.inbox.questions import AskedQuestion
from bot.inbox.service import InboxService
from bot.inbox.teaching import TeachingService
from bot.publishing.files.repository import FileRepository
from bot.publishing.live import LiveVersion, digest_of
from bot.publishing.prepare import prepare
from bot.publishing.publisher import Publisher
from bot.publishing.results import Notice
from bot.publishing.tasks import ThreadedTasks
from bot.storage import Store, open_store
from tests.factories import YAML_TEXT, make_knowledge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN, CLERK, OTHER_CLERK = 11, 12, 22, 23
_IDS = count(1)


@dataclass
class Inbox:
    """An inbox with a running collector."""

    service: InboxService
    teaching: TeachingService
    publisher: Publisher
    store: Store
    knowledge: Path
    now: datetime = NOON

    def question(self, text: str, chat: int = ANN, outcome: Any = "not_found", answered: str = "") -> AskedQuestion:
        """Make a question that was just asked."""
        return AskedQuestion(
            next(_IDS), chat, text, "en", outcome, answered, answered, (NearMiss("heating", 0.2),), self.now
        )

    async def ask(self, text: str, chat: int = ANN, outcome: Any = "not_found", answered: str = "") -> AskedQuestion:
        """Hand a question over and wait until it is stored."""
        asked = self.question(text, chat, outcome, answered)
        await self.service.collect(asked)
        await self.idle()
        return asked

    async def idle(self) -> None:
        """Wait until everything is stored."""
        marker = AskedQuestion(next(_IDS), -1, "", None, "several", "", "", (), self.now)
        waiting = self.service.collector._enqueue(marker)
        assert waiting is not None
        await asyncio.wait_for(waiting, 150)

    async def texts(self, group: int) -> list[str]:
        """The questions of a group, newest first."""
        return [question.text for question in await self.store.questions_of(group, 50)]

    async def group(self) -> int:
        """The id of the first group that waits."""
        return (await self.service.page(1)).groups[0].id


async def _ignore(_: Notice) -> None:
    """Ignore a notice."""


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    """An inbox in a new database."""
    path, content = tmp_path / "projects.yaml", YAML_TEXT.encode()
    path.write_bytes(content)
    live = LiveVersion(prepare(make_knowledge(), digest_of(content)), content)
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'minsheng.db'}") as store:
        made: Inbox

        def now() -> datetime:
            return made.now

        publisher = Publisher(
            live,
            repository=FileRepository(path, tmp_path),
            tasks=ThreadedTasks(now),
            store=store,
            announce=_ignore,
            now=now,
        )
        collector = Collector(store, None, now)
        service = InboxService(store, collector, now)
        made = Inbox(service, TeachingService(service, publisher, now), publisher, store, path)
        await publisher.start(None)
        worker = asyncio.create_task(collector.run())
        yield made
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
