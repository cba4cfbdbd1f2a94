"""Work on knowledge files and spreadsheets in threads, while questions are answered."""

import asyncio
import ctypes
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from bot.answers.snapshot import Snapshot
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Diagnostic, KnowledgeBase, LoadedKnowledge
from bot.knowledge.diff import AnyEdit
from bot.matching.embeddings import Embedder
from bot.matching.stored_arrays import ArrayStore
from bot.publishing.effects import Effects, effects_of
from bot.publishing.files.source import load_content, prepare
from bot.publishing.lint.check import check_knowledge
from bot.publishing.yaml.editor import rewrite


def _return_memory() -> None:
    """Give memory that is free back to the system.

    To prepare a version takes a few hundred megabytes for seconds. The C library keeps what was freed in a heap for
    each thread, so after versions in several threads the process would hold a multiple. Only glibc has this function.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class ThreadedTasks:
    """`KnowledgeTasks` in threads; files are read in a child process."""

    def __init__(
        self, now: Callable[[], datetime], embedder: Embedder | None = None, store: ArrayStore | None = None
    ) -> None:
        self._now = now
        self._embedder = embedder
        self._store = store

    async def load(self, content: bytes) -> LoadedKnowledge:
        return await asyncio.to_thread(load_content, content)

    async def prepare(self, knowledge: KnowledgeBase, version: str, previous: Snapshot | None) -> Snapshot:
        work = partial(prepare, knowledge, version, previous, embedder=self._embedder, store=self._store)
        snapshot = await asyncio.to_thread(work)
        await asyncio.to_thread(_return_memory)
        return snapshot

    async def lint(self, content: bytes, snapshot: Snapshot) -> Sequence[Diagnostic]:
        diagnostics = (await asyncio.to_thread(check_knowledge, content, self._now(), snapshot)).diagnostics
        await asyncio.to_thread(_return_memory)
        return diagnostics

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
        """What a workbook would change in the knowledge, and what is wrong in it, cell by cell."""
        from bot.publishing.spreadsheet.workbook import read_sheet  # noqa: PLC0415 - the same

        edits, faults = await asyncio.to_thread(read_sheet, content, knowledge)
        return edits, [
            lazy_gettext("{cell}: {fault}", cell=fault.cell, fault=fault.why) if fault.cell else fault.why
            for fault in faults
        ]
