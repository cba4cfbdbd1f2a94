"""A saved file is noticed once it is complete, whatever the editor and drive do; the last good copy is complete too."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import FileError
from bot.i18n.message import LazyMessage
from bot.publishing.files.repository import FileRepository, read_saved
from bot.publishing.files.watcher import MISSING_AFTER, SETTLED_AFTER, FileWatcher
from bot.publishing.live import digest_of
from tests.factories import YAML_TEXT, yaml_text

GOOD = YAML_TEXT.encode()
CHANGED = yaml_text(("status: planned", "status: completed")).encode()


@dataclass
class Scene:
    """A watched file, and the contents that its reader got."""

    path: Path
    now: float = 0.0
    considered: list[bytes] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.write_bytes(GOOD)
        self.watch = FileWatcher(self.path, self, reported=digest_of(GOOD), clock=lambda: self.now)

    def on_changing(self, content: bytes) -> None:
        """Ignore a change."""

    async def on_saved(self, content: bytes) -> None:
        self.considered.append(content)

    async def on_missing(self, why: LazyMessage) -> None:
        self.missed.append(str(why))

    async def pass_time(self, seconds: float) -> None:
        """Look at the file every quarter of a second."""
        for _ in range(int(seconds * 4)):
            self.now += 0.25
            await self.watch.poll()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A good file that the reader already knows."""
    return Scene(tmp_path / "projects.yaml")


def _replace(path: Path) -> None:
    other = path.with_suffix(".tmp")
    other.write_bytes(CHANGED)
    other.replace(path)


def _delete_and_create(path: Path) -> None:
    path.unlink()
    path.write_bytes(CHANGED)


def _same_size_and_time(path: Path) -> None:
    status = path.stat()
    same_size = CHANGED[: len(GOOD)].ljust(len(GOOD), b"\n")
    path.write_bytes(same_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _link_is_turned(path: Path) -> None:
    target = path.with_name("version-2.yaml")
    target.write_bytes(CHANGED)
    path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize(
    "save",
    [
        lambda path: path.write_bytes(CHANGED),
        _replace,
        _delete_and_create,
        _same_size_and_time,
        _link_is_turned,
        lambda path: shutil.copyfile(_other(path), path),
    ],
)
async def test_a_save_is_seen_once_however_it_is_made(scene: Scene, save: Callable[[Path], object]) -> None:
    await scene.pass_time(3)
    save(scene.path)
    await scene.pass_time(SETTLED_AFTER + 11)

    assert scene.considered == [scene.path.read_bytes()]
    assert scene.missed == []


def _other(path: Path) -> Path:
    other = path.with_name("other.yaml")
    other.write_bytes(CHANGED)
    return other


async def test_a_file_that_is_written_in_slices_is_seen_when_it_is_whole(scene: Scene) -> None:
    await scene.pass_time(1)
    scene.path.write_bytes(b"")
    size = len(CHANGED) // 10 + 1
    for start in range(0, len(CHANGED), size):
        with scene.path.open("ab") as file:
            file.write(CHANGED[start : start + size])
        await scene.pass_time(0.5)
    await scene.pass_time(SETTLED_AFTER)

    assert scene.considered == [CHANGED]


async def test_a_file_that_is_saved_back_at_once_was_never_changed(scene: Scene) -> None:
    scene.path.write_bytes(CHANGED)
    await scene.pass_time(0.5)
    scene.path.write_bytes(GOOD)
    await scene.pass_time(5)

    assert scene.considered == []


async def test_a_file_that_is_gone_for_a_while_is_missed_once_and_seen_again(scene: Scene) -> None:
    await scene.pass_time(1)
    scene.path.unlink()
    await scene.pass_time(MISSING_AFTER / 2)
    assert scene.missed == []

    await scene.pass_time(MISSING_AFTER * 3)
    assert len(scene.missed) == 1

    scene.path.write_bytes(GOOD)
    await scene.pass_time(SETTLED_AFTER + 1)
    assert scene.considered == [GOOD]


async def test_a_failing_reader_gets_the_file_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_content: bytes) -> None:
        raise RuntimeError

    scene.path.write_bytes(CHANGED)
    with monkeypatch.context() as patched:
        patched.setattr(scene, "on_saved", fail)
        with pytest.raises(RuntimeError):
            await scene.pass_time(3)
    await scene.pass_time(1)

    assert scene.considered == [CHANGED]


async def test_the_watch_outlives_every_failure(scene: Scene) -> None:
    looks = 0

    async def sleep(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)

    def clock() -> float:
        if looks == 2:
            raise OSError
        return float(looks)

    watch = FileWatcher(scene.path, scene, reported="", clock=lambda: 0.0, sleep=sleep)
    watch._clock = clock
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(150):
        while not scene.considered:  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.01)
    running.cancel()

    assert scene.considered == [GOOD]


async def test_a_file_is_reported_as_soon_as_it_has_been_the_same_for_a_second(scene: Scene) -> None:
    """The report does not wait for the next regular poll, a tenth of a second later."""
    scene.path.write_bytes(CHANGED)
    reported: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def sleep(seconds: float) -> None:
        if scene.considered and not reported.done():
            reported.set_result(scene.now)
        scene.now += seconds + 0.03  # each poll takes a moment
        await asyncio.sleep(0)

    watch = FileWatcher(scene.path, scene, reported=digest_of(GOOD), clock=lambda: scene.now, sleep=sleep)
    running = asyncio.create_task(watch.run())
    seen_at, at = 0.13, await asyncio.wait_for(reported, 150)
    running.cancel()

    assert scene.considered == [CHANGED]
    assert seen_at + SETTLED_AFTER <= at <= seen_at + SETTLED_AFTER + 0.05


# --- Reading ---


def test_only_an_ordinary_file_of_a_reasonable_size_is_read(tmp_path: Path) -> None:
    pipe, folder, large = tmp_path / "pipe", tmp_path / "folder", tmp_path / "large"
    os.mkfifo(pipe)
    folder.mkdir()
    large.write_bytes(b"x" * 5_000_001)

    for path, words in (
        (pipe, "not a regular file"),
        (large, "larger than 5 MB"),
        (tmp_path / "none", "not there"),
        (Path("/dev/zero"), "not a regular file"),
    ):
        with pytest.raises(FileError, match=words):
            read_saved(path)
    with pytest.raises(FileError):
        read_saved(folder)


# --- The last good copy ---


async def test_the_copy_is_the_one_that_was_saved_last(tmp_path: Path) -> None:
    repository = FileRepository(tmp_path / "projects.yaml", tmp_path / "data")
    assert await repository.last_good() is None

    await repository.keep(GOOD)
    await repository.keep(CHANGED)

    assert await repository.last_good() == CHANGED
    assert len(list((tmp_path / "data").iterdir())) == 1


async def test_a_copy_that_cannot_be_kept_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"no folder")

    with pytest.raises(FileError):
        await FileRepository(tmp_path / "projects.yaml", tmp_path / "data").keep(GOOD)


async def test_a_damaged_copy_is_not_used(tmp_path: Path) -> None:
    repository = FileRepository(tmp_path / "projects.yaml", tmp_path)
    await repository.keep(GOOD)
    (copy,) = list(tmp_path.glob("last-good-*.yaml"))  # noqa: ASYNC240
    copy.write_bytes(GOOD.replace(b"planned", b"delayed"))

    assert await repository.last_good() is None

    await repository.keep(GOOD)
    assert await repository.last_good() == GOOD
