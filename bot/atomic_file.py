"""A file gets a new content at once: whoever reads it, or pulls the plug, finds the old one or the new one."""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.errors import FileError
from bot.i18n.message import LazyMessage, lazy_gettext


def replace_file(path: Path, content: bytes) -> None:
    """Write the file anew or leave it as it is; FileError says why it is left, and how to mend that.

    The new file takes over mode and, where that is allowed, owner of the old one. A symbolic link stays and points
    to the new file. What a killed process left beside the file is cleaned up.
    """
    target = Path(os.path.realpath(path))
    try:
        with _draft_beside(target, _status_of(target)) as (draft, descriptor):
            _write(descriptor, content)
            os.fsync(descriptor)
            os.replace(draft, target)  # noqa: PTH105 - the step that the tests break off
        _clean_up(target)
        _keep_name(target.parent)
    except OSError as error:
        raise FileError(_why(error, target)) from error


def _status_of(target: Path) -> os.stat_result | None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise FileError(lazy_gettext("{file} is no ordinary file, so it is not written.", file=target.name))
    return status


@contextlib.contextmanager
def _draft_beside(target: Path, old: os.stat_result | None) -> Iterator[tuple[Path, int]]:
    """A new file in the same folder, which is gone afterwards unless it took the target's place."""
    # Git ignores what ends with a tilde, as editors' backups do.
    draft = target.parent / f".{target.name}.{secrets.token_hex(6)}~"
    mode = stat.S_IMODE(old.st_mode) if old else 0o666
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        # As long as somebody works at it, it is locked; the lock of a killed process is gone with it.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if old:
            with contextlib.suppress(OSError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, mode)
        yield draft, descriptor
    finally:
        os.close(descriptor)
        draft.unlink(missing_ok=True)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _keep_name(folder: Path) -> None:
    """Put the new name on the disk; what does not know how to do that has the file all the same."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clean_up(target: Path) -> None:
    """Delete drafts that nobody works at."""
    for draft in target.parent.iterdir():
        if draft.name.startswith(f".{target.name}.") and draft.name.endswith("~"):
            with contextlib.suppress(OSError):
                descriptor = os.open(draft, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    draft.unlink()
                finally:
                    os.close(descriptor)


def _why(error: OSError, target: Path) -> LazyMessage:
    # The sentence may be read in Telegram, where nobody needs to know how the server's disk is laid out.
    file = target.name
    match error.errno:
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return lazy_gettext(
                "{file} cannot be written: its folder is read-only for the bot. "
                "Give the bot's account the right to write into that folder, or mount it without `ro`.",
                file=file,
            )
        case errno.ENOSPC | errno.EDQUOT:
            return lazy_gettext("{file} cannot be written: the disk is full. Make room, then try again.", file=file)
        case errno.EBUSY | errno.EXDEV:
            return lazy_gettext(
                "{file} cannot be replaced, for it is mounted as a single file. Mount its folder instead.", file=file
            )
        case errno.ENOENT | errno.ENOTDIR:
            return lazy_gettext("{file} cannot be written: its folder is not there.", file=file)
        case _:
            return lazy_gettext("{file} cannot be written: {reason}.", file=file, reason=error.strerror or "?")
