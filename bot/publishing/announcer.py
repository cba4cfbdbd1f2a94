"""Announces notices in the background, in order, since Telegram may be unreachable for a long time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bot.knowledge import Diagnostic
from bot.publishing.live import LiveVersion
from bot.publishing.ports import KnowledgeTasks
from bot.publishing.results import Notice, Published

log = structlog.get_logger()


class Announcer:
    """Passes on one notice after the other; `announce` must not fail."""

    def __init__(self, announce: Callable[[Notice], Awaitable[None]], tasks: KnowledgeTasks) -> None:
        self.announce = announce
        self._tasks = tasks
        self._last: asyncio.Task[None] | None = None
        self._linting = asyncio.Lock()
        self._to_lint: LiveVersion | None = None

    def tell(self, notice: Notice, live: LiveVersion) -> None:
        """Announce a notice. Add the warnings for a file saved on the server, which had no preview."""
        warnings = None
        if isinstance(notice, Published) and notice.version.origin == "saved":
            # A separate task, so that a notice that waits for Telegram does not keep a snapshot in memory.
            self._to_lint = live
            warnings = asyncio.create_task(self._lint(live.digest))
        self._last = asyncio.create_task(self._tell_after(self._last, notice, warnings))

    async def _tell_after(
        self, earlier: asyncio.Task[None] | None, notice: Notice, warnings: asyncio.Task[Sequence[Diagnostic]] | None
    ) -> None:
        if isinstance(notice, Published) and warnings is not None:
            notice = replace(notice, warnings=tuple(await warnings))
        if earlier is not None:
            await asyncio.wait([earlier])
        await self.announce(notice)

    async def _lint(self, digest: str) -> Sequence[Diagnostic]:
        """The warnings of a version; empty if a newer one waits to be linted or arrives meanwhile.

        One version at a time: linting takes seconds, and each version holds a snapshot of hundreds of megabytes.
        """
        async with self._linting:
            if self._to_lint is None or self._to_lint.digest != digest:
                return ()
            live, self._to_lint = self._to_lint, None
            try:
                return await self._tasks.lint(live.content, live.snapshot, lambda: self._to_lint is None)
            except Exception as error:  # noqa: BLE001 - staff must hear of the new version in any case
                log.warning("not_linted", error=type(error).__name__)
                return ()
