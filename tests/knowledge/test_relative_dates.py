"""“By the end of the year” is told with the year in which it was written."""

from datetime import date

import pytest

from bot.knowledge.relative_dates import depends_on_its_day, with_year


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("It is to be finished by the end of the year.", "It is to be finished by the end of 2021."),
        ("It opens this year.", "It opens in 2021."),
        ("It opens in this year.", "It opens in 2021."),
        ("It opens next year.", "It opens in 2022."),
        ("by the end of next year", "by the end of 2022"),
        ("by the end of the year 2023", "by the end of the year 2023"),
        ("预计年底前建成。", "预计2021年底前建成。"),
        ("今年开工，明年完工。", "2021年开工，2022年完工。"),
        ("2022年底前", "2022年底前"),
        ("五年内完成，老年内科。", "五年内完成，老年内科。"),
        ("должен быть готов к концу года", "должен быть готов к концу 2021 года"),
        ("до конца 2022 года", "до конца 2022 года"),
        ("откроется в этом году", "откроется в 2021 году"),
        ("до конца следующего года", "до конца 2022 года"),
        ("в середине будущего года", "в середине 2022 года"),
        ("начнётся в начале этого года", "начнётся в начале 2021 года"),
        ("сдали в прошлом году", "сдали в 2020 году"),
        ("с прошлого года", "с 2020 года"),
        ("It opened last year.", "It opened in 2020."),
        ("at the end of last year", "at the end of 2020"),
        ("去年开工，后年完工。", "2020年开工，2023年完工。"),
        ("上年完工", "2020年完工"),
        ("plans for next year", "plans for 2022"),
        ("to be ready by next year", "to be ready by 2022"),
        ("open until this year", "open until 2021"),
        ("the children of this year's class", "the children of this year's class"),
    ],
)
def test_the_year_that_is_meant_is_said(text: str, dated: str) -> None:
    assert with_year(text, date(2021, 11, 12)) == dated


@pytest.mark.parametrize(
    "text",
    [
        "It opens next month.",
        "Work began three weeks ago.",
        "A tenth opens this summer.",
        "下个月开工",
        "明天开放",
        "откроется в следующем месяце",
        "начали две недели назад",
        "закончат этим летом",
    ],
)
def test_a_time_that_only_the_day_of_writing_gives_is_recognised(text: str) -> None:
    assert depends_on_its_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "It opens in May 2027.",
        "open every summer and winter",
        "每月一次，周末开放",
        "каждое лето",
        "летний театр",
        "работает неделю",
    ],
)
def test_other_times_are_told_as_they_are(text: str) -> None:
    assert not depends_on_its_day(text)
