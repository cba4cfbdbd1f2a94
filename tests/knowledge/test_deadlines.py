"""The last day of an expected completion, in whatever words the source gave it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import Project
from bot.knowledge.deadlines import deadline_of, last_day, names_a_year
from tests.factories import make_project

#: The day on which the texts below were written.
WRITTEN = date(2021, 11, 12)


def project(**expected: Any) -> Project:
    return Project.model_validate(make_project("bridge", expected_completion=expected or None))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-12-31", "2021-12-31"),
        ("2021/12/5", "2021-12-05"),
        ("by 2022-03", "2022-03-31"),
        ("on 12 November 2021", "2021-11-12"),
        ("November 12th, 2021", "2021-11-12"),
        ("the 3rd of March 2022", "2022-03-03"),
        ("by 31 December", "2021-12-31"),
        ("by 1 March", "2022-03-01"),
        ("by the end of the year", "2021-12-31"),
        ("by year-end", "2021-12-31"),
        ("before the end of next year", "2022-12-31"),
        ("within this year", "2021-12-31"),
        ("end of 2021", "2021-12-31"),
        ("in the first half of 2022", "2022-06-30"),
        ("in the second half of the year", "2021-12-31"),
        ("H1 2022", "2022-06-30"),
        ("Q3 2022", "2022-09-30"),
        ("2022 Q3", "2022-09-30"),
        ("in the third quarter of 2022", "2022-09-30"),
        ("June 2022", "2022-06-30"),
        ("before March 2022", "2022-02-28"),
        ("before 2023", "2022-12-31"),
        ("early May 2022", "2022-05-10"),
        ("in mid-February 2022", "2022-02-20"),
        ("late February 2024", "2024-02-29"),
        ("early 2022", "2022-04-30"),
        ("mid-2022", "2022-08-31"),
        ("in spring", "2022-05-31"),
        ("winter 2021", "2022-02-28"),
        ("it may be ready in 2023", "2023-12-31"),
        ("by the end of 2021, at the latest on 15 January 2022", "2022-01-15"),
        ("in stages, 2022-2024", "2024-12-31"),
        ("2021年11月12日", "2021-11-12"),
        ("２０２１年１２月", "2021-12-31"),
        ("十一月三十日前", "2021-11-30"),
        ("二〇二二年六月", "2022-06-30"),
        ("2022年3月上旬", "2022-03-10"),
        ("2022年3月底前", "2022-03-31"),
        ("2021年底", "2021-12-31"),
        ("2021年年底前", "2021-12-31"),
        ("年底前", "2021-12-31"),
        ("年末", "2021-12-31"),
        ("年内", "2021-12-31"),
        ("今年年内完工", "2021-12-31"),
        ("明年上半年", "2022-06-30"),
        ("2021年第三季度", "2021-09-30"),
        ("第四季度", "2021-12-31"),
        ("2022年二季度", "2022-06-30"),
        ("2022年上半年", "2022-06-30"),
        ("下半年", "2021-12-31"),
        ("2022年初", "2022-04-30"),
        ("2022年前", "2021-12-31"),
        ("2022年冬季供热前", "2023-02-28"),
        ("預計2022年啟用", "2022-12-31"),
        ("12.11.2021", "2021-11-12"),
        ("до 1 марта 2022 года", "2022-03-01"),
        ("не позднее 30 ноября", "2021-11-30"),
        ("до конца года", "2021-12-31"),
        ("к концу 2022 года", "2022-12-31"),
        ("до конца этого года", "2021-12-31"),
        ("в следующем году", "2022-12-31"),
        ("в течение года", "2021-12-31"),
        ("в III квартале 2022 года", "2022-09-30"),
        ("4-й квартал 2021", "2021-12-31"),
        ("в третьем квартале 2022 года", "2022-09-30"),
        ("к третьему кварталу 2022 года", "2022-09-30"),
        ("в первом полугодии 2022 года", "2022-06-30"),
        ("во второй половине 2022 г.", "2022-12-31"),
        ("к декабрю 2021", "2021-12-31"),
        ("декабрь 2021", "2021-12-31"),
        ("до конца декабря", "2021-12-31"),
        ("до марта 2022", "2022-02-28"),
        ("до 2023 года", "2022-12-31"),
        ("к лету 2022", "2022-08-31"),
        ("в мае", "2022-05-31"),
        ("в 2022–2023 годах", "2023-12-31"),
    ],
)
def test_the_last_day_that_a_text_allows_is_found(text: str, day: str) -> None:
    assert str(last_day(text, WRITTEN)) == day
    assert str(last_day(text.upper(), WRITTEN)) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "as soon as possible",
        "尽快",
        "по плану",
        "31 November 2021",
        "2021-13-45",
        "within two years",
        "两年内",
        "半年内",
        "через два года",
        "за 5 лет",
        "no later than the season",
        "decision pending",
        "年",
    ],
)
def test_what_names_no_day_gives_none(text: str) -> None:
    assert last_day(text, WRITTEN) is None


@given(st.text(max_size=300), st.dates())
def test_any_text_on_any_day_is_read_without_a_failure(text: str, day: date) -> None:
    last_day(text, day)
    names_a_year(text)


_WORDS = [
    "end",
    "of",
    "the",
    "year",
    "2021",
    "31",
    "9999",
    "0",
    "12月",
    "年",
    "年底",
    "до",
    "квартал",
    "iv",
    "-",
    ".",
    "half",
]


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join), st.dates())
def test_any_order_of_words_for_times_is_read_without_a_failure(text: str, day: date) -> None:
    last_day(text, day)


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("text", ["by March", "年底前", "в следующем году", "winter", "31 December", "2021年"])
def test_at_the_ends_of_the_calendar_nothing_fails(text: str, day: date) -> None:
    last_day(text, day)


def test_a_project_without_an_expected_completion_has_no_deadline() -> None:
    assert deadline_of(project(), WRITTEN) is None


def test_of_several_languages_the_latest_counts() -> None:
    assert deadline_of(project(en="Q3 2022", zh="2022年", ru="скоро"), WRITTEN) == date(2022, 12, 31)


def test_one_language_that_is_understood_is_enough() -> None:
    assert deadline_of(project(en="when the weather allows", zh="年底前"), WRITTEN) == date(2021, 12, 31)


def test_languages_that_contradict_each_other_give_none() -> None:
    assert deadline_of(project(en="end of 2021", zh="2022年底"), WRITTEN) is None


@pytest.mark.parametrize(
    ("text", "named"), [("end of 2021", True), ("二〇二一年底", True), ("年底前", False), ("by 12", False)]
)
def test_it_is_seen_whether_a_text_names_its_year(text: str, *, named: bool) -> None:
    assert names_a_year(text) == named
