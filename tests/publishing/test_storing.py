"""What a version learned is stored after it answers, and only what is live is read at the next start."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.knowledge import LoadedKnowledge
from bot.knowledge.edits import AnyEdit
from bot.matching.normalize import to_query
from bot.matching.stored_arrays import Arrays
from bot.publishing.array_file import ArrayFolder
from bot.publishing.files import load
from bot.publishing.live import digest_of
from bot.publishing.results import Preview
from bot.publishing.tasks import ThreadedTasks
from tests.publishing.publisher_env import ANN, NOON, REWORDED, STATUS, Scene


class SlowDisk:
    """An `ArrayStore` that writes nothing until it is released."""

    def __init__(self, folder: Path) -> None:
        self._folder = ArrayFolder(folder)
        self.may_write = threading.Event()

    def read(self, name: str, key: str) -> Arrays | None:
        return self._folder.read(name, key)

    def write(self, name: str, key: str, arrays: Arrays) -> None:
        assert self.may_write.wait(150)
        self._folder.write(name, key, arrays)


async def test_another_phrasing_answers_before_what_was_learned_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start learns nothing, and the next change of a status only changes the knowledge."""
    disk = SlowDisk(tmp_path)
    scene = Scene(arrays=disk)
    await scene.saved(REWORDED)
    assert scene.publisher.live.digest == digest_of(REWORDED)
    engine = scene.publisher.live.snapshot.engine
    await scene.saved(REWORDED.replace(b"status: planned", b"status: completed"))
    assert scene.publisher.live.snapshot.engine is engine
    disk.may_write.set()
    async with asyncio.timeout(150):
        while scene.publisher.live.snapshot.engine is engine:  # noqa: ASYNC110 - a reference has no event
            await asyncio.sleep(0.01)

    assert scene.status() == "completed"
    assert scene.publisher.live.snapshot.engine.phrasings == engine.phrasings
    monkeypatch.setattr("bot.answers.learning.engine._learn", None)
    loaded = load.load_content(REWORDED)
    assert loaded.knowledge is not None
    started = await ThreadedTasks(lambda: NOON, store=disk).prepare(loaded.knowledge, loaded.digest, None)
    read = [
        each.engine.score(to_query("a childcare center of ours")) for each in (scene.publisher.live.snapshot, started)
    ]
    assert read[0].labels.tolist() == read[1].labels.tolist()


async def test_a_start_learns_nothing_after_a_draft_that_was_discarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = ArrayFolder(tmp_path)
    scene = Scene(arrays=disk)
    await scene.saved(REWORDED)
    await _stored(scene)
    live = load.load_content(REWORDED).knowledge
    assert live is not None

    again = REWORDED.replace(b"center of ours", b"center by the river")
    drafted = await scene.publisher.drafts.from_file(again, ANN, made_from=None)
    assert isinstance(drafted, Preview)
    await _stored(scene)
    await scene.publisher.drafts.discard(drafted.draft.id)

    monkeypatch.setattr("bot.answers.learning.engine._learn", None)
    await ThreadedTasks(lambda: NOON, store=disk).prepare(live, digest_of(REWORDED), None)


async def test_a_change_that_is_made_while_the_version_is_stored_does_not_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(tmp_path)
    scene = Scene(arrays=disk)
    await scene.saved(REWORDED)
    rewrite = scene.tasks.rewrite

    async def slow(content: bytes, edits: Sequence[AnyEdit]) -> tuple[bytes, LoadedKnowledge]:
        disk.may_write.set()
        await _stored(scene)
        return await rewrite(content, edits)

    monkeypatch.setattr(scene.tasks, "rewrite", slow)
    assert isinstance(await scene.publisher.drafts.from_edits([STATUS], ANN, origin="buttons"), Preview)


async def _stored(scene: Scene) -> None:
    """Wait until the last results are on the disk."""
    storing = scene.publisher.context.preparation._storing
    assert storing
    await storing
