"""Replaces a file atomically: after a crash or power failure it has the old or the new content."""

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

Buffer = bytes | memoryview


def replace_file(path: Path, *content: Buffer, mode: int = 0o666) -> None:
    """Replace the content of a file, given in pieces; on failure leave it unchanged and raise FileError with a remedy.

    A new file gets `mode`; otherwise the mode and, if permitted, the owner stay. A symbolic link stays and points to
    the new file. Temporary files of a killed process are removed.
    """
    target = Path(os.path.realpath(path))
    try:
        with _temporary_beside(target, _status_of(target), mode) as (temporary, descriptor):
            for piece in content:
                _write(descriptor, piece)
            os.fsync(descriptor)
            os.replace(temporary, target)  # noqa: PTH105 - the step that the tests break off
        _clean_up(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise FileError(_reason(error, target)) from error


def _status_of(target: Path) -> os.stat_result | None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise FileError(lazy_gettext("{file} is not a regular file, so it is not written.", file=target.name))
    return status


@contextlib.contextmanager
def _temporary_beside(target: Path, old: os.stat_result | None, new_mode: int) -> Iterator[tuple[Path, int]]:
    """A new file in the same folder, removed afterwards unless it was renamed to the target."""
    # Git ignores names that end with a tilde, like editors' backups.
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}~"
    mode = stat.S_IMODE(old.st_mode) if old else new_mode
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        # Locked while it is written; the lock ends with the process.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if old:
            with contextlib.suppress(OSError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, mode)
        yield temporary, descriptor
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)


def _write(descriptor: int, content: Buffer) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    """fsync the folder so that the rename survives a crash; ignored where unsupported."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clean_up(target: Path) -> None:
    """Remove temporary files that no process holds."""
    for temporary in target.parent.iterdir():
        if temporary.name.startswith(f".{target.name}.") and temporary.name.endswith("~"):
            with contextlib.suppress(OSError):
                descriptor = os.open(temporary, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    temporary.unlink()
                finally:
                    os.close(descriptor)


def _reason(error: OSError, target: Path) -> LazyMessage:
    # The message may be shown in Telegram, so it must not name a folder.
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
                "{file} cannot be replaced, because it is mounted as a single file. Mount its folder instead.",
                file=file,
            )
        case errno.ENOENT | errno.ENOTDIR:
            return lazy_gettext("{file} cannot be written: its folder is not there.", file=file)
        case _:
            return lazy_gettext("{file} cannot be written: {reason}.", file=file, reason=error.strerror or "?")
