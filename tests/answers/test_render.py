"""Whatever is answered fits on a screen, begins with the fact, and says who said so and when."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations

import pytest

from bot.answers.answer import Answer, Finding, Found, Match, NotFound, Overview, Several, Smalltalk, Unsure
from bot.answers.render import compose, show
from bot.answers.reply import LONGEST_REPLY, MOST_OPTIONS, LocalizedKnowledge, Option, Reply, Target
from bot.answers.snapshot import Snapshot
from bot.answers.wording.dated_text import dated_completion
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import Translator
from bot.knowledge import ASPECTS, INTENTS, Area, KnowledgeBase, Project, Status
from bot.knowledge.relative_dates import with_year
from tests.factories import make_knowledge, make_project, values

SOURCE_DAY = date(2021, 11, 12)
SOON, LATE = date(2021, 12, 1), date(2035, 12, 30)

each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="session")
def knowledge(snapshot: Snapshot) -> KnowledgeBase:
    """The city's knowledge as it is shipped."""
    return snapshot.knowledge


def match(area: Area, project: Project | None = None) -> Match:
    return Match(area, project, confidence=0.9, phrasing="")


def findings_of(knowledge: KnowledgeBase, area: Area) -> Iterator[Finding]:
    """Everything that can be found in an area: it and its projects, with each fact and each open aspect."""
    projects = knowledge.projects_of(area.id)
    yield from (Finding(match(area)), *(Finding(match(area), left_open=aspect) for aspect in ASPECTS))
    for fact in (*area.facts, *(fact for project in projects for fact in project.facts)):
        concerned = tuple(knowledge.project_by_id[project] for project in fact.concerns)
        yield Finding(match(area), fact=fact, concerned=concerned)
    for project in projects:
        yield Finding(match(area, project))
        yield from (Finding(match(area, project), fact=fact) for fact in project.facts)
        yield from (Finding(match(area, project), left_open=aspect) for aspect in project.left_open)


def all_findings(knowledge: KnowledgeBase) -> list[Finding]:
    return [finding for area in knowledge.areas for finding in findings_of(knowledge, area)]


def reply_to(
    answer: Answer | Finding, knowledge: KnowledgeBase, language: Language = "en", today: date = SOON
) -> Reply:
    answer = Found((answer,)) if isinstance(answer, Finding) else answer
    return compose(answer, knowledge, translator_in(language), today)


def check_fits(reply: Reply) -> None:
    assert 0 < len(reply.text) <= LONGEST_REPLY, reply.text
    assert len(reply.options) <= MOST_OPTIONS
    assert all(option.label for option in reply.options)
    assert len({option.target for option in reply.options}) == len(reply.options)
    assert "\n\n\n" not in reply.text
    assert reply.text == reply.text.strip()
    assert "{" not in reply.text


def pages(reply: Reply, knowledge: KnowledgeBase, translator: Translator, today: date = SOON) -> Iterator[Reply]:
    """A reply and all that its options lead to, each page once."""
    seen, waiting = set[Target](), [reply]
    while waiting:
        reply = waiting.pop()
        yield reply
        for target in {option.target for option in reply.options} - seen:
            seen.add(target)
            shown = show(target, knowledge, translator, today)
            assert shown is not None, target
            waiting.append(shown)


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
    beside = Finding(match(area, project), fact=project.facts[0])
    of_project = reply_to(Finding(match(area, project), beside=beside), knowledge).text
    assert of_project.startswith("pool · ")
    assert of_project.endswith(
        "\n\nSwimming costs 5 yuan.\nSource: e.my399.com, 12 November 2021. As of 1 October 2021."
    )
    of_area = reply_to(Finding(match(area), beside=beside), knowledge).text
    assert "\n\npool: Swimming costs 5 yuan.\nSource: e.my399.com" in of_area
