"""A number is the same in every notation of the three languages."""

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
        ("1500", ["1,5 тысячи", "1,5 тыс.", "1½ тысячи", "полутора тысяч", "тысячи пятисот", "1.500", "1,5к", "1.5k"]),
        ("1500", ["1.5 thousand", "one and a half thousand", "fifteen hundred", "one thousand five hundred"]),
        ("1500", ["1千5百", "1千5", "1千500", "壹仟伍佰", "1.5千", "一点五千", "一千五佰", "одна тысяча пятьсот"]),
        ("1500", ["一千半", "1千半", "十五百", "千五", "1k5", "1к5", "тысяча с половиной", "a thousand and a half"]),
        ("1500", ["one-and-a-half thousand", "one point five thousand", "15 hundred", "0.15w"]),
        ("2000", ["пару тысяч", "пара тысяч", "a couple of thousand", "couple thousand", "二十百"]),
        ("5000", ["тысяч пять", "five thousand", "пять тысяч"]),
        ("3000", ["тысячи три", "тыщи три", "0.3w", "0.3 w"]),
        ("35000", ["三万半", "3.5w", "三点五万"]),
        ("250000", ["a quarter of a million", "quarter of a million", "четверть миллиона", "0.25 million"]),
        ("750000", ["three quarters of a million"]),
        ("250", ["two and a half hundred", "250"]),
        ("150", ["полторы сотни", "полтораста", "一百半"]),
        ("200", ["пару сотен", "две сотни", "a couple of hundred"]),
        ("12", ["a dozen", "дюжина", "dozen"]),
        ("24", ["two dozen", "две дюжины"]),
        ("6", ["half a dozen", "полдюжины"]),
        ("10", ["десяток", "десятка"]),
        ("2500", ["2½ тысячи", "two and a half thousand", "две с половиной тысячи", "2,5 тыс", "2500"]),
        ("3000", ["3千", "3 千", "叁仟", "三仟", "0.3万", "０．３万", "零点三万", "3к", "3k", "3K", "3 k", "3.000"]),
        ("3000", ["тремя тысячами", "трёх тысяч", "трем тысячам", "3.0 thousand", "3 thousands", "3 тыс.", "3тыс"]),
        ("3000", ["3-х тысяч", "3-мя тысячами", "3-м тысячам", "3 тыщи", "three-thousand", "thirty hundred"]),
        ("3000", ["3'000", "3’000", "3_000", "参仟", "參仟", "三〇〇〇", "三零零零", "0,3万"]),
        ("2021", ["2021", "二〇二一", "二零二一"]),
        ("2500", ["twenty-five hundred", "twenty five hundred", "2’500"]),
        ("1000", ["a thousand", "one thousand", "одной тысячи", "тысячей", "壹仟", "1千", "0.1万", "1к"]),
        ("500", ["half a thousand", "полтысячи", "пятисот", "пятьюстами", "five hundred", "5百", "伍佰"]),
        ("12000", ["1万2千", "1.2万", "twelve thousand", "двенадцати тысяч", "12к"]),
        ("110", ["one hundred and ten", "сто десять", "a hundred ten"]),
        ("25", ["twenty-five", "twenty five", "двадцать пять", "двадцати пяти"]),
        ("25", ["twenty-fifth", "25th", "двадцать пятая", "двадцать пятой", "第二十五", "第25"]),
        ("21", ["twenty-first", "21st", "двадцать первая", "двадцать первого", "第二十一"]),
        ("11", ["eleventh", "одиннадцатая", "11th", "第十一"]),
        ("20", ["twentieth", "двадцатая", "двадцатый", "第二十"]),
        ("101", ["one hundred and first", "сто первая", "сто первой"]),
        ("1500", ["1 1/2 thousand", "1-1/2 thousand", "1 1/2 тысячи"]),
        ("1500000", ["1.5 million", "1,5 млн", "1,5 млн.", "полтора миллиона", "one and a half million", "1½ млн"]),
        ("1500000", ["1 1/2 million", "150万", "一百五十万", "1 million 500 thousand", "1 миллион 500 тысяч"]),
        ("2000000", ["2 million", "two million", "2 млн", "два миллиона", "двух миллионов", "2mln", "两百万"]),
        ("500000", ["half a million", "пол миллиона", "0,5 млн"]),
        ("3000000000", ["3 billion", "3 млрд", "три миллиарда", "30亿", "3bn"]),
        ("1000000", ["a million", "one million", "1 миллион", "одного миллиона"]),
        ("200000000", ["2亿", "两亿"]),
        ("6", ["6", "No 6", "No. 6", "№6", "№ 6", "number 6", "номер 6", "#6", "第六", "第6", "sixth", "6th", "six"]),
        ("6", ["шестая", "шестой", "шестую", "шесть", "шести"]),
        ("1", ["No 1", "number one", "номер один", "first", "1st", "第一", "первая", "первую", "первой"]),
        ("10", ["ten", "десять", "десяти", "十", "10"]),
        ("300", ["three hundred", "триста", "三百", "300"]),
        ("110", ["一百一十", "110"]),
        ("105", ["一百零五", "105"]),
        ("12", ["twelve", "十二", "12"]),
    ],
)
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
        ("市陆院", "6"),
        ("三小学", "3"),
        ("二污水厂", "2"),
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
    assert numbers("two thousand and one thousand") == ["2000", "1000"]
    assert numbers("2 тысячи обычных и 1 тысяча с уходом") == ["2000", "1000"]
    assert numbers("две тысячи, пять больниц") == ["2000", "5"]
    assert numbers("больницы 20 5") == ["20", "5"]
    assert numbers("пять тысяч пять") == ["5005"]


@pytest.mark.parametrize(
    "text",
    ["2-3 thousand beds", "two to three thousand beds", "2–3k beds", "две-три тысячи коек", "2 или 3 тысячи коек"],
)
def test_both_ends_of_a_range_are_thousands(text: str) -> None:
    assert numbers(text) == ["2000", "3000"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [("两千五六张床", ["2500", "2600"]), ("一千二三百", ["1200", "1300"]), ("两千五六百", ["2500", "2600"])],
)
def test_an_estimate_after_a_thousand_has_two_ends(text: str, ends: list[str]) -> None:
    assert numbers(text) == ends


@pytest.mark.parametrize(("text", "number"), [("千把张床", "1000"), ("千余张床", "1000"), ("百余张", "100")])
def test_about_a_thousand_is_a_thousand(text: str, number: str) -> None:
    assert numbers(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "the new one",
        "which one is it",
        "один дома",
        "no, thanks",
        "thousands of beds",
        "millions of people",
        "миллионы людей",
        "сотрудник",
        "сторож",
        "сколько тысяч коек",
        "несколько тысяч",
        "a few thousand beds",
        "several thousand",
        "dozens of hospitals",
        "десятки больниц",
        "пара вопросов",
        "про семью",
        "大陆医院",
        "队伍",
    ],
)
def test_a_word_that_only_looks_like_a_number_stays_a_word(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize("text", ["三四千张床位", "几千张床位"])
def test_an_estimate_is_not_a_single_number(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(("text", "number"), [("1.5K张床位", "1500"), ("1.5w张床位", "15000"), ("3w个床位", "30000")])
def test_chinese_characters_may_follow_the_sign_of_a_thousand(text: str, number: str) -> None:
    assert numbers(text) == [number]


def test_half_a_year_after_a_number_stays_half_a_year() -> None:
    assert numbers("一百半年票") == ["100"]


def test_the_stop_of_an_abbreviated_thousand_does_not_part_the_question() -> None:
    assert to_query("1,5 тыс. коек").text == "1500 коек"
    assert to_query("3 тысячи. Пять больниц").text == "3000. 5 больниц"


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


_CHEQUE = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_ENGLISH = (
    "_ one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_ENGLISH_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_RUSSIAN = (
    "_ один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
).split()
_RUSSIAN_TENS = "_ _ двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
_RUSSIAN_HUNDREDS = "_ сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()


def in_words(number: int, ones: list[str], tens: list[str], hundreds: list[str]) -> list[str]:
    """The words of a number from 1 to 999."""
    last = number % 100
    words = [hundreds[number // 100]] if number >= 100 else []
    if last < 20:
        return [*words, ones[last]] if last else words
    return [*words, tens[last // 10], ones[last % 10]] if last % 10 else [*words, tens[last // 10]]


def writings(number: int) -> list[str]:
    """A number from 1,000 to 9,999 as it is written in the three languages."""
    thousands, rest = divmod(number, 1000)
    chinese = in_chinese(number)
    english = [_ENGLISH[thousands], "thousand"]
    english += in_words(rest, _ENGLISH, _ENGLISH_TENS, [f"{word} hundred" for word in _ENGLISH])
    russian = {1: ["одна", "тысяча"], 2: ["две", "тысячи"], 3: ["три", "тысячи"], 4: ["четыре", "тысячи"]}.get(
        thousands, [_RUSSIAN[thousands], "тысяч"]
    ) + in_words(rest, _RUSSIAN, _RUSSIAN_TENS, _RUSSIAN_HUNDREDS)
    short = f"{number / 1000:.3f}".rstrip("0").rstrip(".")
    units = [f"{short}{unit}" for unit in ("k", "к", " thousand", " тыс.", " тысячи", "千")]
    units += [f"{short.replace('.', ',')}{unit}" for unit in (" тыс.", " тысяч", "к")]
    return [
        chinese,
        chinese.translate(_CHEQUE),
        f"{number / 10000:g}万",
        " ".join(english),
        " ".join(russian),
        *(unit for unit in units if len(short) < 5),
        f"{number:,}".replace(",", "."),
        str(number),
    ]


@few
@given(st.integers(1000, 9999) | st.integers(10, 99).map(lambda hundreds: hundreds * 100))
def test_every_writing_of_a_number_is_its_digits(number: int) -> None:
    for writing in writings(number):
        assert to_query(f"{writing} ?").tokens == (str(number),), writing


@few
@given(st.integers(1000, 10**12), st.sampled_from([",", " ", "\u00a0", "，"]))
def test_a_number_with_separators_is_its_digits(number: int, separator: str) -> None:
    assert to_query(f"{number:,}".replace(",", separator)).tokens == (str(number),)
