"""Snapshots of files that are not live yet, prepared in the background while questions are answered."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.answers.snapshot import Snapshot
from bot.knowledge import LoadedKnowledge
from bot.publishing.live import digest_of
from bot.publishing.ports import KnowledgeTasks

#: The number of snapshots that are kept beside the live one, 50 MB each, or 20 once they are stored.
_CAPACITY = 2


class NothingToPrepareError(Exception):
    """The file has errors."""


class SnapshotPreparation:
    """Prepares each file once, by its digest, and keeps the last two snapshots.

    One of them is the version before the live one, until two files were prepared: an undo need not wait for it.
    `use_stored` is called with each snapshot that was stored, and its replacement.
    """

    def __init__(self, tasks: KnowledgeTasks, use_stored: Callable[[Snapshot, Snapshot], None]) -> None:
        self._tasks = tasks
        self._use_stored = use_stored
        self._storing: asyncio.Task[None] | None = None
        self._loads: dict[str, asyncio.Task[LoadedKnowledge]] = {}
        self._running: dict[str, asyncio.Future[Snapshot]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being prepared."""
        return all(task.done() for task in self._running.values())

    def begin(self, content: bytes, previous: Snapshot, loaded: LoadedKnowledge | None = None) -> None:
        """Prepare a file in the background; `loaded` saves reading it again."""
        digest = digest_of(content)
        if digest in self._running:
            return
        while len(self._running) >= _CAPACITY:
            self._drop(next(iter(self._running)))
        self._loads[digest] = asyncio.create_task(self._load(content, loaded))
        task = asyncio.create_task(self._prepare(self._loads[digest], previous))
        self._running[digest] = task

        def drop_if_failed(done: asyncio.Future[Snapshot]) -> None:
            if done.cancelled() or done.exception():
                self._drop(digest)

        task.add_done_callback(drop_if_failed)

    async def load(self, content: bytes) -> LoadedKnowledge:
        """Read a file; a file that is being prepared is not read again."""
        loading = self._loads.get(digest_of(content))
        return await (asyncio.shield(loading) if loading else self._tasks.load(content))

    async def snapshot(self, content: bytes, previous: Snapshot, loaded: LoadedKnowledge | None = None) -> Snapshot:
        """The snapshot of a file, possibly from the background; raises NothingToPrepareError if it has errors."""
        self.begin(content, previous, loaded)
        return await asyncio.shield(self._running[digest_of(content)])

    def store(self, snapshot: Snapshot, previous: Snapshot, *, is_live: bool) -> None:
        """Store what a snapshot learned since the previous one, in the background, since nobody waits for the disk.

        A start reads only what was live.
        """
        if snapshot.engine is not previous.engine:
            self._storing = asyncio.create_task(self._store_after(self._storing, snapshot, is_live=is_live))

    async def _store_after(self, earlier: asyncio.Task[None] | None, snapshot: Snapshot, *, is_live: bool) -> None:
        if earlier:
            await asyncio.wait([earlier])
        stored = await self._tasks.keep(snapshot, is_live=is_live)
        if snapshot.version in self._running:
            self._put(stored)
        self._use_stored(snapshot, stored)
        del snapshot, stored
        await self._tasks.return_memory()

    def clear(self, previous: Snapshot) -> None:
        """Delete all snapshots, after a version was published, except that of the previous version."""
        self._running.clear()
        self._loads.clear()
        self._put(replace(previous))  # without the answers that it has cached

    def _put(self, snapshot: Snapshot) -> None:
        self._running[snapshot.version] = asyncio.get_running_loop().create_future()
        self._running[snapshot.version].set_result(snapshot)

    def _drop(self, digest: str) -> None:
        self._running.pop(digest, None)
        self._loads.pop(digest, None)

    async def _load(self, content: bytes, loaded: LoadedKnowledge | None) -> LoadedKnowledge:
        return loaded or await self._tasks.load(content)

    async def _prepare(self, loading: asyncio.Task[LoadedKnowledge], previous: Snapshot) -> Snapshot:
        loaded = await loading
        if loaded.knowledge is None:
            raise NothingToPrepareError
        return await self._tasks.prepare(loaded.knowledge, loaded.digest, previous)
