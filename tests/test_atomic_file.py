"""A file has the old or the new content, whatever happens while it is written."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot import atomic_file as files
from bot.atomic_file import replace_file
from bot.errors import FileError
from bot.publishing.files.repository import FileRepository
from tests.console import PROJECT

OLD, NEW = b"old: 1\n", b"new: 2\n" * 100_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "knowledge.yaml"
    place.write_bytes(OLD)
    return place


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_the_file_gets_its_new_content_and_nothing_else_stays(path: Path) -> None:
    path.chmod(0o640)
    replace_file(path, NEW)
    assert path.read_bytes() == NEW
    assert path.stat().st_mode & 0o7777 == 0o640
    assert names(path) == ["knowledge.yaml"]


def test_a_file_that_was_not_there_is_made_with_the_usual_rights(tmp_path: Path) -> None:
    replace_file(tmp_path / "new.yaml", NEW)
    (tmp_path / "usual").touch()
    assert (tmp_path / "new.yaml").read_bytes() == NEW
    assert (tmp_path / "new.yaml").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_the_pieces_of_a_content_are_written_one_after_the_other(path: Path) -> None:
    replace_file(path, b"first, ", memoryview(b""), memoryview(b"second"))
    assert path.read_bytes() == b"first, second"


def test_an_empty_file_can_be_written(path: Path) -> None:
    replace_file(path, b"")
    assert path.read_bytes() == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(path: Path) -> None:
    os.chown(path, 12345, 23456)
    replace_file(path, NEW)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_a_link_stays_a_link_and_its_target_changes(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    first, second = folder / "first", folder / "second"
    first.symlink_to("../knowledge.yaml")
    second.symlink_to(first)
    replace_file(second, NEW)
    assert path.read_bytes() == NEW
    assert str(first.readlink()) == "../knowledge.yaml"
    assert second.is_symlink()
    assert names(second) == ["first", "second"]


def test_who_reads_the_old_file_goes_on_reading_it(path: Path) -> None:
    with path.open("rb") as reader:
        replace_file(path, NEW)
        assert reader.read() == OLD


REASONS = {
    errno.EROFS: "read-only for the bot",
    errno.EACCES: "read-only for the bot",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EBUSY: "mounted as a single file",
    errno.EXDEV: "mounted as a single file",
    errno.EIO: "Input/output error",
}


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize(("number", "sentence"), REASONS.items())
def test_a_system_that_refuses_leaves_the_old_file_alone_and_says_why(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, sentence: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(FileError) as refused:
        replace_file(path, NEW)
    assert sentence in str(refused.value.why)
    assert path.name in str(refused.value.why)
    assert str(path.parent) not in str(refused.value.why)  # it may be read in Telegram
    assert path.read_bytes() == OLD
    assert names(path) == ["knowledge.yaml"]


def test_a_missing_folder_and_a_path_that_is_not_a_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="its folder is not there"):
        replace_file(tmp_path / "none" / "k.yaml", NEW)
    with pytest.raises(FileError, match="not a regular file"):
        replace_file(tmp_path, NEW)
    (tmp_path / "ring").symlink_to("ring")
    with pytest.raises(FileError, match="cannot be written"):
        replace_file(tmp_path / "ring", NEW)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_real_folder_without_the_right_to_write_is_named(path: Path) -> None:
    path.parent.chmod(0o500)
    with pytest.raises(FileError, match="read-only for the bot"):
        replace_file(path, NEW)
    path.parent.chmod(0o700)


def test_an_interruption_leaves_no_draft(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, NEW)
    assert names(path) == ["knowledge.yaml"]


#: A program that replaces a file and is killed at the n-th of some calls to the system, before or after it; a
#: write that is cut off has written a half.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from bot.atomic_file import replace_file
step, when, path = sys.argv[1:]
real = getattr(os, step)
def dying(*args):
    if step == "write":
        real(args[0], bytes(args[1])[: len(args[1]) // 2])
    if when == "after":
        real(*args)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, step, dying)
replace_file(Path(path), b"new: 2\\n" * 100_000)
"""
STEPS = [
    (step, when) for step in ("open", "fchmod", "write", "fsync", "replace", "close") for when in ("before", "after")
]


@pytest.mark.parametrize(("step", "when"), STEPS)
def test_killed_at_any_step_the_file_is_the_old_or_the_new_one_and_the_next_write_cleans_up(
    path: Path, step: str, when: str
) -> None:
    child = subprocess.run([sys.executable, "-c", PROGRAM, step, when, path], cwd=PROJECT, check=False, timeout=600)
    assert child.returncode == -signal.SIGKILL
    replaced = (step, when) == ("replace", "after") or step == "close"
    assert path.read_bytes() == (NEW if replaced else OLD)
    replace_file(path, b"next")
    assert path.read_bytes() == b"next"
    assert names(path) == ["knowledge.yaml"]


def test_a_temporary_file_in_use_is_not_cleaned_up(path: Path) -> None:
    with files._temporary_beside(path, None, 0o666) as (draft, _):
        replace_file(path, NEW)
        assert draft.exists()
    assert names(path) == ["knowledge.yaml"]


def test_another_files_draft_is_left_alone(path: Path) -> None:
    others = [path.parent / name for name in (".other.yaml.123~", "knowledge.yaml~")]
    for other in others:
        other.touch()
    replace_file(path, NEW)
    assert all(other.exists() for other in others)


@pytest.mark.parametrize("left", [None, 0o644])
async def test_the_last_good_copy_is_private(tmp_path: Path, left: int | None) -> None:
    """Also one that an earlier version let everybody read, and its folder if it is new."""
    folder = tmp_path / "data"
    repository = FileRepository(tmp_path / "projects.yaml", folder)
    await repository.keep(b"good")
    (copy,) = folder.glob("last-good-*.yaml")
    if left is not None:
        copy.chmod(left)
        await repository.keep(b"good")

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
