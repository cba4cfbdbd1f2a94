"""Teaching shows its effects, refuses what breaks other answers, publishes at one confirmation, and loses nothing."""

from typing import Any

import pytest

from bot.answers.answer import areas_of, projects_of
from bot.answers.decision import decide
from bot.i18n.catalog import translator_in
from bot.inbox.messages import format_proposal
from bot.inbox.model import TeachingTarget
from bot.inbox.teaching import Broken, GroupDecided, NewFact, NewProject, NothingToTeach, Proposal, reply_to
from bot.knowledge import Status
from bot.publishing.results import Conflict, Published
from tests.inbox.conftest import BEN, CLERK, OTHER_CLERK, Inbox
from tests.telegram_ui.bot_env import tagged

SIXTH = TeachingTarget("project", "sixth-hospital")
QUESTION = "where do they build the surgery tower"


async def proposed(inbox: Inbox, target: TeachingTarget = SIXTH, person: int = CLERK) -> Proposal:
    """Propose to attach the first group."""
    group = await inbox.group()
    found = await inbox.teaching.attach(group, target, await inbox.service.examples(group, 6), person)
    assert isinstance(found, Proposal), found
    return found


def answered(inbox: Inbox, text: str) -> Any:
    """Return the projects and areas that a question is answered with."""
    snapshot = inbox.publisher.live.snapshot
    answer = decide(text, snapshot).answer
    return {*projects_of(answer), *areas_of(answer, snapshot.knowledge)}


@pytest.mark.parametrize(
    ("target", "entry"),
    [
        (SIXTH, "sixth-hospital"),
        (TeachingTarget("area", "hospitals"), "hospitals"),
        (TeachingTarget("fact", "elderly-beds/nursing-beds"), "elderly-beds"),
    ],
)
async def test_after_one_confirmation_the_next_citizen_reads_the_answer(
    inbox: Inbox, target: TeachingTarget, entry: str
) -> None:
    await inbox.ask(QUESTION)
    assert entry not in answered(inbox, QUESTION)
    proposal = await proposed(inbox, target)

    outcome = await inbox.teaching.publish(proposal.preview.draft.id, CLERK)

    assert isinstance(outcome, Published)
    assert entry in answered(inbox, QUESTION)
    assert QUESTION in (inbox.knowledge.parent / "asking" / "inbox.yaml").read_text()
    assert [entry.act for entry in await inbox.store.audit(5)] == ["publish"] * 2
    assert [version.origin for version in await inbox.store.versions()] == ["inbox", "saved"]
    assert (await inbox.service.page(1)).total == 0


async def test_a_topic_elsewhere_and_small_talk_can_be_taught(inbox: Inbox) -> None:
    for text, target in (
        ("reserve a slot with the surgeon", TeachingTarget("topic", "appointments")),
        ("ahoy shipmate", TeachingTarget("smalltalk", "greeting")),
    ):
        await inbox.ask(text)
        proposal = await proposed(inbox, target)
        assert [each.is_right for each in proposal.tried] == [True]
        assert isinstance(await inbox.teaching.publish(proposal.preview.draft.id, CLERK), Published)


async def test_after_an_undo_the_next_unanswered_question_opens_the_group_again(inbox: Inbox) -> None:
    await inbox.ask(QUESTION)
    await inbox.teaching.publish((await proposed(inbox)).preview.draft.id, CLERK)
    undo: Any = await inbox.publisher.drafts.from_previous(CLERK)
    await inbox.publisher.publish(undo.draft.id, CLERK)
    assert answered(inbox, QUESTION) == set()

    await inbox.ask(QUESTION, chat=BEN)

    assert (await inbox.service.page(1)).total == 1


async def test_several_examples_of_a_group_are_taught_at_once(inbox: Inbox) -> None:
    first, second = await inbox.ask(QUESTION), await inbox.ask("who cut the ribbon")
    questions = [stored for each in (first, second) if (stored := await inbox.store.question(each.id))]

    found = await inbox.teaching.attach(questions[0].group, SIXTH, questions, CLERK)

    assert isinstance(found, Proposal)
    assert len(found.texts) == 2
    assert all(each.is_right for each in found.tried)


async def test_a_phrasing_that_breaks_another_answer_is_refused_naming_which(inbox: Inbox) -> None:
    await inbox.ask("new childcare center")
    group = await inbox.group()
    before = inbox.publisher.live.digest

    found = await inbox.teaching.attach(group, SIXTH, await inbox.service.examples(group, 6), CLERK)

    assert isinstance(found, Broken)
    assert ("new childcare center", "new childcare center", "childcare-centre") in [
        (each.phrasing, each.question, each.before) for each in found.answers
    ]
    assert inbox.publisher.live.digest == before
    assert await inbox.store.teachings() == []


async def test_a_new_fact_answers_from_the_file(inbox: Inbox) -> None:
    await inbox.ask("is there parking")
    group = await inbox.group()
    fact = NewFact(SIXTH, "where", "The car park is beside the main gate.")

    found = await inbox.teaching.add_fact(group, fact, await inbox.service.examples(group, 6), CLERK)

    assert isinstance(found, Proposal)
    assert isinstance(await inbox.teaching.publish(found.preview.draft.id, CLERK), Published)
    reply = reply_to("is there parking", inbox.publisher.live.snapshot, tagged("en"), inbox.now)
    assert "The car park is beside the main gate." in reply


async def test_a_new_fact_is_previewed_with_its_source_and_day_as_citizens_would_read_it(inbox: Inbox) -> None:
    await inbox.ask("is there parking")
    group = await inbox.group()
    fact = NewFact(SIXTH, "where", "The car park opens next month.")

    found = await inbox.teaching.add_fact(group, fact, await inbox.service.examples(group, 6), CLERK)

    assert isinstance(found, Proposal)
    told = format_proposal(found, inbox.publisher.live.snapshot.knowledge, translator_in("en"))
    assert "Citizens would read:\n\nReported on 12 November 2021: “The car park opens next month.”\n" in told
    assert "\nSource: e.my399.com, 12 November 2021. As of 1 March 2026." in told
    assert "If it comes from another source than the one shown" in told


async def test_for_a_known_fact_no_source_is_asked(inbox: Inbox) -> None:
    await inbox.ask(QUESTION)
    proposal = await proposed(inbox, TeachingTarget("fact", "elderly-beds/nursing-beds"))
    told = format_proposal(proposal, inbox.publisher.live.snapshot.knowledge, translator_in("en"))
    assert "another source" not in told


async def test_a_new_project_needs_few_fields(inbox: Inbox) -> None:
    await inbox.ask("is there a river park")
    group = await inbox.group()
    project = NewProject("childcare", Status.PLANNED, "River Park", "A park is planned.", "livelihoods-2021")

    found = await inbox.teaching.add_project(group, project, await inbox.service.examples(group, 6), CLERK)

    assert isinstance(found, Proposal)
    assert isinstance(await inbox.teaching.publish(found.preview.draft.id, CLERK), Published)
    assert "river-park" in answered(inbox, "is there a river park")


async def test_two_staff_teach_at_once_and_the_second_one_is_told(inbox: Inbox) -> None:
    await inbox.ask(QUESTION)
    mine = await proposed(inbox)
    theirs = await proposed(inbox, TeachingTarget("area", "hospitals"), OTHER_CLERK)
    assert isinstance(await inbox.teaching.publish(mine.preview.draft.id, CLERK), Published)

    assert isinstance(await inbox.teaching.publish(theirs.preview.draft.id, OTHER_CLERK), Conflict)
    again = await inbox.teaching.attach(
        theirs_group := (await inbox.store.all_groups())[0].id,
        theirs.target,
        await inbox.service.examples(theirs_group, 6),
        OTHER_CLERK,
    )
    assert isinstance(again, GroupDecided)


async def test_a_group_that_a_kill_left_unmarked_after_publishing_is_marked_at_the_next_start(inbox: Inbox) -> None:
    taught: list[int] = []

    async def tell(group: int, _: TeachingTarget) -> None:
        taught.append(group)

    inbox.service.on_taught.append(tell)
    await inbox.ask(QUESTION)
    group = await inbox.group()
    proposal = await proposed(inbox)
    await inbox.publisher.publish(proposal.preview.draft.id, CLERK)  # and then the process is killed
    assert (await inbox.service.page(1)).total == 1

    await inbox.service.start()

    assert ((await inbox.service.page(1)).total, taught) == (0, [group])
    await inbox.service.start()
    assert taught == [group]


async def test_a_draft_that_was_dropped_settles_nothing(inbox: Inbox) -> None:
    await inbox.ask(QUESTION)
    proposal = await proposed(inbox)
    await inbox.teaching.publisher.drafts.discard(proposal.preview.draft.id)

    await inbox.service.mark_taught()

    assert (await inbox.service.page(1)).total == 1


@pytest.mark.parametrize("text", ["", "🙂🙂🙂", "[number]", "<b>bold</b>", "javascript:alert(1)", "13904511234"])
async def test_a_question_that_a_file_may_not_hold_is_not_taught(inbox: Inbox, text: str) -> None:
    await inbox.ask(text)
    group = await inbox.group()

    found = await inbox.teaching.attach(group, SIXTH, await inbox.service.examples(group, 6), CLERK)

    assert isinstance(found, NothingToTeach)
