"""Hours and prices of a listed thing are told, although such questions could be about any place."""

import pytest

from bot.answers.answer import NotFound
from bot.publishing.files.load import load_content
from tests.cases.clerk.score import added
from tests.console import Ask, ask_in, prepare_once, shipped_embedder


def test_the_price_of_a_thing_that_is_named_by_a_word_of_its_own_is_told() -> None:
    assert "£7 for everybody else" in ask_in("sixth_city")("ticket price for the halcyon").reply.text


def test_what_a_project_costs_is_not_the_price_of_a_ticket() -> None:
    answered = ask_in("seventh_city")("price of a monthly tram pass")
    assert isinstance(answered.decision.answer, NotFound)
    assert "41 million" not in answered.reply.text


def test_a_question_about_a_fee_is_not_answered_with_what_the_project_costs_the_city() -> None:
    ask = ask_in("eleventh_city")
    assert ask("三桥过去要不要交钱哦").reply.text.startswith("建成后过桥不收费。")
    assert ask("三桥总共投资多少").reply.text.startswith("三桥总投资4.6亿元。")


def test_how_much_is_invested_asks_for_a_cost_and_not_for_a_number_of_places(ask: Ask) -> None:
    assert ask("托育中心投资多少").reply.text.startswith("报道没有提到费用和价格。")


def test_the_hours_of_what_was_talked_about_are_told() -> None:
    loaded = load_content(added("ice-rink"))
    assert loaded.knowledge
    ask = Ask(prepare_once(loaded.knowledge, loaded.digest, embedder=shipped_embedder()))
    assert ask("ice skating", "open on sundays?").reply.text.startswith("The rink will be open from 10 am to 9 pm")
    assert isinstance(ask("ice skating", "what will the weather be on sunday").decision.answer, NotFound)
    assert isinstance(ask("open on sundays?").decision.answer, NotFound)


@pytest.mark.parametrize(
    ("city", "text", "told"),
    [
        ("thirteenth_city", "is the crisis team around on weekends", "from noon to midnight"),
        ("eighth_city", "шестая поликлиника по выходным принимает?", "с 9 до 14 часов"),
    ],
)
def test_a_part_of_the_day_or_the_week_asks_for_the_hours_of_what_is_named(city: str, text: str, told: str) -> None:
    assert told in ask_in(city)(text).reply.text


@pytest.mark.parametrize("text", ["is a grave free", "are graves free of charge?"])
def test_a_price_answers_whether_something_is_free(text: str) -> None:
    assert ask_in("thirteenth_city")(text).reply.text.startswith("A grave costs residents $1,150")


def test_what_a_project_cost_the_city_does_not_say_whether_it_is_free() -> None:
    assert ask_in("second_city")("is the playground free?").reply.text.startswith("I don't know")
