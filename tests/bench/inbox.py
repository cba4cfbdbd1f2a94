"""How long staff and citizens wait when the inbox is large: `python -m tests.bench inbox`.

The first page of `/inbox`, and the group of a new question, with 500 groups and with 20,000; both in milliseconds of
CPU time, and compared with the smaller inbox of the same run.
"""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bot.inbox.collecting import Collector
from bot.inbox.grouping import GroupIndex, packed
from bot.inbox.model import Collected, InboxBatch
from bot.inbox.service import InboxService
from bot.matching.arrays import Floats
from bot.storage import open_store

_GROUPS = (500, 20_000)
_TIMES = 20
_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main() -> None:
    """Print both figures for each number of groups."""
    print(f"\nThe inbox, medians of {_TIMES}, milliseconds of processor")
    measured = [asyncio.run(_measured(groups)) for groups in _GROUPS]
    for groups, (page, place) in zip(_GROUPS, measured, strict=True):
        (first_page, first_place) = measured[0]
        print(
            f"  {groups:6,} groups: first page {page:6.2f} ({page / first_page:.1f} x), "
            f"group of a question {place:6.3f} ({place / first_place:.1f} x)"
        )


async def _measured(groups: int) -> tuple[float, float]:
    vectors = np.random.default_rng(1).normal(size=(groups, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = GroupIndex()
    for number, vector in enumerate(vectors):
        index.add(number, vector)
    places = []
    for vector in vectors[:_TIMES]:
        begin = time.process_time()
        index.place_of(vector)
        places.append(1000 * (time.process_time() - begin))
    with TemporaryDirectory() as folder:
        return median(await _pages(Path(folder), vectors)), median(places)


async def _pages(folder: Path, vectors: Floats) -> list[float]:
    async with open_store(f"sqlite+aiosqlite:///{folder / 'minsheng.db'}") as store:
        ids = await store.write_batch(InboxBatch(new_groups=tuple(map(packed, vectors))), _NOON)
        asked = [Collected(n, group, 0, f"lift {n}", "en", "not_found", (), _NOON) for n, group in enumerate(ids)]
        for start in range(0, len(asked), 5_000):
            await store.write_batch(InboxBatch(tuple(asked[start : start + 5_000])), _NOON)
        service = InboxService(store, Collector(store, None, lambda: _NOON), lambda: _NOON)
        times = []
        for _ in range(_TIMES):
            begin = time.process_time()
            await service.page(1)
            times.append(1000 * (time.process_time() - begin))
        return times
