"""The cost of 10,000 questions a day for 30 days: memory and the size of the database.

Its speed is measured by `python -m tests.bench inbox`.
"""

import asyncio
import resource
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.inbox.collecting import Collector
from bot.inbox.grouping import GroupIndex, packed
from bot.inbox.model import Collected, InboxBatch, NearMiss
from bot.inbox.questions import AskedQuestion
from bot.inbox.service import InboxService
from bot.matching.embeddings import Embedder
from bot.matching.encoder import load_encoder
from bot.storage import open_store
from tests.inbox.conftest import NOON

#: Questions of one group, groups of one question beside it, and the most bytes on disk.
_SMALL = (20_000, 500, 12_000_000)
_MONTH = (300_000, 20_000, 200_000_000)


@pytest.mark.parametrize(
    ("questions", "groups", "size"),
    [pytest.param(*_SMALL, id="small"), pytest.param(*_MONTH, id="month", marks=pytest.mark.soak)],
)
async def test_the_inbox_stays_small(tmp_path: Path, questions: int, groups: int, size: int) -> None:
    path = tmp_path / "minsheng.db"
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(groups + 1, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    async with open_store(f"sqlite+aiosqlite:///{path}") as store:
        ids = await store.write_batch(InboxBatch(new_groups=tuple(map(packed, vectors))), NOON)
        near = (NearMiss("heating", 0.2), NearMiss("water", 0.1))
        asked = [
            Collected(
                number,
                ids[0] if number < questions else ids[1 + number - questions],
                0,
                f"when will the lift in house number {number} be repaired",
                "en",
                "not_found",
                near,
                NOON - timedelta(minutes=number % 43_000),
            )
            for number in range(questions + groups)
        ]
        for start in range(0, len(asked), 5_000):
            await store.write_batch(InboxBatch(tuple(asked[start : start + 5_000])), NOON)
        service = InboxService(store, Collector(store, None, lambda: NOON), lambda: NOON)

        page = await service.page(1)
        await store.expire(NOON)

        assert page.groups[0].count == questions
        assert page.total == groups + 1
    assert _bytes_in(tmp_path) < size


@pytest.mark.soak
async def test_ten_thousand_questions_of_a_day_cost_a_thousandth_of_it(tmp_path: Path) -> None:
    """With the real encoder: a thousandth of the day in CPU time is enough, and memory stays level."""
    things = ("lift", "zoo", "swimming pool", "ice rink", "library card", "bus lane", "tram", "drone", "street light")
    asked = [
        f"when will the {things[n % 9]} in house {n % 1111} be {('repaired', 'open')[n % 2]}" for n in range(10_000)
    ]
    now = NOON
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'minsheng.db'}") as store:
        collector = Collector(store, Embedder(load_encoder()), lambda: now)
        service = InboxService(store, collector, lambda: now)
        worker = asyncio.create_task(collector.run())
        await asyncio.sleep(0)  # it runs
        memory = 0
        before = time.process_time()
        for number, text in enumerate(asked):
            question = AskedQuestion(number + 1, number % 4_000, text, "en", "not_found", "", "", (), now)
            await collector.collect(question, patience=30)
            if number == 2_000:
                memory = _memory()
        took = time.process_time() - before
        page = await service.page(1)
        worker.cancel()

    assert sum(group.count for group in page.groups) > 5_000  # most of what means the same is one group
    assert took < 86.4
    assert _memory() - memory < 100_000_000


def _memory() -> int:
    """The bytes of memory that the process has at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_twenty_thousand_groups_take_fifty_megabytes() -> None:
    rng = np.random.default_rng(1)
    index = GroupIndex()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    vectors = rng.normal(size=(20_000, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for number, vector in enumerate(vectors):
        index.add(number, vector)

    for vector in vectors[:50]:
        index.place_of(vector)

    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024 < 300_000_000  # with the vectors here
