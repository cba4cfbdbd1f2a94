"""Work on knowledge files and spreadsheets in threads, while questions are answered."""

import asyncio
import ctypes
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from bot.answers.snapshot import Snapshot, keep_snapshot
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.edits import AnyEdit
from bot.matching.embeddings import Embedder
from bot.matching.stored_arrays import ArrayStore
from bot.publishing.array_file import release_pages
from bot.publishing.effects import Effects, effects_of
from bot.publishing.files.load import load_content
from bot.publishing.lint.check import check_knowledge
from bot.publishing.prepare import prepare
from bot.publishing.yaml.editor import rewrite


def _return_memory() -> None:
    """Return unused memory and mapped pages to the system.

    Preparing a version takes hundreds of megabytes for seconds. What older versions left in reference cycles would wait
    for 40 million new objects, the threshold of the oldest generation, so it is collected here, in milliseconds. The C
    library keeps freed memory in one heap per thread, so after versions in several threads the process would hold a
    multiple. Only glibc has this function.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    release_pages()


class _NoLongerWantedError(Exception):
    """Nobody waits for the result any longer."""


class ThreadedTasks:
    """`KnowledgeTasks` in threads; files are read in a child process."""

    def __init__(
        self, now: Callable[[], datetime], embedder: Embedder | None = None, store: ArrayStore | None = None
    ) -> None:
        self._now = now
        self._embedder = embedder
        self._store = store
        self._preparing = 0
        self._nothing_prepared = threading.Event()
        self._nothing_prepared.set()

    async def load(self, content: bytes) -> LoadedKnowledge:
        return await asyncio.to_thread(load_content, content)

    async def prepare(self, knowledge: KnowledgeBase, version: str, previous: Snapshot | None) -> Snapshot:
        work = partial(prepare, knowledge, version, previous, embedder=self._embedder, store=self._store)
        with self._before_linting():
            snapshot = await asyncio.to_thread(work)
        if previous is None:
            await self.return_memory()
        return snapshot

    async def keep(self, snapshot: Snapshot, *, is_live: bool) -> Snapshot:
        if self._store is None:
            return snapshot
        return await asyncio.to_thread(keep_snapshot, snapshot, self._store, is_live=is_live)

    async def return_memory(self) -> None:
        await asyncio.to_thread(_return_memory)

    @contextmanager
    def _before_linting(self) -> Iterator[None]:
        """Linting pauses inside this context: together both would take twice as long and the most memory."""
        self._preparing += 1
        self._nothing_prepared.clear()
        try:
            yield
        finally:
            self._preparing -= 1
            if not self._preparing:
                self._nothing_prepared.set()

    async def lint(
        self, content: bytes, snapshot: Snapshot, is_wanted: Callable[[], bool] = lambda: True
    ) -> Sequence[Diagnostic]:
        def proceed() -> None:
            self._nothing_prepared.wait()
            if not is_wanted():
                raise _NoLongerWantedError

        work = partial(check_knowledge, content, self._now(), snapshot, proceed=proceed)
        try:
            return (await asyncio.to_thread(work)).diagnostics
        except _NoLongerWantedError:
            return ()
        finally:
            await self.return_memory()

    async def effects(self, old: Snapshot, new: Snapshot) -> Effects:
        return await asyncio.to_thread(effects_of, old, new, self._now())

    async def rewrite(self, content: bytes, edits: Sequence[AnyEdit]) -> tuple[bytes, LoadedKnowledge]:
        return await asyncio.to_thread(rewrite, content, edits)


class Spreadsheets:
    """Spreadsheets of the knowledge, written and read in threads."""

    async def write(self, knowledge: KnowledgeBase, translator: Translator) -> bytes:
        """A workbook with a row for each project."""
        from bot.publishing.spreadsheet.workbook import write_sheet  # noqa: PLC0415 - 10 MB that only staff need

        return await asyncio.to_thread(write_sheet, knowledge, translator)

    async def read(self, content: bytes, knowledge: KnowledgeBase) -> tuple[list[AnyEdit], list[LazyMessage]]:
        """The changes in a workbook, and its errors cell by cell."""
        from bot.publishing.spreadsheet.workbook import read_sheet  # noqa: PLC0415 - the same

        edits, errors = await asyncio.to_thread(read_sheet, content, knowledge)
        return edits, [
            lazy_gettext("{cell}: {message}", cell=error.cell, message=error.why) if error.cell else error.why
            for error in errors
        ]
