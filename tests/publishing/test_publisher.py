"""A changed file comes into use as a whole or not at all, and a bad one never."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, StorageError
from bot.i18n.message import lazy_gettext
from bot.knowledge import Status
from bot.knowledge.diff import Edit
from bot.publishing.ports import Draft, Version
from bot.publishing.publisher import Publisher, UnusableError, begin, digest_of
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
from tests.factories import YAML_TEXT, yaml_text
from tests.telegram_ui.conversations import small_city
from tests.telegram_ui.memory_stores import MemoryShelf, Records

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN = 21, 22
GOOD = YAML_TEXT.encode()
BROKEN = yaml_text(("status: planned", "status: plant")).encode()
CHANGED = yaml_text(("status: planned", "status: completed")).encode()
#: Two of four projects are gone.
SHRUNK = yaml_text(("    related: [homecare-stations]\n", "")).partition("  - id: homecare-stations")[0].encode()
STATUS = Edit("sixth-hospital", "status", None, "completed")
BEDS = Edit("elderly-beds", "as_of", None, "2026-02-28")


@dataclass
class Hall:
    """A publisher with everything around it, and what it announced."""

    shelf: MemoryShelf = field(default_factory=lambda: MemoryShelf(GOOD, GOOD))
    records: Records = field(default_factory=Records)
    notices: list[Notice] = field(default_factory=list)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.workshop = ThreadedTasks(lambda: self.now)
        self.publisher = Publisher(
            small_city(), shelf=self.shelf, workshop=self.workshop, drafts=self.records, versions=self.records,
            announce=self._hear, now=lambda: self.now,
        )  # fmt: skip

    async def _hear(self, notice: Notice) -> None:
        self.notices.append(notice)

    async def told(self, number: int) -> list[Notice]:
        """The notices, as soon as there are so many."""
        async with asyncio.timeout(20):
            while len(self.notices) < number:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.01)
        return self.notices

    async def saved(self, content: bytes) -> None:
        """Somebody saved the file, and the watch saw it."""
        self.shelf.content = content
        await self.publisher.consider(content)

    async def drafted(self, *edits: Edit, person: int = ANN) -> Preview:
        """The preview of edits with buttons."""
        drafted = await self.publisher.draft_edits(edits, person, origin="buttons")
        assert isinstance(drafted, Preview)
        return drafted

    def count(self) -> int:
        """How many projects citizens can ask about."""
        return len(self.publisher.live.snapshot.knowledge.projects)

    def status(self, project: str = "sixth-hospital") -> Status:
        """The status that citizens are told."""
        return self.publisher.live.snapshot.knowledge.project_by_id[project].status


@pytest.fixture
def hall() -> Hall:
    """A small city's publisher."""
    return Hall()


# --- The saved file ---


async def test_a_good_file_that_is_saved_answers_from_then_on(hall: Hall) -> None:
    await hall.saved(CHANGED)

    assert hall.status() is Status.COMPLETED
    assert hall.publisher.live.digest == digest_of(CHANGED)
    assert hall.shelf.copy == CHANGED
    (notice,) = await hall.told(1)
    assert isinstance(notice, Published)
    assert [(change.entry, str(change.before), str(change.after)) for change in notice.changes] == [
        ("sixth-hospital", "planned", "completed")
    ]
    version = hall.records.published[0][0]
    assert (version.person, version.origin) == (None, "saved")
    assert [line.act for line in hall.records.lines] == ["publish"]


async def test_of_a_broken_file_staff_are_told_once_and_the_last_good_one_answers(hall: Hall) -> None:
    await hall.saved(BROKEN)
    await hall.saved(BROKEN)

    assert hall.status() is Status.PLANNED
    (notice,) = await hall.told(1)
    assert isinstance(notice, Unusable)
    assert [remark.mark.line for remark in notice.diagnostics] == [60]
    assert hall.shelf.copy == GOOD


async def test_who_mends_the_file_is_told_that_it_is_in_order(hall: Hall) -> None:
    await hall.saved(BROKEN)
    await hall.saved(GOOD)
    assert [type(notice) for notice in await hall.told(2)] == [Unusable, Recovered]
    assert not hall.publisher.held


async def test_a_file_that_lost_many_projects_waits_for_an_explicit_yes(hall: Hall) -> None:
    await hall.saved(SHRUNK)

    (notice,) = await hall.told(1)
    assert isinstance(notice, TooManyRemoved)
    assert (len(notice.lost), notice.of) == (3, 4)
    assert hall.count() == 4

    assert isinstance(await hall.publisher.accept("another digest", ANN), DraftExpired)
    accepted = await hall.publisher.accept(notice.digest, ANN)
    assert isinstance(accepted, Published)
    assert hall.count() == 1
    assert hall.records.lines[-1].person == ANN


async def test_a_yes_to_a_lost_project_is_not_done_when_it_cannot_be_recorded(hall: Hall) -> None:
    await hall.saved(SHRUNK)
    hall.records.broken = True

    with pytest.raises(StorageError):
        await hall.publisher.accept(digest_of(SHRUNK), ANN)

    assert hall.count() == 4


async def test_a_file_that_is_gone_is_missed_once(hall: Hall) -> None:
    await hall.publisher.miss(lazy_gettext("gone"))
    await hall.publisher.miss(lazy_gettext("gone"))

    assert [type(notice) for notice in await hall.told(1)] == [Unreadable]
    assert hall.status() is Status.PLANNED


async def test_a_saved_file_answers_also_while_the_database_does_not(hall: Hall) -> None:
    hall.records.broken = True

    await hall.saved(CHANGED)

    assert hall.status() is Status.COMPLETED


async def test_questions_see_the_old_or_the_new_version_and_nothing_between(hall: Hall) -> None:
    seen = set()

    async def ask() -> None:
        while True:
            knowledge = hall.publisher.live.snapshot.knowledge
            seen.add((hall.publisher.live.digest, knowledge.project_by_id["sixth-hospital"].status))
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask())
    await hall.saved(CHANGED)
    await asyncio.sleep(0)
    asking.cancel()

    assert seen == {(digest_of(GOOD), Status.PLANNED), (digest_of(CHANGED), Status.COMPLETED)}


async def test_after_another_status_nothing_is_learned_anew(hall: Hall) -> None:
    before = hall.publisher.live.snapshot.understanding
    await hall.saved(CHANGED)
    assert hall.publisher.live.snapshot.understanding is before

    await hall.saved(yaml_text(("[sixth hospital]", "[sixth hospital, number six]")).encode())
    assert hall.publisher.live.snapshot.understanding is not before


async def test_a_version_that_was_saved_while_the_bot_was_down_is_announced_with_its_changes(hall: Hall) -> None:
    before = Version(digest_of(CHANGED), None, "saved", NOON)
    hall.records.published.append((before, CHANGED))

    await hall.publisher.open(None)

    (notice,) = await hall.told(1)
    assert isinstance(notice, Published)
    assert [str(change.after) for change in notice.changes] == ["planned"]


async def test_the_first_version_of_all_is_recorded_and_nobody_is_told(hall: Hall) -> None:
    await hall.publisher.open(None)
    await asyncio.sleep(0.05)

    assert len(hall.records.published) == 1
    assert hall.notices == []


async def test_what_the_watch_saw_before_a_publication_is_not_taken_up_behind_it(hall: Hall) -> None:
    hall.shelf.content = GOOD

    await hall.publisher.consider(CHANGED)

    assert hall.status() is Status.PLANNED


# --- Drafts ---


async def test_a_change_is_shown_confirmed_and_live(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)

    assert [(change.entry, str(change.after)) for change in preview.changes] == [("sixth-hospital", "completed")]
    assert hall.status() is Status.PLANNED

    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Published)
    assert hall.status() is Status.COMPLETED
    assert hall.shelf.content == CHANGED
    line = hall.records.lines[-1]
    assert (line.person, line.act) == (ANN, "publish")
    assert (line.before, line.after) == ("sixth-hospital status: planned", "sixth-hospital status: completed")


async def test_edits_gather_in_one_draft(hall: Hall) -> None:
    first = await hall.drafted(STATUS)
    both = await hall.publisher.draft_edits([BEDS], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(both, Preview)
    assert [change.entry for change in both.changes] == ["elderly-beds", "sixth-hospital"]


async def test_the_second_of_two_who_edit_at_once_is_told(hall: Hall) -> None:
    first, second = await hall.drafted(STATUS), await hall.drafted(BEDS, person=BEN)

    assert isinstance(await hall.publisher.publish(first.draft.id, ANN), Published)
    outcome = await hall.publisher.publish(second.draft.id, BEN)

    assert isinstance(outcome, Conflict)
    assert outcome.newest is not None
    assert outcome.newest.person == ANN
    assert b"2026-02-28" not in (hall.shelf.content or b"")


async def test_further_edits_upon_a_draft_of_yesterdays_version_are_refused(hall: Hall) -> None:
    first, other = await hall.drafted(BEDS), await hall.drafted(STATUS, person=BEN)
    assert isinstance(await hall.publisher.publish(other.draft.id, BEN), Published)

    note = Edit("elderly-beds", "status_note", "en", "new")
    more = await hall.publisher.draft_edits([note], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(more, Conflict)


async def test_a_change_that_is_published_while_another_is_made_is_not_taken_back_by_it(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await hall.drafted(STATUS, person=BEN)
    rewrite = hall.workshop.rewrite

    async def slow(content: bytes, edits: Sequence[Edit]) -> bytes:
        assert isinstance(await hall.publisher.publish(other.draft.id, BEN), Published)
        return await rewrite(content, edits)

    monkeypatch.setattr(hall.workshop, "rewrite", slow)

    assert isinstance(await hall.publisher.draft_edits([BEDS], ANN, origin="buttons"), Conflict)


async def test_staff_who_cannot_be_told_at_once_hold_nothing_up_and_hear_it_in_order(hall: Hall) -> None:
    silence = asyncio.Event()

    async def wait(notice: Notice) -> None:
        await silence.wait()
        hall.notices.append(notice)

    hall.publisher._announce = wait
    for content in (BROKEN, CHANGED, BROKEN, CHANGED):
        await hall.saved(content)
    assert hall.status() is Status.COMPLETED

    silence.set()
    assert [type(notice) for notice in await hall.told(4)] == [Unusable, Published, Unusable, Recovered]


async def test_further_edits_upon_a_draft_that_is_gone_say_so(hall: Hall) -> None:
    first = await hall.drafted(BEDS)
    await hall.publisher.drop(first.draft.id)

    more = await hall.publisher.draft_edits([STATUS], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(more, DraftExpired)


async def test_a_file_that_is_saved_while_a_yes_is_prepared_is_not_written_over(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await hall.drafted(STATUS)
    prepared_of = hall.publisher._prepared_of

    async def slow(draft: Draft) -> Snapshot:
        hall.shelf.content = CHANGED + b"# somebody else's"
        return await prepared_of(draft)

    monkeypatch.setattr(hall.publisher, "_prepared_of", slow)

    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Conflict)
    assert hall.shelf.content == CHANGED + b"# somebody else's"
    assert hall.records.published == []


async def test_a_day_in_the_name_of_a_file_is_no_version(hall: Hall) -> None:
    assert isinstance(await hall.publisher.draft_file(CHANGED, ANN, made_from="20261124"), Preview)
    assert isinstance(await hall.publisher.draft_file(CHANGED, ANN, made_from="0badc0de"), Conflict)


async def test_nobody_publishes_the_draft_of_somebody_else(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)

    assert isinstance(await hall.publisher.publish(preview.draft.id, BEN), DraftExpired)
    assert hall.status() is Status.PLANNED


async def test_two_presses_publish_once(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)

    outcomes = await asyncio.gather(*(hall.publisher.publish(preview.draft.id, ANN) for _ in range(5)))

    assert [type(outcome) for outcome in outcomes] == [
        Published,
        DraftExpired,
        DraftExpired,
        DraftExpired,
        DraftExpired,
    ]
    assert len(hall.records.published) == 1


async def test_a_draft_is_refused_when_the_file_was_saved_meanwhile(hall: Hall) -> None:
    preview = await hall.drafted(BEDS)
    hall.shelf.content = CHANGED

    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Conflict)
    assert hall.shelf.content == CHANGED
    assert isinstance(await hall.publisher.draft_edits([BEDS], ANN, origin="buttons"), Conflict)


async def test_a_draft_that_cannot_be_recorded_is_not_published(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)
    hall.records.broken = True

    with pytest.raises(StorageError):
        await hall.publisher.publish(preview.draft.id, ANN)

    assert hall.shelf.content == GOOD
    assert hall.status() is Status.PLANNED


async def test_a_file_whose_record_fails_in_the_last_moment_is_put_back(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)
    hall.records.fails_at_the_end = True

    with pytest.raises(StorageError):
        await hall.publisher.publish(preview.draft.id, ANN)

    assert hall.shelf.content == GOOD
    assert hall.status() is Status.PLANNED


async def test_a_draft_whose_file_cannot_be_written_waits_on(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)
    hall.shelf.read_only = True

    with pytest.raises(FileError):
        await hall.publisher.publish(preview.draft.id, ANN)

    assert hall.status() is Status.PLANNED
    assert hall.records.lines == []
    hall.shelf.read_only = False
    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Published)


async def test_a_yes_that_was_cut_off_behind_the_file_is_finished_when_it_comes_again(hall: Hall) -> None:
    preview = await hall.drafted(STATUS)
    hall.shelf.content = preview.draft.content

    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Published)
    assert hall.records.published[0][0].person == ANN


async def test_a_text_that_is_too_long_is_refused_with_its_reason(hall: Hall) -> None:
    drafted = await hall.publisher.draft_edits(
        [Edit("sixth-hospital", "summary", "en", "x" * 300)], ANN, origin="buttons"
    )

    assert isinstance(drafted, Unusable)
    assert "300 characters" in str(drafted.diagnostics[0].sentence)


async def test_what_stands_there_already_is_nothing_to_publish(hall: Hall) -> None:
    edit = Edit("sixth-hospital", "status", None, "planned")
    assert isinstance(await hall.publisher.draft_edits([edit], ANN, origin="buttons"), Unchanged)


async def test_a_sent_file_that_was_made_from_an_older_version_is_refused(hall: Hall) -> None:
    await hall.saved(CHANGED)
    sent = yaml_text(("as_of: 2021-11-12", "as_of: 2026-02-28")).encode()

    drafted = await hall.publisher.draft_file(sent, ANN, made_from=digest_of(GOOD)[:8])

    assert isinstance(drafted, Conflict)
    assert isinstance(await hall.publisher.draft_file(sent, ANN, made_from=digest_of(CHANGED)[:8]), Preview)


async def test_a_sent_file_may_replace_a_saved_one_that_is_held_back(hall: Hall) -> None:
    await hall.saved(BROKEN)

    preview = await hall.publisher.draft_file(CHANGED, ANN, made_from=None)

    assert isinstance(preview, Preview)
    assert preview.replaces_held
    assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Published)
    assert hall.publisher.held is None
    assert hall.shelf.content == CHANGED


async def test_a_sent_file_without_many_projects_says_so_before_the_yes(hall: Hall) -> None:
    preview = await hall.publisher.draft_file(SHRUNK, ANN, made_from=None)

    assert isinstance(preview, Preview)
    assert len(preview.lost) == 3


# --- Undo ---


async def test_undo_takes_the_last_change_back_and_a_second_one_brings_it_again(hall: Hall) -> None:
    await hall.publisher.open(None)
    change = await hall.drafted(STATUS)
    await hall.publisher.publish(change.draft.id, ANN)

    for expected in (Status.PLANNED, Status.COMPLETED):
        hall.now += timedelta(minutes=1)
        preview = await hall.publisher.draft_undo(ANN)
        assert isinstance(preview, Preview)
        assert isinstance(await hall.publisher.publish(preview.draft.id, ANN), Published)
        assert hall.status() is expected
    assert [line.act for line in hall.records.lines] == ["publish", "publish", "undo", "undo"]
    assert hall.shelf.content == CHANGED


async def test_undo_over_a_broken_file_puts_the_one_in_use_back(hall: Hall) -> None:
    await hall.saved(BROKEN)

    preview = await hall.publisher.draft_undo(ANN)

    assert isinstance(preview, Preview)
    await hall.publisher.publish(preview.draft.id, ANN)
    assert hall.shelf.content == GOOD
    assert hall.publisher.held is None


async def test_without_an_earlier_version_there_is_nothing_to_undo(hall: Hall) -> None:
    await hall.publisher.open(None)
    assert isinstance(await hall.publisher.draft_undo(ANN), Unchanged)


# --- The start ---


async def test_a_start_with_a_broken_file_uses_the_last_good_copy(hall: Hall) -> None:
    live, held = await begin(MemoryShelf(BROKEN, CHANGED), hall.workshop)

    assert live.content == CHANGED
    assert isinstance(held, Unusable)


async def test_a_start_without_the_file_uses_the_last_good_copy(hall: Hall) -> None:
    live, held = await begin(MemoryShelf(None, CHANGED), hall.workshop)

    assert live.content == CHANGED
    assert isinstance(held, Unreadable)


async def test_a_start_does_not_go_round_the_yes_for_lost_projects(hall: Hall) -> None:
    live, held = await begin(MemoryShelf(SHRUNK, GOOD), hall.workshop)

    assert live.content == GOOD
    assert isinstance(held, TooManyRemoved)


async def test_a_start_without_a_good_file_or_copy_says_what_is_wrong(hall: Hall) -> None:
    with pytest.raises(UnusableError) as refusal:
        await begin(MemoryShelf(BROKEN, None), hall.workshop)
    with pytest.raises(FileError):
        await begin(MemoryShelf(None, None), hall.workshop)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_copy_that_this_version_does_not_take_is_no_copy(hall: Hall) -> None:
    with pytest.raises(UnusableError) as refusal:
        await begin(MemoryShelf(BROKEN, b"city: ["), hall.workshop)
    with pytest.raises(FileError):
        await begin(MemoryShelf(None, b"city: ["), hall.workshop)

    assert refusal.value.diagnostics[0].mark.line == 60


async def test_a_start_with_a_good_file_uses_it_whatever_the_copy_is(hall: Hall) -> None:
    live, held = await begin(MemoryShelf(CHANGED, b"rubbish"), hall.workshop)

    assert (live.content, held) == (CHANGED, None)
