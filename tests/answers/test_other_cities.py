"""A reply to a message that names another city says which city it is about."""

import pytest

from bot.answers.understanding.other_cities import names_another_city
from tests.console import Ask, small_snapshot

NOTES = ("know nothing about other cities", "其他城市的情况我不了解", "о других городах")


def has_note(text: str) -> bool:
    return any(note in text for note in NOTES)


@pytest.mark.parametrize(
    "text",
    [
        "how many nursing beds is Beijing adding",
        "长春养老院加多少床位",
        "北京加多少护理床位",
        "сколько мест добавят домам престарелых Москвы",
    ],
)
def test_who_asks_about_another_city_reads_which_city_the_reply_is_about(ask: Ask, text: str) -> None:
    assert has_note(ask(text).reply.text)


@pytest.mark.parametrize(
    "text",
    [
        "how many nursing beds is Harbin adding",
        "养老院加多少床位",
        "哈尔滨养老院加多少床位",
        "what has Shenzhen got to do with our medicine",
        "сколько мест добавят домам престарелых",
        "tell Beijing that I love it",
    ],
)
def test_a_city_of_the_knowledge_and_a_reply_about_no_project_need_no_such_note(ask: Ask, text: str) -> None:
    assert not has_note(ask(text).reply.text)


@pytest.mark.parametrize(
    "text", ["the clinic on Beijing Road", "上海路的诊所", "клиника на Московской улице", "变成都市"]
)
def test_a_street_and_other_words_are_no_city(text: str) -> None:
    assert not names_another_city(text, small_snapshot())


@pytest.mark.parametrize("text", ["is it like in London", "跟首尔一样吗", "а как в Санкт-Петербурге", "а в Шанхае"])
def test_a_city_is_recognised_in_each_language(text: str) -> None:
    assert names_another_city(text, small_snapshot())
