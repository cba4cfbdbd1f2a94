"""Where the knowledge file lives, its last good copy, and the watch over both."""

import asyncio
import hashlib
import os
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.publishing.yaml.loader import MOST_BYTES

#: Seconds between two looks at the file, and how long it must stay the same: some editors write it in pieces.
LOOK_EVERY, SETTLED_AFTER = 0.25, 1.0
#: Seconds after which a file that is gone is missed: some editors delete it and write another.
MISSED_AFTER = 5.0
#: Seconds after which it is read although its size and times say that it is the same: network drives may lie.
READ_ANYWAY = 10.0

log = structlog.get_logger()

_Stamp = tuple[int, int, int, int]


class FileRepository:
    """A knowledge file on disk and its last good copy, which is named by its digest so that damage is noticed."""

    def __init__(self, path: Path, copies: Path) -> None:
        self.path = path
        self._copies = copies

    async def read(self) -> bytes:
        """The file as it is now, good or not; FileError."""
        return await asyncio.to_thread(read_file, self.path)

    async def replace(self, content: bytes) -> None:
        """Put another file in its place, as a whole or not at all; FileError."""
        await asyncio.to_thread(replace_file, self.path, content)

    async def keep(self, content: bytes) -> None:
        """Keep a copy of a file that is in use; FileError."""
        await asyncio.to_thread(self._keep, content)

    async def last_good(self) -> bytes | None:
        """The newest copy that is whole; None when there is none."""
        return await asyncio.to_thread(self._last_good)

    def _keep(self, content: bytes) -> None:
        kept = self._copies / f"last-good-{hashlib.sha256(content).hexdigest()}.yaml"
        if self._last_good() == content:
            return
        with suppress(OSError):  # then writing says what is wrong
            self._copies.mkdir(parents=True, exist_ok=True)
        replace_file(kept, content)
        for copy in self._copies.glob("last-good-*.yaml"):
            if copy != kept:
                with suppress(OSError):
                    copy.unlink()

    def _last_good(self) -> bytes | None:
        def age(copy: Path) -> float:
            with suppress(OSError):
                return copy.stat().st_mtime
            return 0.0

        for copy in sorted(self._copies.glob("last-good-*.yaml"), key=age, reverse=True):
            with suppress(FileError):
                content = read_file(copy)
                if hashlib.sha256(content).hexdigest() == copy.stem.removeprefix("last-good-"):
                    return content
        return None


class FileReader(Protocol):
    """Who is told what the watch sees; `bot.publishing.publisher.Publisher` is one."""

    def expect(self, content: bytes) -> None:
        """The file has changed and may change still."""

    async def consider(self, content: bytes) -> None:
        """The file stands like this."""

    async def miss(self, why: LazyMessage) -> None:
        """The file is gone, or cannot be read."""


class FileWatcher:
    """Looks at the file again and again: by its content, for times and inodes differ from drive to drive."""

    def __init__(
        self,
        path: Path,
        reader: FileReader,
        *,
        considered: str,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._path = path
        self._reader = reader
        self._clock = clock
        self._sleep = sleep
        self._considered = considered  #: the digest that the reader was told last
        self._seen = ""
        self._since = self._read_at = clock()
        self._stamp: _Stamp | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next save must be seen
                log.warning("watch_failed", error=type(error).__name__)
                await self._sleep(SETTLED_AFTER)

    async def look(self) -> None:
        """Look once."""
        now = self._clock()
        stamp = await asyncio.to_thread(_stamp_of, self._path)
        if stamp == self._stamp and self._seen == self._considered and now - self._read_at < READ_ANYWAY:
            return
        self._stamp, self._read_at = stamp, now
        try:
            content = await asyncio.to_thread(read_file, self._path)
        except FileError as error:
            await self._see_nothing(error.why, now)
            return
        digest = hashlib.sha256(content).hexdigest()
        if digest != self._seen:
            self._seen, self._since = digest, now
            if digest != self._considered:
                self._reader.expect(content)
        elif digest != self._considered and now - self._since >= SETTLED_AFTER:
            await self._reader.consider(content)
            self._considered = digest

    async def _see_nothing(self, why: LazyMessage, now: float) -> None:
        if self._seen:
            self._seen, self._since = "", now
        elif self._considered and now - self._since >= MISSED_AFTER:
            await self._reader.miss(why)
            self._considered = ""


def read_file(path: Path) -> bytes:
    """The bytes of an ordinary file of at most 5 MB; FileError for anything else.

    Symbolic links are followed: containers mount files as links.
    """
    try:
        # Without O_NONBLOCK a named pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileError(lazy_gettext("The knowledge file is no ordinary file; put a YAML file in its place."))
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise FileError(lazy_gettext("The knowledge file is not there; put it back in its place.")) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileError(lazy_gettext("The knowledge file cannot be read: {reason}.", reason=reason)) from None
    if len(content) > MOST_BYTES:
        raise FileError(lazy_gettext("The knowledge file is larger than 5 MB; is it the right one?"))
    return content


def _stamp_of(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
