"""The saved knowledge on disk, a file or a folder, and its last good copy.

There are two places. The saved knowledge is at KNOWLEDGE_PATH; people and the bot write it, and it may be broken at any
time. The last good copy is in DATA_DIR; only the bot writes it, after a version went live. A start uses it if the saved
knowledge is unusable (`bot.publishing.live`).

Invariants:
1. A new copy is written beside the old one under the name of its digest, `last-good-<sha256>.yaml`; then the old one is
   deleted. After the first copy there is a complete one at any moment.
2. A copy is used only if its content has the digest in its name. A truncated or edited copy counts as absent; the
   newest complete copy is used.
3. Only the bot can read copies, because staff may have withdrawn what they say.
4. One thread at a time reads or replaces the saved knowledge, so that a read does not take a replacement in progress
   for one that a crash interrupted.

A crash while a copy is written leaves the earlier copy. A crash between writing and deleting leaves two copies; storing
the next one deletes both. The next read completes a replacement of the saved knowledge that a crash interrupted; see
`folder.py`. If a copy cannot be written, the log has a warning, and the live version keeps answering.

Tests: tests/publishing/test_publisher.py (starts with broken, missing and foreign files);
tests/publishing/test_folder.py (copies, crashes).
"""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.i18n.message import lazy_gettext
from bot.publishing.files.folder import check_place, read_content, unfinished, write_content
from bot.publishing.files.untrusted_file import NotRegularFileError, TooLargeError
from bot.publishing.live import digest_of


class FileRepository:
    """A `KnowledgeRepository` on disk; a copy is named by its digest, so a damaged copy is detected."""

    def __init__(self, path: Path, copies: Path) -> None:
        self.path = path
        self._copies = copies
        self._writing = threading.Lock()

    async def read(self) -> bytes:
        return await asyncio.to_thread(self._read)

    def check(self, content: bytes) -> None:
        check_place(self.path, content)

    async def replace(self, content: bytes) -> None:
        await asyncio.to_thread(self._replace, content)

    async def keep(self, content: bytes) -> None:
        await asyncio.to_thread(self._keep, content)

    async def last_good(self) -> bytes | None:
        return await asyncio.to_thread(self._last_good)

    def _read(self) -> bytes:
        """The saved content; first completes a replacement that a crash interrupted."""
        with self._writing:
            content = read_saved(self.path)
            if content == unfinished(self.path):
                write_content(self.path, content)
            return content

    def _replace(self, content: bytes) -> None:
        with self._writing:
            write_content(self.path, content)

    def _keep(self, content: bytes) -> None:
        kept = self._copies / f"last-good-{digest_of(content)}.yaml"
        if self._last_good() == content:
            with suppress(OSError):  # an earlier version made it readable for everybody
                kept.chmod(0o600)
            return
        with suppress(OSError):  # if this fails, writing reports the error
            self._copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(kept, content, mode=0o600)
        for copy in self._copies.glob("last-good-*.yaml"):
            if copy != kept:
                with suppress(OSError):
                    copy.unlink()

    def _last_good(self) -> bytes | None:
        for copy in sorted(self._copies.glob("last-good-*.yaml"), key=_age, reverse=True):
            with suppress(FileError):
                content = read_saved(copy)
                if digest_of(content) == copy.stem.removeprefix("last-good-"):
                    return content
        return None


def _age(copy: Path) -> float:
    with suppress(OSError):
        return copy.stat().st_mtime
    return 0.0


def read_saved(path: Path) -> bytes:
    """The content of a file or a folder of at most 5 MB; raises FileError for anything else."""
    try:
        return read_content(path)
    except NotRegularFileError:
        why = lazy_gettext("The knowledge file is not a regular file; put a YAML file in its place.")
    except TooLargeError:
        why = lazy_gettext("The knowledge file is larger than 5 MB; is it the right one?")
    except FileNotFoundError:
        why = (
            lazy_gettext(
                "The folder has no file projects.yaml; give the file with the projects this name, or name the file in "
                "place of its folder."
            )
            if path.is_dir()
            else lazy_gettext("The knowledge file is not there; put it back in its place.")
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        why = lazy_gettext("The knowledge file cannot be read: {reason}.", reason=reason)
    raise FileError(why) from None
