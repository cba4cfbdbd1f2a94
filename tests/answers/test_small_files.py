"""Questions to small files: what a few words decide, and what general topics of every city would win by theirs."""

import pytest

from bot.answers.answer import Found, NotFound, Overview, matches_of
from tests.console import Ask, ask_in


@pytest.fixture(scope="module")
def ask_tuoan() -> Ask:
    return ask_in("eleventh_city")


@pytest.fixture(scope="module")
def ask_weavers() -> Ask:
    return ask_in("fourteenth_city")


@pytest.mark.parametrize(
    ("before", "text", "told"),
    [
        ("老楼装电梯有没有补贴", "那找哪个申请嘛", "居委会"),
        ("河东健身中心啥时候开", "水好深多长", "50米"),
        ("妇幼保健院新院区搬了吗", "坐几路车去", "18路"),
        ("初中女生免费疫苗", "在哪打", "社区卫生服务中心"),
    ],
)
def test_a_question_in_the_words_of_a_fact_of_the_project_before_gets_that_fact(
    ask_tuoan: Ask, before: str, text: str, told: str
) -> None:
    assert told in ask_tuoan(before, text).reply.text


@pytest.mark.parametrize("text", ["我的社保卡在哪换", "明天下雨吗", "驾照到期咋换"])
def test_another_matter_after_a_project_is_not_about_the_project(ask_tuoan: Ask, text: str) -> None:
    assert isinstance(ask_tuoan("妇幼保健院新院区", text).decision.answer, NotFound)


@pytest.mark.parametrize(
    ("text", "area"),
    [("58个小区搞完了几个", "housing"), ("学校方面有些啥子项目", "schools"), ("医疗卫生有哪些项目", "health")],
)
def test_a_subject_that_a_title_names_is_told_and_not_the_whole_list(ask_tuoan: Ask, text: str, area: str) -> None:
    answer = ask_tuoan(text).decision.answer
    assert not isinstance(answer, Overview | NotFound)
    assert [match.area.id for match in matches_of(answer)] == [area]


@pytest.mark.parametrize(
    ("city", "text", "told"),
    [
        ("third_city", "will my heating bill go down after the insulation", "by 30 percent"),
        ("seventh_city", "is the dump on Harbour Road open on a monday", "except on Mondays"),
        ("eighth_city", "роддом новый будет?", "роддом"),
        ("thirteenth_city", "where did all the coin meters go", "taken away"),
    ],
)
def test_a_question_is_answered_instead_of_asked_back_about_if_only_one_area_says_its_words(
    city: str, text: str, told: str
) -> None:
    answered = ask_in(city)(text)
    assert isinstance(answered.decision.answer, Found)
    assert told in answered.reply.text


@pytest.mark.parametrize("text", ["can you put us on the list for a place", "道里区哪家养老院便宜又好"])
def test_words_that_several_areas_say_or_none_do_not_make_a_question_answered(ask: Ask, text: str) -> None:
    assert not isinstance(ask(text).decision.answer, Found)


def test_a_word_that_asks_for_something_is_no_misspelling(ask_weavers: Ask) -> None:
    assert "достроят" in ask_weavers("когда достроят").decision.interpretation.query.tokens


def test_a_number_does_not_name_a_project(ask_weavers: Ask) -> None:
    assert isinstance(ask_weavers("автобус 5 опять не приехал").decision.answer, NotFound)


def test_who_asks_when_something_will_be_finished_gets_that_date(ask_weavers: Ask) -> None:
    finished = ask_weavers("когда хоспис достроят").reply.text
    assert "в марте 2028 года" in finished
    assert "круглые сутки" not in finished


def test_who_asks_whether_something_will_be_there_by_new_year_gets_its_date(ask_weavers: Ask) -> None:
    assert "к 20 декабря 2026 года" in ask_weavers("лыжня с фонарями будет к новому году?").reply.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("во что обошёлся ремонт клуба", "196 миллионов"),
        ("за занятия для пожилых платить надо?", "бесплатные"),
        ("какая мощность у снегоплавилки", "3500 кубометров"),
        ("возьмут ли женщину в клуб пенсионеров", "от 55 лет"),
        ("чьими силами кладут трубы на Фабричной", "«Водосток»"),
    ],
)
def test_a_fact_is_asked_for_in_other_words_than_its_own(ask_weavers: Ask, text: str, told: str) -> None:
    assert told in ask_weavers(text).reply.text


def test_who_does_something_is_told_if_the_project_has_one_fact_about_it(ask_weavers: Ask) -> None:
    assert ask_weavers("чья организация роет Фабричную").reply.text.startswith("Трубы кладёт предприятие «Водосток».")
