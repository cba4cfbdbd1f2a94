"""Which projects staff should check, and how they are told."""

from datetime import date, timedelta
from typing import Any

import pytest

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import KnowledgeBase
from bot.publishing.messages import format_stale, format_stale_head, format_stale_line
from bot.publishing.staleness import stale_areas
from tests.factories import make_knowledge, make_project

CONFIRMED = date(2021, 11, 12)
#: The small city's limit.
LIMIT = timedelta(days=180)


def city(**fields: Any) -> KnowledgeBase:
    """A city with one project, which was confirmed on 12 November 2021."""
    return make_knowledge(projects=[make_project("bridge", **fields)])


def days(knowledge: KnowledgeBase, today: date) -> list[tuple[int | None, int | None]]:
    return [(each.unconfirmed, each.overdue) for area in stale_areas(knowledge, today) for each in area.projects]


def test_a_project_is_stale_from_the_day_on_which_its_card_says_so() -> None:
    assert days(city(), CONFIRMED + LIMIT) == []
    assert days(city(), CONFIRMED + LIMIT + timedelta(days=1)) == [(181, None)]


def test_a_project_is_stale_on_the_day_after_the_last_that_its_expected_completion_allows() -> None:
    promised = city(expected_completion={"en": "by the end of the year"})
    assert days(promised, date(2021, 12, 31)) == []
    assert days(promised, date(2022, 1, 1)) == [(None, 1)]


@pytest.mark.parametrize(
    ("status", "overdue"),
    [("planned", 1), ("in progress", 1), ("announced", 1), ("delayed", 1), ("completed", None), ("cancelled", None)],
)
def test_what_is_completed_or_cancelled_is_never_overdue(status: str, overdue: int | None) -> None:
    promised = city(status=status, expected_completion={"en": "2021-12-31"})
    assert days(promised, date(2022, 1, 1)) == ([(None, 1)] if overdue else [])


def test_one_project_can_have_both_reasons() -> None:
    knowledge = city(expected_completion={"en": "by the end of the year"})
    (area,) = stale_areas(knowledge, date(2022, 6, 30))
    assert (area.projects[0].unconfirmed, area.projects[0].overdue) == (230, 181)
    assert format_stale_line(area.projects[0], knowledge.city, translator_in("en")) == (
        "bridge (planned): confirmed 230 days ago, on 12 November 2021; "
        "expected “by the end of 2021”, which was over 181 days ago"
    )


def test_stale_projects_are_grouped_by_area_in_the_order_of_the_file() -> None:
    knowledge = make_knowledge()
    found = [(area.area.id, [each.project.id for each in area.projects]) for area in stale_areas(knowledge, date.max)]
    assert found == [
        ("elderly-care", ["elderly-beds", "homecare-stations"]),
        ("hospitals", ["sixth-hospital"]),
        ("childcare", ["childcare-centre"]),
    ]


def test_the_text_has_a_head_and_each_area_with_its_projects() -> None:
    knowledge = make_knowledge()
    areas = stale_areas(knowledge, date(2022, 1, 2))
    assert format_stale(areas, knowledge.city, translator_in("en")) == (
        "1 project needs re-confirming: confirmed more than 180 days ago, or expected to be ready by now.\n\n"
        "Childcare\n"
        "• Childcare centre (in progress): expected “by the end of 2021”, which was over 2 days ago"
    )


def test_a_time_without_a_year_is_of_the_year_of_the_source_also_after_a_later_confirmation() -> None:
    knowledge = city(expected_completion={"en": "by the end of next year"}, as_of="2022-12-30")
    assert days(knowledge, date(2023, 1, 1)) == [(None, 1)]


def test_a_due_date_alone_is_named_as_the_reason() -> None:
    knowledge = city(due="2021-12-01", expected_completion=None)
    (area,) = stale_areas(knowledge, date(2021, 12, 2))
    assert format_stale_line(area.projects[0], knowledge.city, translator_in("en")) == (
        "bridge (planned): expected “1 December 2021”, which was over 1 day ago"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_all_of_it(language: Language) -> None:
    knowledge, translator = make_knowledge(), translator_in(language)
    areas = stale_areas(knowledge, date(2023, 1, 1))
    text = format_stale(areas, knowledge.city, translator)
    assert text.startswith(format_stale_head(areas, knowledge.city, translator))
    assert all(format_stale_line(each, knowledge.city, translator) in text for area in areas for each in area.projects)
    assert text.count("•") == 4
    assert translator.date(CONFIRMED) in text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Everything is up to date"), ("zh", "各项目信息均在有效期内"), ("ru", "Все сведения актуальны")],
)
def test_when_nothing_is_stale_a_friendly_sentence_says_so(language: Language, sentence: str) -> None:
    knowledge = make_knowledge()
    text = format_stale(stale_areas(knowledge, CONFIRMED), knowledge.city, translator_in(language))
    assert text.startswith(sentence)
    assert "\n" not in text
