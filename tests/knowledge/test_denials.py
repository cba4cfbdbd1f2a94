"""Sentences about what the source does not say are told apart from other sentences."""

import pytest

from bot.knowledge.denials import is_denial


@pytest.mark.parametrize(
    "sentence",
    [
        "The source gives no start or finishing dates.",
        "The source does not name the individual sites.",
        "Neither a completion date nor any progress has been reported.",
        "Its address is not given.",
        "来源没有给出开工或完工日期。",
        "报道未提进展。",
        "报道中没有提到费用。",
        "Сроки не указаны.",
        "О ходе работ не сообщается.",
        "Перечня услуг в источнике нет.",
    ],
)
def test_a_gap_is_a_gap_in_every_language(sentence: str) -> None:
    assert is_denial(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "A meal costs 8 yuan.",
        "It opens in June 2027.",
        "一餐8元。",
        "2027年6月底前开放。",
        "Обед стоит 8 юаней.",
        "Откроют в июне.",
    ],
)
def test_a_statement_is_not_a_denial(sentence: str) -> None:
    assert not is_denial(sentence)
