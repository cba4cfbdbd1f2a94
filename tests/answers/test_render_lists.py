"""Replies that list: overviews, refusals, contacts and options."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations

import pytest

from bot.answers.answer import Answer, Finding, Found, NotFound, Overview, Several, Smalltalk, Unsure
from bot.answers.render import show
from bot.answers.reply import Reply, Target
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import Language
from bot.knowledge import INTENTS, KnowledgeBase, Project, Status
from bot.knowledge.relative_dates import with_year
from tests.answers.rendering import (
    LATE,
    SOON,
    SOURCE_DAY,
    all_findings,
    check_fits,
    each_language,
    findings_of,
    match,
    pages,
    reply_to,
)
from tests.factories import make_knowledge, make_project, values


@pytest.fixture(scope="session")
def knowledge(snapshot: Snapshot) -> KnowledgeBase:
    """The city's knowledge as it is shipped."""
    return snapshot.knowledge


def reachable(reply: Reply, knowledge: KnowledgeBase, kind: str) -> set[str]:
    """The ids of this kind that options lead to."""
    options = [option for page in pages(reply, knowledge, translator_in("en")) for option in page.options]
    return {option.target.id for option in options if option.target.kind == kind}


# --- It fits on a screen ---


@each_language
@pytest.mark.parametrize("today", [SOON, LATE])
def test_every_single_answer_of_the_city_fits(knowledge: KnowledgeBase, language: Language, today: date) -> None:
    for finding in all_findings(knowledge):
        check_fits(reply_to(finding, knowledge, language, today))


@each_language
@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DELAYED])
def test_every_single_answer_fits_after_a_change_of_every_status(
    knowledge: KnowledgeBase, language: Language, status: Status
) -> None:
    projects = tuple(project.model_copy(update={"status": status}) for project in knowledge.projects)
    changed = knowledge.model_copy(update={"projects": projects})
    changed = KnowledgeBase(**{name: getattr(changed, name) for name in KnowledgeBase.model_fields})
    for finding in all_findings(changed):
        check_fits(reply_to(finding, changed, language, LATE))


@pytest.mark.soak
@each_language
def test_every_two_answers_together_fit(knowledge: KnowledgeBase, language: Language) -> None:
    # An open aspect is said in the same sentence everywhere, so one for each project will do.
    shown = [finding for finding in all_findings(knowledge) if finding.left_open in (None, "cost")]
    check_pairs(shown, knowledge, language)


@each_language
def test_every_two_of_the_long_answers_together_fit(knowledge: KnowledgeBase, language: Language) -> None:
    """Of each area the four longest; `make soak` checks all pairs."""
    shown = [
        sorted(findings_of(knowledge, area), key=lambda finding: len(reply_to(finding, knowledge, language).text))[-4:]
        for area in knowledge.areas
    ]
    check_pairs([finding for findings in shown for finding in findings], knowledge, language)


def check_pairs(shown: Sequence[Finding], knowledge: KnowledgeBase, language: Language) -> None:
    """Every two of these about different areas fit into one reply."""
    for pair in combinations(shown, 2):
        if pair[0].match.area is not pair[1].match.area:
            check_fits(reply_to(Found(pair), knowledge, language, LATE))


@each_language
def test_the_three_longest_answers_together_fit(knowledge: KnowledgeBase, language: Language) -> None:
    longest = [
        sorted(findings_of(knowledge, area), key=lambda finding: len(reply_to(finding, knowledge, language).text))[-3:]
        for area in knowledge.areas
    ]
    for three in combinations(longest, 3):
        for findings in zip(*three, strict=True):
            check_fits(reply_to(Found(findings), knowledge, language, LATE))


@each_language
def test_every_other_answer_of_the_city_fits(knowledge: KnowledgeBase, language: Language) -> None:
    answers: list[Answer] = [Overview(), *map(Overview, Status), *map(Smalltalk, INTENTS), NotFound()]
    answers += map(NotFound, knowledge.topics_elsewhere)
    entries = [match(knowledge.area_by_id[project.area], project) for project in knowledge.projects]
    entries += map(match, knowledge.areas)
    for kind in (Several, Unsure):
        answers += [kind(tuple(entries[start : start + 3])) for start in range(len(entries))]
        answers += [kind((entry,)) for entry in entries]
    for answer in answers:
        check_fits(reply_to(answer, knowledge, language, LATE))


@each_language
def test_everything_that_options_lead_to_fits(knowledge: KnowledgeBase, language: Language) -> None:
    for page in pages(reply_to(Overview(), knowledge, language), knowledge, translator_in(language), LATE):
        check_fits(page)


@each_language
def test_what_did_not_fit_is_reached_through_an_option(knowledge: KnowledgeBase, language: Language) -> None:
    default = knowledge.city.default_language
    for finding in all_findings(knowledge):
        entry = finding.match.project or finding.match.area
        text = entry.summary if isinstance(entry, Project) else entry.overview
        body = with_year(text.in_language(language, default), SOURCE_DAY)
        reply = reply_to(finding, knowledge, language)
        shown = [show(option.target, knowledge, translator_in(language), SOON) for option in reply.options]
        assert any(body in page.text for page in [reply, *shown] if page), reply


# --- Overviews, refusals, contacts ---


@each_language
def test_the_overview_counts_first_and_then_goes_through_the_areas(
    knowledge: KnowledgeBase, language: Language
) -> None:
    reply = reply_to(Overview(), knowledge, language)
    assert str(len(knowledge.projects)) in reply.text.splitlines()[0]
    assert reply.text.count("•") == len(knowledge.areas)


def test_the_overview_of_one_status_names_its_projects() -> None:
    knowledge = make_knowledge()
    reply = reply_to(Overview(Status.ANNOUNCED), knowledge)
    assert reply.text.startswith("Reported as announced: 2 of 4 projects.")
    assert "• Homecare stations (as of 12 November 2021)" in reply.text
    assert {option.target.id for option in reply.options} == {"elderly-beds", "homecare-stations"}
    none = reply_to(Overview(Status.CANCELLED), knowledge).text
    assert none.startswith("As of 12 November 2021, none of the 4 projects I know of is reported as cancelled.")


@each_language
def test_a_refusal_names_all_areas_and_guesses_nothing(knowledge: KnowledgeBase, language: Language) -> None:
    reply = reply_to(NotFound(), knowledge, language)
    assert all(area.title.in_language(language, "zh") in reply.text for area in knowledge.areas)
    assert not any(project.title.in_language(language, "zh") in reply.text for project in knowledge.projects)
    assert {option.target.kind for option in reply.options} <= {"area", "overview"}


@each_language
def test_the_contacts_of_the_city_follow_where_the_bot_has_no_answer(language: Language) -> None:
    without, topic = make_knowledge(), make_knowledge().topics_elsewhere[0]
    city = {**values()["city"], "contacts": {"hotline": "12345", "emergency": "120"}}
    answers: list[Answer] = [NotFound(), NotFound(topic), Smalltalk("human")]
    for answer in answers:
        text = reply_to(answer, make_knowledge(city=city), language).text
        assert "12345" in text
        assert "120" in text
        assert "12345" not in reply_to(answer, without, language).text


@each_language
def test_a_topic_elsewhere_gets_the_city_s_sentence_and_where_to_turn(language: Language) -> None:
    topic = values()["topics_elsewhere"][0]
    turn_to = {"en": "Ask the clinic.", "zh": "请咨询医院。", "ru": "Спросите в поликлинике."}
    knowledge = make_knowledge(topics_elsewhere=[{**topic, "turn_to": turn_to}])
    reply = reply_to(NotFound(knowledge.topics_elsewhere[0]), knowledge, language)
    assert reply.text.startswith(topic["sentence"][language])
    assert turn_to[language] in reply.text


@each_language
def test_each_kind_of_small_talk_gets_its_own_text(knowledge: KnowledgeBase, language: Language) -> None:
    said = {reply_to(Smalltalk(intent), knowledge, language).text for intent in INTENTS}
    assert len(said) == len(INTENTS)


# --- Options ---


@pytest.mark.parametrize("count", [1, 4, 5, 6, 8, 9, 21, 40])
def test_more_leads_through_all_projects_of_an_area_and_back(count: int) -> None:
    knowledge = make_knowledge(projects=[make_project(f"p-{n}") for n in range(count)])
    first = show(Target("area", "hospitals"), knowledge, translator_in("en"), SOON)
    seen: list[str] = []
    page = first
    for _ in range(count):
        assert page is not None
        check_fits(page)
        projects = [option for option in page.options if option.target.kind == "project"]
        more = [option for option in page.options if option.label == "More"]
        seen += [option.target.id for option in projects]
        if not more:
            break
        page = show(more[0].target, knowledge, translator_in("en"), SOON)
        if page == first:
            break
    assert seen == [f"p-{n}" for n in range(count)]


def test_every_project_of_the_city_is_reached_from_the_overview_and_from_a_refusal(knowledge: KnowledgeBase) -> None:
    for answer in (Overview(), NotFound(), Smalltalk("greeting")):
        reply = reply_to(answer, knowledge)
        assert reachable(reply, knowledge, "project") == set(knowledge.project_by_id)
        assert reachable(reply, knowledge, "area") == set(knowledge.area_by_id)


def test_from_an_answer_one_option_leads_to_the_area_and_others_to_related_projects(knowledge: KnowledgeBase) -> None:
    for project in knowledge.projects:
        options = reply_to(Finding(match(knowledge.area_by_id[project.area], project)), knowledge).options
        assert Target("area", project.area) in [option.target for option in options]
        related = [option.target.id for option in options if option.target.kind == "project" and option.label != "More"]
        assert related == list(project.related)[: len(related)]
        assert bool(related) == bool(project.related)


def test_asking_back_offers_what_may_be_meant(knowledge: KnowledgeBase) -> None:
    offered = tuple(match(knowledge.area_by_id[project.area], project) for project in knowledge.projects[:3])
    for kind in (Several, Unsure):
        reply = reply_to(kind(offered), knowledge)
        assert [option.target.id for option in reply.options] == [one.id for one in offered]
        assert reply.text.endswith("?")


@pytest.mark.parametrize("target", [Target("project", "gone"), Target("area", "gone")])
def test_an_option_of_something_that_is_gone_shows_nothing(target: Target) -> None:
    assert show(target, make_knowledge(), translator_in("en"), SOON) is None


def test_a_fact_beside_a_card_has_its_own_source_and_its_title_where_an_area_answers() -> None:
    statement = {"en": "Swimming costs 5 yuan.", "zh": "游泳五元。", "ru": "Плавание стоит 5 юаней."}
    fact = {"id": "fee", "answers": ["cost"], "statement": statement, "as_of": "2021-10-01"}
    knowledge = make_knowledge(projects=[make_project("pool", facts=[fact])])
    project = knowledge.project_by_id["pool"]
    area = knowledge.area_by_id[project.area]
    extra = Finding(match(area, project), fact=project.facts[0])
    of_project = reply_to(Finding(match(area, project), extra=extra), knowledge).text
    assert of_project.startswith("pool · ")
    assert of_project.endswith(
        "\n\nSwimming costs 5 yuan.\nSource: e.my399.com, 12 November 2021. As of 1 October 2021."
    )
    of_area = reply_to(Finding(match(area), extra=extra), knowledge).text
    assert "\n\npool: Swimming costs 5 yuan.\nSource: e.my399.com" in of_area
