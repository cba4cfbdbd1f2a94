"""A changed file is used as a whole or not at all, and an invalid one never."""

import asyncio
import gc
import weakref
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import FileError, StorageError
from bot.i18n.message import lazy_gettext
from bot.knowledge import Status
from bot.publishing.files import load
from bot.publishing.live import UnusableError, digest_of, load_live
from bot.publishing.ports import Version
from bot.publishing.results import (
    DraftExpired,
    Preview,
    Published,
    Recovered,
    TooManyRemoved,
    Unchanged,
    Unreadable,
    Unusable,
)
from bot.publishing.yaml.loader import read
from tests.factories import yaml_text
from tests.publishing.publisher_env import ANN, BROKEN, CHANGED, GOOD, NOON, REWORDED, STATUS, TOO_MANY_REMOVED, Scene
from tests.telegram_ui.memory_stores import MemoryRepository


@pytest.fixture
def scene() -> Scene:
    """A publisher of the small city."""
    return Scene()


# --- The saved file ---


async def test_a_good_file_that_is_saved_answers_from_then_on(scene: Scene) -> None:
    await scene.saved(CHANGED)

    assert scene.status() is Status.COMPLETED
    assert scene.publisher.live.digest == digest_of(CHANGED)
    assert scene.repository.copy == CHANGED
    (notice,) = await scene.wait_for_notices(1)
    assert isinstance(notice, Published)
    assert [(change.entry, str(change.before), str(change.after)) for change in notice.changes] == [
        ("sixth-hospital", "planned", "completed")
    ]
    version = scene.records.published[0][0]
    assert (version.person, version.origin) == (None, "saved")
    assert [line.act for line in scene.records.lines] == ["publish"]


async def test_a_version_that_was_replaced_is_freed_once_it_was_announced(scene: Scene) -> None:
    await scene.saved(CHANGED)
    replaced = weakref.ref(scene.publisher.live.snapshot)
    await scene.saved(GOOD)
    await scene.wait_for_notices(2)

    gc.collect()

    assert replaced() is None


async def test_staff_read_once_of_a_broken_file_and_the_last_good_one_answers(scene: Scene) -> None:
    await scene.saved(BROKEN)
    await scene.saved(BROKEN)

    assert scene.status() is Status.PLANNED
    (notice,) = await scene.wait_for_notices(1)
    assert isinstance(notice, Unusable)
    assert [diagnostic.mark.line for diagnostic in notice.diagnostics] == [60]
    assert scene.repository.copy == GOOD


async def test_a_corrected_file_is_reported_as_recovered(scene: Scene) -> None:
    await scene.saved(BROKEN)
    await scene.saved(GOOD)
    assert [type(notice) for notice in await scene.wait_for_notices(2)] == [Unusable, Recovered]
    assert not scene.publisher.rejected


async def test_a_file_that_lost_many_projects_waits_for_an_explicit_yes(scene: Scene) -> None:
    await scene.saved(TOO_MANY_REMOVED)

    (notice,) = await scene.wait_for_notices(1)
    assert isinstance(notice, TooManyRemoved)
    assert (len(notice.lost), notice.of) == (3, 4)
    assert scene.count() == 4

    assert isinstance(await scene.publisher.accept_removals("another digest", ANN), DraftExpired)
    accepted = await scene.publisher.accept_removals(notice.digest, ANN)
    assert isinstance(accepted, Published)
    assert scene.count() == 1
    assert scene.records.lines[-1].person == ANN


async def test_a_confirmed_loss_of_projects_is_not_published_if_it_cannot_be_stored(scene: Scene) -> None:
    await scene.saved(TOO_MANY_REMOVED)
    scene.records.broken = True

    with pytest.raises(StorageError):
        await scene.publisher.accept_removals(digest_of(TOO_MANY_REMOVED), ANN)

    assert scene.count() == 4


async def test_a_file_that_is_gone_is_missed_once(scene: Scene) -> None:
    await scene.publisher.on_missing(lazy_gettext("gone"))
    await scene.publisher.on_missing(lazy_gettext("gone"))

    assert [type(notice) for notice in await scene.wait_for_notices(1)] == [Unreadable]
    assert scene.status() is Status.PLANNED


async def test_a_saved_file_answers_also_while_the_database_does_not(scene: Scene) -> None:
    scene.records.broken = True

    await scene.saved(CHANGED)

    assert scene.status() is Status.COMPLETED


async def test_questions_see_the_old_or_the_new_version_and_nothing_between(scene: Scene) -> None:
    seen = set()

    async def ask() -> None:
        while True:
            knowledge = scene.publisher.live.snapshot.knowledge
            seen.add((scene.publisher.live.digest, knowledge.project_by_id["sixth-hospital"].status))
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask())
    await scene.saved(CHANGED)
    await asyncio.sleep(0)
    asking.cancel()

    assert seen == {(digest_of(GOOD), Status.PLANNED), (digest_of(CHANGED), Status.COMPLETED)}


async def test_after_another_status_nothing_is_learned_again(scene: Scene) -> None:
    before = scene.publisher.live.snapshot.engine
    await scene.saved(CHANGED)
    assert scene.publisher.live.snapshot.engine is before

    await scene.saved(yaml_text(("[sixth hospital]", "[sixth hospital, number six]")).encode())
    assert scene.publisher.live.snapshot.engine is not before


async def test_a_version_that_was_saved_while_the_bot_was_down_is_announced_with_its_changes(scene: Scene) -> None:
    before = Version(digest_of(CHANGED), None, "saved", NOON)
    scene.records.published.append((before, CHANGED))

    await scene.publisher.start(None)

    (notice,) = await scene.wait_for_notices(1)
    assert isinstance(notice, Published)
    assert [str(change.after) for change in notice.changes] == ["planned"]


async def test_the_first_version_is_recorded_without_a_notice(scene: Scene) -> None:
    await scene.publisher.start(None)
    await asyncio.sleep(0.05)

    assert len(scene.records.published) == 1
    assert scene.notices == []


async def test_a_file_seen_before_a_publication_is_not_loaded_after_it(scene: Scene) -> None:
    scene.repository.content = GOOD

    await scene.publisher.on_saved(CHANGED)

    assert scene.status() is Status.PLANNED


# --- Undo ---


async def test_undo_takes_the_last_change_back_and_a_second_one_brings_it_again(scene: Scene) -> None:
    await scene.publisher.start(None)
    change = await scene.drafted(STATUS)
    await scene.publisher.publish(change.draft.id, ANN)

    for expected in (Status.PLANNED, Status.COMPLETED):
        scene.now += timedelta(minutes=1)
        preview = await scene.publisher.drafts.from_previous(ANN)
        assert isinstance(preview, Preview)
        assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)
        assert scene.status() is expected
    assert [line.act for line in scene.records.lines] == ["publish", "publish", "undo", "undo"]
    assert scene.repository.content == CHANGED


async def test_an_undo_is_published_without_learning_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.publisher.start(None)
    engine = scene.publisher.live.snapshot.engine
    await scene.saved(REWORDED)
    assert scene.publisher.live.snapshot.engine is not engine
    monkeypatch.setattr("bot.answers.learning.engine._learn", None)

    preview = await scene.publisher.drafts.from_previous(ANN)
    assert isinstance(preview, Preview)
    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)

    assert scene.repository.content == GOOD
    assert scene.publisher.live.snapshot.engine is engine


async def test_undo_over_a_broken_file_puts_the_one_in_use_back(scene: Scene) -> None:
    await scene.saved(BROKEN)

    preview = await scene.publisher.drafts.from_previous(ANN)

    assert isinstance(preview, Preview)
    await scene.publisher.publish(preview.draft.id, ANN)
    assert scene.repository.content == GOOD
    assert scene.publisher.rejected is None


async def test_without_an_earlier_version_there_is_nothing_to_undo(scene: Scene) -> None:
    await scene.publisher.start(None)
    assert isinstance(await scene.publisher.drafts.from_previous(ANN), Unchanged)


# --- How often the file is read ---


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents that are read as YAML, in the child process or in this one."""
    contents: list[bytes] = []
    ask = load._ask

    def counted_ask(content: bytes) -> dict[str, Any]:
        contents.append(content)
        return ask(content)

    def counted_read(content: bytes) -> dict[str, Any]:
        contents.append(content)
        return read(content)

    monkeypatch.setattr(load, "_ask", counted_ask)
    monkeypatch.setattr("bot.publishing.yaml.editor.read", counted_read)
    return contents


async def test_a_start_reads_the_live_file_once(scene: Scene, readings: list[bytes]) -> None:
    await load_live(MemoryRepository(GOOD, GOOD), scene.tasks)
    assert readings == [GOOD]


async def test_a_start_reads_the_copy_only_if_it_differs(scene: Scene, readings: list[bytes]) -> None:
    await load_live(MemoryRepository(CHANGED, GOOD), scene.tasks)
    assert readings == [CHANGED, GOOD]


async def test_an_edit_reads_the_old_file_and_the_new_one(scene: Scene, readings: list[bytes]) -> None:
    preview = await scene.drafted(STATUS)
    await scene.publisher.publish(preview.draft.id, ANN)

    assert readings == [GOOD, CHANGED]


async def test_a_saved_file_is_read_once_although_it_is_prepared_early(scene: Scene, readings: list[bytes]) -> None:
    scene.publisher.on_changing(CHANGED)
    await scene.saved(CHANGED)

    assert readings == [CHANGED]


# --- The start ---


async def test_a_start_with_a_broken_file_uses_the_last_good_copy(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(BROKEN, CHANGED), scene.tasks)

    assert live.content == CHANGED
    assert isinstance(held, Unusable)


async def test_a_start_without_the_file_uses_the_last_good_copy(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(None, CHANGED), scene.tasks)

    assert live.content == CHANGED
    assert isinstance(held, Unreadable)


async def test_a_start_does_not_accept_a_file_that_loses_many_projects_without_confirmation(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(TOO_MANY_REMOVED, GOOD), scene.tasks)

    assert live.content == GOOD
    assert isinstance(held, TooManyRemoved)


async def test_a_start_without_a_good_file_or_copy_says_what_is_wrong(scene: Scene) -> None:
    with pytest.raises(UnusableError) as refusal:
        await load_live(MemoryRepository(BROKEN, None), scene.tasks)
    with pytest.raises(FileError):
        await load_live(MemoryRepository(None, None), scene.tasks)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_copy_that_this_version_cannot_read_is_not_used(scene: Scene) -> None:
    with pytest.raises(UnusableError) as refusal:
        await load_live(MemoryRepository(BROKEN, b"city: ["), scene.tasks)
    with pytest.raises(FileError):
        await load_live(MemoryRepository(None, b"city: ["), scene.tasks)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_start_with_a_good_file_uses_it_whatever_the_copy_is(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(CHANGED, b"rubbish"), scene.tasks)

    assert (live.content, held) == (CHANGED, None)
