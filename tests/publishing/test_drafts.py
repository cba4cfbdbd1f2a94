"""Drafts: previewed, confirmed, refused, out of date."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.answers.snapshot import Snapshot
from bot.errors import FileError, StorageError
from bot.i18n.languages import LANGUAGES
from bot.knowledge import LoadedKnowledge, Status
from bot.knowledge.diff import differences
from bot.knowledge.edits import Edit
from bot.publishing.audit import recorded_changes
from bot.publishing.effects import Effects, LostQuestion
from bot.publishing.live import digest_of
from bot.publishing.results import (
    Conflict,
    DraftExpired,
    Notice,
    Preview,
    Published,
    Recovered,
    Unchanged,
    Unusable,
)
from tests.factories import yaml_text
from tests.publishing.publisher_env import ANN, BEN, BROKEN, CHANGED, GOOD, STATUS, TOO_MANY_REMOVED, Scene

BEDS = Edit("elderly-beds", "as_of", None, "2026-02-28")
#: A change of every kind that buttons make.
BEDS_IN_FULL = (
    BEDS,
    Edit("elderly-beds", "status", None, "delayed"),
    Edit("elderly-beds", "due", None, "2027-05-01"),
    Edit("elderly-beds", "summary", "zh", "护理床位1000张，普通床位2000张。"),
    *(Edit("elderly-beds", "status_note", language, None) for language in LANGUAGES),
    Edit("elderly-beds", "statement", "en", "A thousand nursing beds are added.", "nursing-beds"),
)


@pytest.fixture
def scene() -> Scene:
    """A publisher of the small city."""
    return Scene()


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


async def test_the_second_of_two_editors_of_one_project_is_refused(scene: Scene) -> None:
    await scene.publisher.start(None)
    note = Edit("sixth-hospital", "status_note", "en", "opened in March")
    first, second = await scene.drafted(STATUS), await scene.drafted(note, person=BEN)

    assert isinstance(await scene.publisher.publish(first.draft.id, ANN), Published)
    outcome = await scene.publisher.publish(second.draft.id, BEN)

    assert isinstance(outcome, Conflict)
    assert outcome.newest is not None
    assert outcome.newest.person == ANN
    assert b"opened in March" not in (scene.repository.content or b"")


async def test_two_editors_of_different_projects_both_publish(scene: Scene) -> None:
    await scene.publisher.start(None)
    first, second = await scene.drafted(STATUS), await scene.drafted(*BEDS_IN_FULL, person=BEN)

    assert isinstance(await scene.publisher.publish(first.draft.id, ANN), Published)
    outcome = await scene.publisher.publish(second.draft.id, BEN)

    assert isinstance(outcome, Published)
    assert outcome.changes == second.changes
    knowledge = scene.publisher.live.snapshot.knowledge
    assert differences(second.knowledge, knowledge) == first.changes
    assert differences(first.knowledge, knowledge) == second.changes
    assert scene.repository.content == scene.publisher.live.content
    assert isinstance(await scene.publisher.publish(second.draft.id, BEN), DraftExpired)


async def test_a_second_editor_looks_again_if_both_changes_together_lose_questions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.publisher.start(None)
    first, second = await scene.drafted(STATUS), await scene.drafted(BEDS, person=BEN)
    assert isinstance(await scene.publisher.publish(first.draft.id, ANN), Published)

    async def effects(*_: object) -> Effects:
        return Effects(lost_questions=[LostQuestion("beds?", "elderly-beds")])

    monkeypatch.setattr(scene.tasks, "effects", effects)
    again = await scene.publisher.publish(second.draft.id, BEN)

    assert isinstance(again, Preview)
    assert again.changes == second.changes
    assert b"2026-02-28" not in (scene.repository.content or b"")
    assert isinstance(await scene.publisher.publish(again.draft.id, BEN), Published)
    assert scene.status() is Status.COMPLETED


async def test_what_else_was_saved_meanwhile_is_not_overwritten(scene: Scene) -> None:
    """Neither a file that was sent nor a button is merged with a saved file that the watcher has not read yet."""
    await scene.publisher.start(None)
    saved = yaml_text(("status: planned", "status: delayed")).encode()
    sent = await scene.publisher.drafts.from_file(GOOD.replace(b"2021-11-12", b"2021-11-13"), ANN, made_from=None)
    edited = await scene.drafted(BEDS, person=BEN)
    assert isinstance(sent, Preview)

    scene.repository.content = saved
    assert isinstance(await scene.publisher.publish(edited.draft.id, BEN), Conflict)
    await scene.publisher.on_saved(saved)
    assert isinstance(await scene.publisher.publish(sent.draft.id, ANN), Conflict)
    assert scene.repository.content == saved

    assert isinstance(await scene.publisher.publish(edited.draft.id, BEN), Published)
    assert scene.status() is Status.DELAYED


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


async def test_while_a_saved_file_is_held_back_nothing_is_drafted_upon_the_live_one(scene: Scene) -> None:
    await scene.saved(BROKEN)

    edited = await scene.publisher.drafts.from_edits([STATUS], ANN, origin="buttons")
    taught = await scene.publisher.drafts.from_inbox(CHANGED, scene.publisher.live, ANN)

    assert [type(edited), type(taught)] == [Conflict, Conflict]


async def test_further_edits_upon_a_draft_that_is_gone_say_so(scene: Scene) -> None:
    first = await scene.drafted(BEDS)
    await scene.publisher.drafts.discard(first.draft.id)

    more = await scene.publisher.drafts.from_edits([STATUS], ANN, origin="buttons", upon=first.draft.id)

    assert isinstance(more, DraftExpired)


async def test_a_file_that_is_saved_while_a_draft_is_published_is_not_overwritten(
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


async def test_a_day_in_the_name_of_a_file_is_not_a_version(scene: Scene) -> None:
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
