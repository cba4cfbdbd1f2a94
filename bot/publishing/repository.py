"""The knowledge file on disk and its last good copy."""

import asyncio
from contextlib import suppress
from pathlib import Path

from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.i18n.message import lazy_gettext
from bot.publishing.live import digest_of
from bot.publishing.yaml.loader import MOST_BYTES
from bot.untrusted_file import NotOrdinaryError, TooLargeError, read_untrusted


class FileRepository:
    """A `KnowledgeRepository` on disk; a copy is named by its digest, so a damaged copy is recognised."""

    def __init__(self, path: Path, copies: Path) -> None:
        self.path = path
        self._copies = copies

    async def read(self) -> bytes:
        return await asyncio.to_thread(read_file, self.path)

    async def replace(self, content: bytes) -> None:
        await asyncio.to_thread(replace_file, self.path, content)

    async def keep(self, content: bytes) -> None:
        await asyncio.to_thread(self._keep, content)

    async def last_good(self) -> bytes | None:
        return await asyncio.to_thread(self._last_good)

    def _keep(self, content: bytes) -> None:
        kept = self._copies / f"last-good-{digest_of(content)}.yaml"
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
        for copy in sorted(self._copies.glob("last-good-*.yaml"), key=_age, reverse=True):
            with suppress(FileError):
                content = read_file(copy)
                if digest_of(content) == copy.stem.removeprefix("last-good-"):
                    return content
        return None


def _age(copy: Path) -> float:
    with suppress(OSError):
        return copy.stat().st_mtime
    return 0.0


def read_file(path: Path) -> bytes:
    """The bytes of an ordinary file of at most 5 MB; FileError for anything else."""
    try:
        return read_untrusted(path, MOST_BYTES)
    except NotOrdinaryError:
        why = lazy_gettext("The knowledge file is no ordinary file; put a YAML file in its place.")
    except TooLargeError:
        why = lazy_gettext("The knowledge file is larger than 5 MB; is it the right one?")
    except FileNotFoundError:
        why = lazy_gettext("The knowledge file is not there; put it back in its place.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        why = lazy_gettext("The knowledge file cannot be read: {reason}.", reason=reason)
    raise FileError(why) from None
