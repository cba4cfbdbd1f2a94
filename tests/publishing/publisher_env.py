"""A publisher over a file on the disk."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.knowledge import Status
from bot.knowledge.edits import Edit
from bot.matching.stored_arrays import ArrayStore
from bot.publishing.publisher import Publisher
from bot.publishing.results import (
    Notice,
    Preview,
)
from bot.publishing.tasks import ThreadedTasks
from tests.factories import YAML_TEXT, yaml_text
from tests.telegram_ui.bot_env import small_city
from tests.telegram_ui.memory_stores import MemoryRecords, MemoryRepository

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 21, 22
GOOD = YAML_TEXT.encode()
BROKEN = yaml_text(("status: planned", "status: plant")).encode()
CHANGED = yaml_text(("status: planned", "status: completed")).encode()
REWORDED = yaml_text(("[new childcare center]", "[a new childcare center of ours]")).encode()


#: Two of four projects are gone.
TOO_MANY_REMOVED = (
    yaml_text(("    related: [homecare-stations]\n", "")).partition("  - id: homecare-stations")[0].encode()
)


STATUS = Edit("sixth-hospital", "status", None, "completed")


@dataclass
class Scene:
    """A publisher with its file and stores, and the notices that it announced."""

    repository: MemoryRepository = field(default_factory=lambda: MemoryRepository(GOOD, GOOD))
    records: MemoryRecords = field(default_factory=MemoryRecords)
    notices: list[Notice] = field(default_factory=list)
    now: datetime = NOON
    arrays: ArrayStore | None = None

    def __post_init__(self) -> None:
        self.tasks = ThreadedTasks(lambda: self.now, store=self.arrays)
        self.publisher = Publisher(
            small_city(),
            repository=self.repository,
            tasks=self.tasks,
            store=self.records,
            announce=self._hear,
            now=lambda: self.now,
        )

    async def _hear(self, notice: Notice) -> None:
        self.notices.append(notice)

    async def wait_for_notices(self, number: int) -> list[Notice]:
        """Wait until there are `number` notices, and return them."""
        async with asyncio.timeout(150):
            while len(self.notices) < number:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)
        return self.notices

    async def saved(self, content: bytes) -> None:
        """Save the file and let the publisher read it."""
        self.repository.content = content
        await self.publisher.on_saved(content)

    async def drafted(self, *edits: Edit, person: int = ANN) -> Preview:
        """Draft edits as buttons do; return the preview."""
        drafted = await self.publisher.drafts.from_edits(edits, person, origin="buttons")
        assert isinstance(drafted, Preview)
        return drafted

    def count(self) -> int:
        """The number of projects that citizens can ask about."""
        return len(self.publisher.live.snapshot.knowledge.projects)

    def status(self, project: str = "sixth-hospital") -> Status:
        """The status that citizens are told."""
        return self.publisher.live.snapshot.knowledge.project_by_id[project].status
