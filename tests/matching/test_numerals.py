"""A number is the same number in every writing of the three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.normalize import to_query
from tests.typos import few


@pytest.mark.parametrize(
    ("number", "writings"),
    [
        ("1000", ["1000", "1,000", "1 000", "1\u00a0000", "1，000", "１０００", "一千", "1 thousand", "тысяча"]),
        ("1500", ["1500", "1,500", "1 500", "一千五", "一千五百", "1 тысяча 500", "полторы тысячи"]),
        ("2000", ["2000", "2,000", "2 000", "两千", "二千", "two thousand", "две тысячи", "2 тыс", "2 тысячи", "兩千"]),
        ("3000", ["3,000", "三千", "three thousand", "три тысячи", "трех тысяч"]),
        ("6", ["6", "No 6", "No. 6", "№6", "№ 6", "number 6", "номер 6", "#6", "第六", "第6", "sixth", "6th", "six"]),
        ("6", ["шестая", "шестой", "шестую", "шесть", "шести"]),
        ("1", ["No 1", "number one", "номер один", "first", "1st", "第一", "первая", "первую", "первой"]),
        ("10", ["ten", "десять", "десяти", "十", "10"]),
        ("300", ["three hundred", "триста", "三百", "300"]),
        ("110", ["一百一十", "110"]),
        ("105", ["一百零五", "105"]),
        ("12", ["twelve", "十二", "12"]),
    ],
)  # fmt: skip
def test_all_writings_of_a_number_are_that_number(number: str, writings: list[str]) -> None:
    for writing in writings:
        assert to_query(f"{writing} ...").tokens == (number,), writing
        assert to_query(writing.upper()).tokens == (number,), writing


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the sixth hospital", "6"),
        ("第六医院", "6"),
        ("六院", "6"),
        ("市六院", "6"),
        ("шестая больница", "6"),
        ("больница №6", "6"),
        ("plant No 2", "2"),
        ("二水厂", "2"),
        ("вторая станция", "2"),
        ("1,000 nursing beds", "1000"),
        ("一千张护理床位", "1000"),
        ("тысяча коек", "1000"),
    ],
)
def test_a_number_in_a_question_is_one_token(text: str, number: str) -> None:
    assert numbers(text) == [number]


def test_two_numbers_stay_two() -> None:
    assert numbers("2,000 normal and 1,000 nursing beds") == ["2000", "1000"]
    assert numbers("一、二水厂") == ["1", "2"]
    assert numbers("plants No 1 and No 2") == ["1", "2"]


@pytest.mark.parametrize("text", ["the new one", "which one is it", "один дома", "no, thanks", "сторож"])
def test_a_word_that_only_looks_like_a_number_stays_a_word(text: str) -> None:
    assert numbers(text) == []


def numbers(text: str) -> list[str]:
    return [token for token in to_query(text).tokens if token.isdigit()]


def in_chinese(number: int) -> str:
    """A number from 10 to 9,999 as one writes it in Chinese."""
    written, gap = "", False
    for digit, unit in zip(f"{number:04d}", ["千", "百", "十", ""], strict=True):
        if digit == "0":
            gap = bool(written)
        else:
            written += "零" * gap + "零一二三四五六七八九"[int(digit)] + unit
            gap = False
    return written.removeprefix("一") if written.startswith("一十") else written


@few
@given(st.integers(10, 9999))
def test_a_chinese_number_is_its_digits(number: int) -> None:
    assert to_query(in_chinese(number)).tokens == (str(number),)
    assert to_query(f"{in_chinese(number)}张床位").tokens[0] == str(number)


@few
@given(st.integers(1000, 10**12), st.sampled_from([",", " ", "\u00a0", "，"]))
def test_a_number_with_separators_is_its_digits(number: int, separator: str) -> None:
    assert to_query(f"{number:,}".replace(",", separator)).tokens == (str(number),)
