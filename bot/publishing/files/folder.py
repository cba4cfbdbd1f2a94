"""The knowledge on disk: one file, or a folder whose files form one version.

    projects.yaml        statements: the head, the projects, the areas
    asking/*.yaml        the ways of asking, and the topics elsewhere
    .publishing~         the journal; only while files are replaced, or after a crash

All files of a folder are packed into one content: `projects.yaml` first, then the others by name, each after a line
with its name. This content is what is published, undone, compared, and stored as the last good copy, so a version is
always complete. A single file is its own content. A packed content is text, and may be sent and saved as a file. A path
to a `projects.yaml` beside a folder `asking` means the folder.

Replacing several files. One file can be replaced atomically (`bot.atomic_file`), several cannot. So `write_content`
works in three steps:

    1. write the whole new content into the journal          readers get the old version until this step is done
    2. replace each changed file, delete removed files       readers get the new version, from the journal
    3. delete the journal                                    readers get the new version, from the files

If only one file changes and none is deleted, there is no journal: replacing that file is the only step.

Invariants:
1. `read_content` returns a version exactly as it was published or saved, never a mixture of two.
2. An old journal does not overwrite a file that was saved by hand: if a file that differs from the journal is more than
   `_LATER` seconds newer, the journal is ignored. Some drives store times in steps of seconds.
3. No name in a packed content leads out of the folder: `_NAME` allows only `projects.yaml` and `asking/*.yaml`.
4. Every file is read with `read_untrusted`: regular files only, at most 5 MB in total.

A crash in step 1 leaves the old version and a temporary file, which the next replacement removes. A crash in step 2 or
3 leaves the journal; the next read by `FileRepository` writes its content again, which is idempotent. If step 2 fails
(a file in the folder is read-only), the old content becomes the journal and therefore the version again, and FileError
is raised. If even that cannot be written, the new version stays, complete.

Tests: tests/publishing/test_folder.py crashes and fails at each step; tests/process/test_staff.py kills the process.
"""

import errno
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.publishing.files.untrusted_file import NotRegularFileError, TooLargeError, read_untrusted

#: The limit for all files together.
MAX_BYTES = 5_000_000
#: The file with the statements, and the folder with the ways of asking.
MAIN, ASKING = "projects.yaml", "asking"
#: The ways of asking taught from the inbox; the program writes this file as a whole.
INBOX_FILE = f"{ASKING}/inbox.yaml"
#: The first line of a file in `asking`, by which editors find the schema.
SCHEMA_LINE = "# yaml-language-server: $schema=../asking.schema.json\n"
_JOURNAL = ".publishing~"
#: A file that is newer than the journal by more than this many seconds was saved by hand.
_LATER = 5.0

#: Messages for the most frequent reasons why a file cannot be opened; for others the system's text is used.
_REASONS = {
    errno.ENOENT: lazy_gettext("No such file or directory"),
    errno.EACCES: lazy_gettext("Permission denied"),
}

_MAGIC = b"# minsheng knowledge files\n"
_NAME = rb"(projects\.yaml|asking/[^/\\\r\n.~][^/\\\r\n]{0,80}\.ya?ml)"
_SEPARATOR = re.compile(rb"^# === " + _NAME + rb"( without a line break at its end)?\n", re.MULTILINE)


class FilePartError(FileError):
    """A file in `asking` cannot be read, which makes the folder unusable; `file` is its name in the folder."""

    def __init__(self, file: str, reason: LazyMessage, line: int = 1) -> None:
        super().__init__(lazy_gettext("{file} cannot be read: {reason}.", file=file, reason=reason))
        self.file, self.reason, self.line = file, reason, line


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files into one content; raises FilePartError if a file contains a separator line."""
    if set(files) == {MAIN}:
        return files[MAIN]
    parts = [_MAGIC]
    for name in sorted(files, key=lambda each: (each != MAIN, each)):
        content = files[name]
        if found := _SEPARATOR.search(content):
            why = lazy_gettext("a line begins with `# === `; take it out")
            raise FilePartError(name, why, content.count(b"\n", 0, found.start()) + 1)
        ended = content.endswith(b"\n") or not content
        parts += [b"# === ", name.encode(), b"" if ended else b" without a line break at its end", b"\n"]
        parts += [content, b"" if ended else b"\n"]
    return b"".join(parts)


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a content, `projects.yaml` first; an unpacked content is `projects.yaml`."""
    if not content.startswith(_MAGIC):
        return {MAIN: content}
    found = list(_SEPARATOR.finditer(content))
    ends = [*(each.start() for each in found[1:]), len(content)]
    files = {MAIN: b""}
    for each, end in zip(found, ends, strict=False):
        body = content[each.end() : end]
        files[each[1].decode("utf-8", "replace")] = body.removesuffix(b"\n") if each[2] else body
    return files


def folder_of(path: Path) -> Path | None:
    """The folder that the path means, or None for a single file."""
    if path.is_dir():
        return path
    return path.parent if path.name == MAIN and (path.parent / ASKING).is_dir() else None


def read_content(path: Path) -> bytes:
    """Read the content at a path; raises FilePartError, OSError, ValueError, and the errors of `read_untrusted`."""
    folder = folder_of(path)
    if folder is None:
        return read_untrusted(path, MAX_BYTES)
    files = _files_in(folder)
    return unfinished(path) or pack(files)


def unfinished(path: Path) -> bytes | None:
    """The content that a crash kept from being written to the end; None when there is none."""
    folder = folder_of(path)
    journal = folder / _JOURNAL if folder else None
    if folder is None or journal is None or not journal.exists():
        return None
    content = read_untrusted(journal, 2 * MAX_BYTES)
    new, written = unpack(content), journal.stat().st_mtime
    for name, body in _files_in(folder).items():
        if new.get(name) != body and (folder / name).stat().st_mtime > written + _LATER:
            return None
    return content


def check_place(path: Path, content: bytes) -> None:
    """Raise FileError if the path is a single file, and the content has ways of asking in files of their own."""
    if folder_of(path) is None and path.name != MAIN and len(unpack(content)) > 1:
        raise FileError(
            lazy_gettext(
                "I answer from the single file {file}, and ways of asking need a file of their own beside it. Ask the "
                "operator to rename {file} to projects.yaml, and to name it so in KNOWLEDGE_PATH; then try again.",
                file=path.name,
            )
        )


def write_content(path: Path, content: bytes) -> None:
    """Replace the file, or all files of the folder; raises FileError."""
    check_place(path, content)
    files, folder = unpack(content), folder_of(path)
    if folder is None and len(files) > 1:
        folder = path.parent
    if folder is None:
        replace_file(path, content)
    else:
        _write_files(folder, files, content)


def _write_files(folder: Path, files: Mapping[str, bytes], content: bytes) -> None:
    old = _files_in(folder) if (folder / MAIN).exists() else {}
    changed = {name: body for name, body in files.items() if old.get(name) != body}
    removed = [name for name in old if name not in files]
    journal = folder / _JOURNAL
    if len(changed) + len(removed) > 1:
        replace_file(journal, content)
    try:
        _replace_each(folder, changed, removed)
    except FileError:
        if old and journal.exists():
            with suppress(FileError):
                replace_file(journal, pack(old))
        raise


def _replace_each(folder: Path, changed: Mapping[str, bytes], removed: Iterable[str]) -> None:
    try:
        if any("/" in name for name in changed):
            (folder / ASKING).mkdir(exist_ok=True)
        for name, body in changed.items():
            replace_file(folder / name, body)
        for name in (*removed, _JOURNAL):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileError(lazy_gettext("{file} cannot be written: {reason}.", file=folder.name, reason=reason)) from error


def stamps_of(path: Path) -> tuple[tuple[str, int, int, int, int], ...]:
    """Names, inodes, sizes and times, which change when a file is saved; empty if nothing can be read."""
    folder = folder_of(path)
    try:
        return tuple(_stamp(file) for file in (_paths_in(folder) if folder else [path]))
    except OSError:
        return ()


def _stamp(file: Path) -> tuple[str, int, int, int, int]:
    status = file.stat()
    return file.name, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _files_in(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in _paths_in(folder):
        name = path.relative_to(folder).as_posix()
        files[name] = read_untrusted(path, MAX_BYTES) if name == MAIN else _read_part(path, name)
    if sum(map(len, files.values())) > MAX_BYTES:
        largest = max(files, key=lambda name: len(files[name]))
        raise FilePartError(largest, lazy_gettext("all files together are larger than 5 MB, and this is the largest"))
    return files


def _read_part(path: Path, name: str) -> bytes:
    try:
        return read_untrusted(path, MAX_BYTES)
    except NotRegularFileError:
        why = lazy_gettext("this is not a regular file")
    except TooLargeError:
        why = lazy_gettext("the file is larger than 5 MB")
    except OSError as error:
        why = reason_of(error)
    raise FilePartError(name, why)


def reason_of(error: OSError) -> LazyMessage:
    """Why a file cannot be opened."""
    known = _REASONS.get(error.errno or 0)
    return known or lazy_gettext("{reason}", reason=error.strerror or type(error).__name__)


def _paths_in(folder: Path) -> list[Path]:
    asking = folder / ASKING
    others = sorted(asking.iterdir()) if asking.is_dir() else []
    known = re.compile(_NAME)
    return [folder / MAIN, *(path for path in others if known.fullmatch(f"{ASKING}/{path.name}".encode()))]
