"""Watches the saved knowledge, a file or a folder."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog

from bot.errors import FileError
from bot.i18n.message import LazyMessage
from bot.publishing.files.folder import stamps_of
from bot.publishing.files.repository import read_saved
from bot.publishing.live import digest_of

#: Seconds between two polls, and how long the file must stay unchanged: some editors write it in pieces.
POLL_INTERVAL, SETTLED_AFTER = 0.1, 1.0
#: Seconds before a missing file is reported: some editors delete the file and write another.
MISSING_AFTER = 5.0
#: Seconds before the file is read although size and times are unchanged: network drives may report old ones.
REREAD_AFTER = 10.0

log = structlog.get_logger()


class FileObserver(Protocol):
    """The observer that the watcher calls; implemented by `bot.publishing.publisher.Publisher`."""

    def on_changing(self, content: bytes) -> None:
        """The file has changed and may still change."""

    async def on_saved(self, content: bytes) -> None:
        """The file has been unchanged for a second."""

    async def on_missing(self, why: LazyMessage) -> None:
        """The file has been missing or unreadable for five seconds."""


class FileWatcher:
    """Polls the file and compares its content, since times and inodes are unreliable on some drives."""

    def __init__(
        self,
        path: Path,
        observer: FileObserver,
        *,
        reported: str,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._path = path
        self._observer = observer
        self._clock = clock
        self._sleep = sleep
        self._reported = reported  #: the last digest passed to the observer
        self._seen = ""
        self._since = self._read_at = clock()
        self._stamp: tuple[object, ...] | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        pause = POLL_INTERVAL
        while True:
            await self._sleep(pause)
            try:
                await self.poll()
                pause = min(POLL_INTERVAL, self._until_settled())
            except Exception as error:  # noqa: BLE001 - the next save must be seen
                log.warning("watch_failed", error=type(error).__name__)
                pause = SETTLED_AFTER

    def _until_settled(self) -> float:
        """Seconds until a changed file counts as saved, if it stays the same; an interval when none has changed."""
        left = self._since + SETTLED_AFTER - self._clock()
        return left if self._seen != self._reported and left > 0 else POLL_INTERVAL

    async def poll(self) -> None:
        """Check the file once."""
        now = self._clock()
        stamp = await asyncio.to_thread(stamps_of, self._path)
        waits = self._seen == self._reported or now - self._since < SETTLED_AFTER
        if stamp == self._stamp and waits and now - self._read_at < REREAD_AFTER:
            return
        self._stamp, self._read_at = stamp, now
        try:
            content = await asyncio.to_thread(read_saved, self._path)
        except FileError as error:
            await self._see_missing(error.why, now)
            return
        digest = digest_of(content)
        if digest != self._seen:
            self._seen, self._since = digest, now
            if digest != self._reported:
                self._observer.on_changing(content)
        elif digest != self._reported and now - self._since >= SETTLED_AFTER:
            await self._observer.on_saved(content)
            self._reported = digest

    async def _see_missing(self, why: LazyMessage, now: float) -> None:
        if self._seen:
            self._seen, self._since = "", now
        elif self._reported and now - self._since >= MISSING_AFTER:
            await self._observer.on_missing(why)
            self._reported = ""
