"""A changed file comes into use as a whole or not at all, and a bad one never."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, StorageError
from bot.i18n.message import lazy_gettext
from bot.knowledge import LoadedKnowledge, Status
from bot.knowledge.diff import Edit
from bot.matching.normalize import to_query
from bot.matching.stored_arrays import Arrays, ArrayStore
from bot.publishing.array_file import ArrayFolder
from bot.publishing.audit import recorded_changes
from bot.publishing.files import load
from bot.publishing.live import UnusableError, digest_of, load_live
from bot.publishing.ports import Version
from bot.publishing.publisher import Publisher
from bot.publishing.results import (
    Conflict,
    DraftExpired,
    Notice,
    Preview,
    Published,
    Recovered,
    TooManyRemoved,
    Unchanged,
    Unreadable,
    Unusable,
)
from bot.publishing.tasks import ThreadedTasks
from bot.publishing.yaml.loader import read
from tests.factories import YAML_TEXT, yaml_text
from tests.telegram_ui.bot_env import small_city
from tests.telegram_ui.memory_stores import MemoryRecords, MemoryRepository

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 21, 22
GOOD = YAML_TEXT.encode()
BROKEN = yaml_text(("status: planned", "status: plant")).encode()
CHANGED = yaml_text(("status: planned", "status: completed")).encode()
REWORDED = yaml_text(("[new childcare center]", "[a new childcare center of ours]")).encode()
#: Two of four projects are gone.
TOO_MANY_REMOVED = (
    yaml_text(("    related: [homecare-stations]\n", "")).partition("  - id: homecare-stations")[0].encode()
)
STATUS = Edit("sixth-hospital", "status", None, "completed")
BEDS = Edit("elderly-beds", "as_of", None, "2026-02-28")


@dataclass
class Scene:
    """A publisher with everything around it, and what it announced."""

    repository: MemoryRepository = field(default_factory=lambda: MemoryRepository(GOOD, GOOD))
    records: MemoryRecords = field(default_factory=MemoryRecords)
    notices: list[Notice] = field(default_factory=list)
    now: datetime = NOON
    arrays: ArrayStore | None = None

    def __post_init__(self) -> None:
        self.tasks = ThreadedTasks(lambda: self.now, store=self.arrays)
        self.publisher = Publisher(
            small_city(),
            repository=self.repository,
            tasks=self.tasks,
            store=self.records,
            announce=self._hear,
            now=lambda: self.now,
        )

    async def _hear(self, notice: Notice) -> None:
        self.notices.append(notice)

    async def wait_for_notices(self, number: int) -> list[Notice]:
        """The notices, as soon as there are `number`."""
        async with asyncio.timeout(150):
            while len(self.notices) < number:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)
        return self.notices

    async def saved(self, content: bytes) -> None:
        """Somebody saved the file, and the watch saw it."""
        self.repository.content = content
        await self.publisher.on_saved(content)

    async def drafted(self, *edits: Edit, person: int = ANN) -> Preview:
        """The preview of edits with buttons."""
        drafted = await self.publisher.drafts.from_edits(edits, person, origin="buttons")
        assert isinstance(drafted, Preview)
        return drafted

    def count(self) -> int:
        """How many projects citizens can ask about."""
        return len(self.publisher.live.snapshot.knowledge.projects)

    def status(self, project: str = "sixth-hospital") -> Status:
        """The status that citizens are told."""
        return self.publisher.live.snapshot.knowledge.project_by_id[project].status


@pytest.fixture
def scene() -> Scene:
    """A small city's publisher."""
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
    assert [remark.mark.line for remark in notice.diagnostics] == [60]
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


async def test_a_yes_to_a_lost_project_is_not_done_when_it_cannot_be_recorded(scene: Scene) -> None:
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


class SlowDisk:
    """An `ArrayStore` that writes nothing before it is told to."""

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
    """A start after that learns nothing, and the next status changes only the knowledge."""
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
        each.engine.read(to_query("a childcare center of ours")) for each in (scene.publisher.live.snapshot, started)
    ]
    assert read[0].labels.tolist() == read[1].labels.tolist()


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


# --- Drafts ---


async def test_a_change_is_shown_confirmed_and_live(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)

    assert [(change.entry, str(change.after)) for change in preview.changes] == [("sixth-hospital", "completed")]
    assert scene.status() is Status.PLANNED

    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)
    assert scene.status() is Status.COMPLETED
    assert scene.repository.content == CHANGED
    line = scene.records.lines[-1]
    assert (line.person, line.act) == (ANN, "publish")
    for language, words in (("en", ("planned", "completed")), ("ru", ("запланировано", "завершено"))):
        [change] = recorded_changes(line, language)
        assert all(word in change for word in words), change


async def test_edits_gather_in_one_draft(scene: Scene) -> None:
    first = await scene.drafted(STATUS)
    both = await scene.publisher.drafts.from_edits([BEDS], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(both, Preview)
    assert [change.entry for change in both.changes] == ["elderly-beds", "sixth-hospital"]


async def test_the_second_of_two_simultaneous_editors_is_refused(scene: Scene) -> None:
    first, second = await scene.drafted(STATUS), await scene.drafted(BEDS, person=BEN)

    assert isinstance(await scene.publisher.publish(first.draft.id, ANN), Published)
    outcome = await scene.publisher.publish(second.draft.id, BEN)

    assert isinstance(outcome, Conflict)
    assert outcome.newest is not None
    assert outcome.newest.person == ANN
    assert b"2026-02-28" not in (scene.repository.content or b"")


async def test_further_edits_upon_a_draft_of_yesterdays_version_are_refused(scene: Scene) -> None:
    first, other = await scene.drafted(BEDS), await scene.drafted(STATUS, person=BEN)
    assert isinstance(await scene.publisher.publish(other.draft.id, BEN), Published)

    note = Edit("elderly-beds", "status_note", "en", "new")
    more = await scene.publisher.drafts.from_edits([note], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(more, Conflict)


async def test_a_change_that_is_published_while_another_is_made_is_not_taken_back_by_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await scene.drafted(STATUS, person=BEN)
    rewrite = scene.tasks.rewrite

    async def slow(content: bytes, edits: Sequence[Edit]) -> tuple[bytes, LoadedKnowledge]:
        assert isinstance(await scene.publisher.publish(other.draft.id, BEN), Published)
        return await rewrite(content, edits)

    monkeypatch.setattr(scene.tasks, "rewrite", slow)

    assert isinstance(await scene.publisher.drafts.from_edits([BEDS], ANN, origin="buttons"), Conflict)


async def test_staff_who_are_unreachable_delay_nothing_and_read_the_notices_in_order(scene: Scene) -> None:
    silence = asyncio.Event()

    async def wait(notice: Notice) -> None:
        await silence.wait()
        scene.notices.append(notice)

    scene.publisher._announcer.announce = wait
    for content in (BROKEN, CHANGED, BROKEN, CHANGED):
        await scene.saved(content)
    assert scene.status() is Status.COMPLETED

    silence.set()
    assert [type(notice) for notice in await scene.wait_for_notices(4)] == [Unusable, Published, Unusable, Recovered]


async def test_further_edits_upon_a_draft_that_is_gone_say_so(scene: Scene) -> None:
    first = await scene.drafted(BEDS)
    await scene.publisher.drafts.discard(first.draft.id)

    more = await scene.publisher.drafts.from_edits([STATUS], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(more, DraftExpired)


async def test_a_file_that_is_saved_while_a_yes_is_prepared_is_not_written_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await scene.drafted(STATUS)
    preparation = scene.publisher.context.preparation
    snapshot = preparation.snapshot

    async def slow(content: bytes, previous: Snapshot) -> Snapshot:
        scene.repository.content = CHANGED + b"# somebody else's"
        return await snapshot(content, previous)

    monkeypatch.setattr(preparation, "snapshot", slow)

    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Conflict)
    assert scene.repository.content == CHANGED + b"# somebody else's"
    assert scene.records.published == []


async def test_a_day_in_the_name_of_a_file_is_no_version(scene: Scene) -> None:
    assert isinstance(await scene.publisher.drafts.from_file(CHANGED, ANN, made_from="20261124"), Preview)
    assert isinstance(await scene.publisher.drafts.from_file(CHANGED, ANN, made_from="0badc0de"), Conflict)


async def test_a_draft_is_published_by_its_author_only(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)

    assert isinstance(await scene.publisher.publish(preview.draft.id, BEN), DraftExpired)
    assert scene.status() is Status.PLANNED


async def test_two_presses_publish_once(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)

    outcomes = await asyncio.gather(*(scene.publisher.publish(preview.draft.id, ANN) for _ in range(5)))

    assert [type(outcome) for outcome in outcomes] == [
        Published,
        DraftExpired,
        DraftExpired,
        DraftExpired,
        DraftExpired,
    ]
    assert len(scene.records.published) == 1


async def test_a_draft_is_refused_when_the_file_was_saved_meanwhile(scene: Scene) -> None:
    preview = await scene.drafted(BEDS)
    scene.repository.content = CHANGED

    # No version was published: the watcher has not yet seen the file.
    assert await scene.publisher.publish(preview.draft.id, ANN) == Conflict(None, is_unread=True)
    assert scene.repository.content == CHANGED
    assert await scene.publisher.drafts.from_edits([BEDS], ANN, origin="buttons") == Conflict(None, is_unread=True)


async def test_a_draft_that_cannot_be_recorded_is_not_published(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)
    scene.records.broken = True

    with pytest.raises(StorageError):
        await scene.publisher.publish(preview.draft.id, ANN)

    assert scene.repository.content == GOOD
    assert scene.status() is Status.PLANNED


async def test_a_file_whose_record_fails_in_the_last_moment_is_put_back(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)
    scene.records.fails_at_the_end = True

    with pytest.raises(StorageError):
        await scene.publisher.publish(preview.draft.id, ANN)

    assert scene.repository.content == GOOD
    assert scene.status() is Status.PLANNED


async def test_a_draft_whose_file_cannot_be_written_waits_on(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)
    scene.repository.read_only = True

    with pytest.raises(FileError):
        await scene.publisher.publish(preview.draft.id, ANN)

    assert scene.status() is Status.PLANNED
    assert scene.records.lines == []
    scene.repository.read_only = False
    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)


async def test_a_confirmation_that_was_cut_off_after_the_file_is_finished_when_repeated(scene: Scene) -> None:
    preview = await scene.drafted(STATUS)
    scene.repository.content = preview.draft.content

    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)
    assert scene.records.published[0][0].person == ANN


async def test_a_text_that_is_too_long_is_refused_with_its_reason(scene: Scene) -> None:
    drafted = await scene.publisher.drafts.from_edits(
        [Edit("sixth-hospital", "summary", "en", "x" * 300)], ANN, origin="buttons"
    )

    assert isinstance(drafted, Unusable)
    assert "300 characters" in str(drafted.diagnostics[0].sentence)


async def test_an_unchanged_file_is_not_published(scene: Scene) -> None:
    edit = Edit("sixth-hospital", "status", None, "planned")
    assert isinstance(await scene.publisher.drafts.from_edits([edit], ANN, origin="buttons"), Unchanged)


async def test_a_sent_file_that_was_made_from_an_older_version_is_refused(scene: Scene) -> None:
    await scene.saved(CHANGED)
    sent = yaml_text(("as_of: 2021-11-12", "as_of: 2026-02-28")).encode()

    drafted = await scene.publisher.drafts.from_file(sent, ANN, made_from=digest_of(GOOD)[:8])

    assert isinstance(drafted, Conflict)
    assert isinstance(await scene.publisher.drafts.from_file(sent, ANN, made_from=digest_of(CHANGED)[:8]), Preview)


async def test_a_sent_file_may_replace_a_saved_one_that_is_held_back(scene: Scene) -> None:
    await scene.saved(BROKEN)

    preview = await scene.publisher.drafts.from_file(CHANGED, ANN, made_from=None)

    assert isinstance(preview, Preview)
    assert preview.replaces_rejected
    assert isinstance(await scene.publisher.publish(preview.draft.id, ANN), Published)
    assert scene.publisher.rejected is None
    assert scene.repository.content == CHANGED


async def test_a_sent_file_without_many_projects_says_so_before_the_yes(scene: Scene) -> None:
    preview = await scene.publisher.drafts.from_file(TOO_MANY_REMOVED, ANN, made_from=None)

    assert isinstance(preview, Preview)
    assert len(preview.lost) == 3


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
    """Every content that is read as YAML, in the child process or in this one."""
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


async def test_a_start_does_not_go_round_the_yes_for_lost_projects(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(TOO_MANY_REMOVED, GOOD), scene.tasks)

    assert live.content == GOOD
    assert isinstance(held, TooManyRemoved)


async def test_a_start_without_a_good_file_or_copy_says_what_is_wrong(scene: Scene) -> None:
    with pytest.raises(UnusableError) as refusal:
        await load_live(MemoryRepository(BROKEN, None), scene.tasks)
    with pytest.raises(FileError):
        await load_live(MemoryRepository(None, None), scene.tasks)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_copy_that_this_version_does_not_take_is_no_copy(scene: Scene) -> None:
    with pytest.raises(UnusableError) as refusal:
        await load_live(MemoryRepository(BROKEN, b"city: ["), scene.tasks)
    with pytest.raises(FileError):
        await load_live(MemoryRepository(None, b"city: ["), scene.tasks)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_start_with_a_good_file_uses_it_whatever_the_copy_is(scene: Scene) -> None:
    live, held = await load_live(MemoryRepository(CHANGED, b"rubbish"), scene.tasks)

    assert (live.content, held) == (CHANGED, None)
