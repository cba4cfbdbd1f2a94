"""Every reply fits on a screen, begins with the fact, and names the source and its date."""

from datetime import date, timedelta

import pytest

from bot.answers.answer import Finding, Found, Overview
from bot.answers.render import compose
from bot.answers.reply import LocalizedKnowledge, Option, Target
from bot.answers.snapshot import Snapshot
from bot.answers.wording.dated_text import dated_completion
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import ASPECTS, KnowledgeBase
from bot.knowledge.relative_dates import with_year
from tests.answers.rendering import LATE, SOON, SOURCE_DAY, all_findings, check_fits, each_language, match, reply_to
from tests.factories import make_knowledge, make_project, values


@pytest.fixture(scope="session")
def knowledge(snapshot: Snapshot) -> KnowledgeBase:
    """The city's knowledge as it is shipped."""
    return snapshot.knowledge


# --- What it begins with ---


@each_language
def test_an_answer_begins_with_the_asked_fact(knowledge: KnowledgeBase, language: Language) -> None:
    for finding in all_findings(knowledge):
        if finding.fact:
            reply = reply_to(finding, knowledge, language)
            statement = with_year(finding.fact.statement.in_language(language, "zh"), SOURCE_DAY)
            assert reply.text.startswith(statement + "\n")


@each_language
def test_then_come_title_status_with_its_year_and_source(knowledge: KnowledgeBase, language: Language) -> None:
    project = knowledge.project_by_id["childcare-centre"]
    area = knowledge.area_by_id[project.area]
    text = reply_to(Finding(match(area, project), fact=project.facts[0]), knowledge, language).text
    title, fact = (part.in_language(language, "zh") for part in (project.title, project.facts[0].statement))
    translator = translator_in(language)
    state = translator.gettext(
        "{status} as of {date}", status=translator.gettext("in progress"), date=translator.date(SOURCE_DAY)
    )
    fact_text, head, source = text.split("\n\n")
    assert fact_text == fact
    assert head.splitlines()[0] == f"{title} · {state}"
    assert "e.my399.com" in source


@each_language
def test_a_whole_card_tells_title_status_note_expected_completion_summary_and_source_in_this_order(
    knowledge: KnowledgeBase, language: Language
) -> None:
    project = knowledge.project_by_id["childcare-centre"]
    text = reply_to(Finding(match(knowledge.area_by_id[project.area], project)), knowledge, language).text
    title, note, summary = (
        part.in_language(language, "zh") for part in (project.title, project.status_note, project.summary)
    )
    completion = dated_completion(project, LocalizedKnowledge(knowledge, translator_in(language), SOON))
    places = [text.index(part) for part in (title, note, completion, summary, "e.my399.com")]
    assert places == sorted(places)


def test_the_example_of_the_design_reads_as_it_should() -> None:
    knowledge = make_knowledge()
    project = knowledge.project_by_id["elderly-beds"]
    reply = reply_to(Finding(match(knowledge.areas[0], project), fact=project.facts[0]), knowledge, today=LATE)
    assert reply.text == (
        "1,000 nursing beds are added.\n\n"
        "Beds in elderly care · announced in 2021\n"
        "1,000 nursing beds and 2,000 normal ones.\n\n"
        "Source: e.my399.com, 12 November 2021. May be out of date."
    )
    assert reply.options == (
        Option("More", Target("project", "elderly-beds")),
        Option("Homecare stations", Target("project", "homecare-stations")),
        Option("All projects: Elderly care", Target("area", "elderly-care")),
    )


@each_language
def test_what_the_source_leaves_open_is_said_first_beside_the_status(
    knowledge: KnowledgeBase, language: Language
) -> None:
    sentences: dict[str, set[str]] = {aspect: set() for aspect in ASPECTS}
    for finding in all_findings(knowledge):
        if finding.left_open:
            first, head, *_ = reply_to(finding, knowledge, language).text.split("\n\n")
            sentences[finding.left_open].add(first)
            entry = finding.match.project or finding.match.area
            assert head.startswith(entry.title.in_language(language, "zh") + " · ")
    assert all(len(said) == 1 for said in sentences.values())
    assert len(set.union(*sentences.values())) == len(ASPECTS)


@each_language
def test_a_detail_of_a_project_tells_nothing_twice_however_often_it_was_read(
    knowledge: KnowledgeBase, language: Language
) -> None:
    translator = translator_in(language)
    for finding in all_findings(knowledge):
        answer, project = Found((finding,)), finding.match.project
        if project is None:
            continue
        whole = compose(answer, knowledge, translator, SOON)
        detail = compose(answer, knowledge, translator, SOON, seen=project.id)
        if finding.fact or finding.left_open:
            check_fits(detail)
            assert detail.text == whole.text
            sentences = [line for line in detail.text.splitlines() if line]
            assert len(sentences) == len(set(sentences))
            assert project.title.in_language(language, "zh") in detail.text
            assert "e.my399.com" in detail.text
            assert Target("project", project.id) in [option.target for option in detail.options]
        else:
            assert detail == whole


@each_language
def test_two_answers_together_show_both_facts_and_a_source(knowledge: KnowledgeBase, language: Language) -> None:
    first, second = knowledge.project_by_id["elderly-beds"], knowledge.project_by_id["childcare-centre"]
    both = tuple(
        Finding(match(knowledge.area_by_id[project.area], project), fact=project.facts[0])
        for project in (first, second)
    )
    reply = reply_to(Found(both), knowledge, language)
    for finding in both:
        assert finding.fact is not None
        assert with_year(finding.fact.statement.in_language(language, "zh"), SOURCE_DAY) in reply.text
    assert "e.my399.com" in reply.text
    assert [option.target.id for option in reply.options][:2] == [first.id, second.id]


# --- Who said so, and when ---


def test_two_answers_from_different_sources_are_each_told_with_their_own() -> None:
    city = values()["city"]
    rinks = {"title": {"en": "Rinks"}, "publisher": "harbin.gov.cn", "date": "2021-11-20"}
    projects = [*values()["projects"], make_project("rink", source="rinks", as_of="2021-11-20")]
    knowledge = make_knowledge(city={**city, "sources": {**city["sources"], "rinks": rinks}}, projects=projects)
    found = tuple(
        Finding(match(knowledge.area_by_id[project.area], project))
        for project in (knowledge.project_by_id["childcare-centre"], knowledge.project_by_id["rink"])
    )

    blocks = reply_to(Found(found), knowledge).text.split("\n\n")

    assert [block.splitlines()[-1] for block in blocks] == [
        "Source: e.my399.com, 12 November 2021.",
        "Source: harbin.gov.cn, 20 November 2021.",
    ]


@each_language
def test_every_answer_names_its_source_and_day(knowledge: KnowledgeBase, language: Language) -> None:
    day = translator_in(language).date(SOURCE_DAY)
    for finding in all_findings(knowledge):
        reply = reply_to(finding, knowledge, language)
        assert f"e.my399.com{', ' if language != 'zh' else '，'}{day}" in reply.text


@pytest.mark.parametrize(
    ("language", "day"), [("en", "12 November 2021"), ("zh", "2021年11月12日"), ("ru", "12 ноября 2021 года")]
)
def test_a_day_is_written_as_people_write_it(language: Language, day: str) -> None:
    assert translator_in(language).date(SOURCE_DAY) == day


@each_language
@pytest.mark.parametrize("limit", [1, 30, 180])
def test_a_reply_says_that_it_may_be_out_of_date_exactly_when_it_is_older_than_the_limit(
    language: Language, limit: int
) -> None:
    city = {**values()["city"], "stale_after_days": limit}
    knowledge, note = make_knowledge(city=city), translator_in(language).gettext("May be out of date.")
    for days in (0, 1, limit - 1, limit, limit + 1, limit + 1000):
        for finding in all_findings(knowledge):
            text = reply_to(finding, knowledge, language, SOURCE_DAY + timedelta(days=days)).text
            assert (note in text) == (days > limit), (days, text)


@each_language
def test_what_was_confirmed_later_than_published_says_both_days(language: Language) -> None:
    confirmed = date(2022, 3, 1)
    knowledge = make_knowledge(projects=[make_project("north-hospital", as_of="2022-03-01")])
    translator, project = translator_in(language), knowledge.projects[0]
    finding = Finding(match(knowledge.area_by_id["hospitals"], project))
    fresh = reply_to(finding, knowledge, language, confirmed + timedelta(days=180)).text
    old = reply_to(finding, knowledge, language, confirmed + timedelta(days=181)).text
    assert translator.date(SOURCE_DAY) in fresh
    assert fresh.endswith(translator.gettext("As of {date}.", date=translator.date(confirmed)))
    assert old.endswith(translator.gettext("As of {date}: may be out of date.", date=translator.date(confirmed)))


# --- In whose words ---


@each_language
def test_what_is_not_translated_is_said_in_the_default_language_with_a_note(language: Language) -> None:
    english = {"en": "North Hospital"}
    projects = [make_project("north-hospital", title=english), make_project("south-hospital")]
    knowledge = make_knowledge(projects=projects)
    north, south = (Finding(match(knowledge.area_by_id["hospitals"], project)) for project in knowledge.projects)
    note = translator_in(language).gettext("(The city has not yet translated all of this.)")
    fallback = reply_to(north, knowledge, language).text
    assert "North Hospital" in fallback
    assert fallback.endswith(note) == (language != "en")
    assert note not in reply_to(south, knowledge, language).text


def test_no_reply_of_the_shipped_knowledge_borrows_from_another_language(knowledge: KnowledgeBase) -> None:
    for language in LANGUAGES:
        note = translator_in(language).gettext("(The city has not yet translated all of this.)")
        for finding in all_findings(knowledge):
            assert note not in reply_to(finding, knowledge, language).text


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "I know of 1 project in"),
        ("en", 2, "I know of 2 projects in"),
        ("en", 21, "I know of 21 projects in"),
        ("ru", 1, "известен 1 проект "),
        ("ru", 2, "известны 2 проекта "),
        ("ru", 5, "известно 5 проектов "),
        ("ru", 11, "известно 11 проектов "),
        ("ru", 21, "известен 21 проект "),
        ("ru", 22, "известны 22 проекта "),
    ],
)
def test_a_number_takes_its_plural(language: Language, count: int, said: str) -> None:
    knowledge = make_knowledge(projects=[make_project(f"p-{n}") for n in range(count)])
    assert said in reply_to(Overview(), knowledge, language).text.splitlines()[0]
