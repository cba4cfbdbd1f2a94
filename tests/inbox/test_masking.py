"""Personal data is masked before a question is stored."""

import random
import re
import string
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.inbox.masking import mask

#: The ten digits as people and their keyboards write them.
WRITINGS = {
    "ascii": "0123456789",
    "full width": "０１２３４５６７８９",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "devanagari": "०१२३४५६७८९",
    "mathematical": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "chinese": "零一二三四五六七八九",
    "chinese circle": "〇一二三四五六七八九",
    "chinese phone": "零幺二三四五六七八九",
    "chinese formal": "零壹贰叁肆伍陆柒捌玖",
}
SEPARATORS = ["", " ", "-", ".", "·", "\u200b", "\u00a0", " - ", "—", "/"]
PERSONAL = {
    "identity card": "230102198506154321",
    "mobile": "13904511234",
    "russian mobile": "89161234567",
    "landline": "04518765432",
    "bank card": "6222021234567890123",
    "passport": "4509123456",
    "local number": "8765432",
}


def digits_in(text: str) -> int:
    """Count the digits of any script in a text."""
    chinese = "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
    return sum(character.isdecimal() or character in chinese for character in unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("kind", PERSONAL)
@pytest.mark.parametrize("writing", WRITINGS)
def test_a_personal_number_is_masked_in_every_writing(kind: str, writing: str) -> None:
    for separator in SEPARATORS:
        number = separator.join(WRITINGS[writing][int(digit)] for digit in PERSONAL[kind])

        masked = mask(f"please call {number} about the heating")

        assert digits_in(masked) == 0, masked
        assert "[number]" in masked
        assert masked.endswith("about the heating")


@settings(max_examples=300)
@given(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.text(string.digits, min_size=7, max_size=19),
    st.sampled_from(sorted(WRITINGS)),
    st.lists(st.sampled_from(SEPARATORS), min_size=20, max_size=20),
    st.text(st.characters(codec="utf-8"), max_size=60),
)
@example("", "2021111", "ascii", [""] * 20, "")
def test_no_run_of_seven_digits_is_left_whatever_stands_around_it(
    before: str, digits: str, writing: str, separators: list[str], after: str
) -> None:
    number = "".join(WRITINGS[writing][int(d)] + s for d, s in zip(digits, separators, strict=False))

    masked = mask(f"{before} {number} {after}")

    ascii_digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in masked)
    for run in re.findall(r"\d{7,}", ascii_digits):
        assert re.fullmatch(r"(?:(?:19|20)\d\d)+", run), masked


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_masking_never_fails_and_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)

    assert mask(once) == once
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in once)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("my name is John Smith and my radiator is cold", "Smith"),
        ("My name's Olga, when will the clinic open", "Olga"),
        ("my name is john smith from daoli", "smith"),
        ("我叫王小明，想问托育", "王小明"),
        ("我叫王小明想问托育", "王小明"),
        ("我的名字是李娜。供热什么时候修", "李娜"),
        ("我姓欧阳，请问", "欧"),
        ("меня зовут Иван Петров, когда отопление", "Петров"),
        ("меня зовут анна сергеевна иванова когда отопление", "иванова"),
        ("Моя фамилия Кузнецов", "Кузнецов"),
        ("write to olga.petrova+city@mail.example.ru please", "petrova"),
        ("olga (at) mail.ru", "olga"),
        ("write me @olga_petrova", "olga"),
        ("＠olga_petrova", "olga"),
        ("see https://t.me/joinchat/AAAAAE0000secret", "secret"),
        ("t.me/olga_petrova", "olga"),
        ("open example.com/reset?token=abcdef", "abcdef"),
        ("我的车黑A12345被拖走了", "12345"),
        ("新能源黑AD12345停哪", "12345"),
        ("黑A·B1234", "1234"),
        ("мой номер А123ВС77 эвакуировали", "123"),
        ("а 123 вс 177", "123"),
        ("A123BC77", "123"),
        ("my car AB-123-CD was towed", "123"),
        ("plate B-MW 1234", "1234"),
        ("身份证 23010219850615432X", "2301"),
        ("звоните 45-67-89", "45-67"),
        ("+7 (916) 123-45-67", "916"),
        ("139 0451 1234", "0451"),
        ("номер О777ОО799 стоит во дворе", "777"),
        ("plate 123ABC02 from Almaty", "123"),
        ("京N·8P8F8停在消防通道", "8P8"),
        ("visa 4111-1111-1111-1111 exp 12/27", "1111"),
        ("卡号：6217 0003 4000 1234 567", "6217"),
        ("снилс 112-233-445 95", "233"),
        ("почта ivan собака yandex точка ru", "ivan"),
        ("write to john dot doe at gmail dot com", "doe"),
        ("пишите на анна@почта.рф", "анна"),
        ("name: Alice Johnson, street 5", "alice"),
        ("I'm Maria Gonzalez and my heating is off", "maria"),
        ("This is Peter Brown, when is it fixed", "brown"),
        ("Я Мария Иванова, когда включат отопление", "мария"),
        ("Здравствуйте, это Анна-Мария Петрова", "петрова"),
        ("фамилия Сидоров", "сидоров"),
        ("敝姓陈，想问托育", "陈"),
    ],
)
def test_names_plates_accounts_and_links_are_masked(text: str, secret: str) -> None:
    assert secret.casefold() not in mask(text).casefold()


@pytest.mark.parametrize(
    "text",
    [
        "what was fixed on 2021-03-16 by the deputies",
        "which projects are on the list of 2021 - 2022",
        "2021年11月12日的名单有哪些项目",
        "is hospital No. 6 finished",
        "why do I pay 1200 yuan a month",
        "第六医院几层楼",
        "сколько стоит 50000 или 100000",
        "bus 104 and bus 12 and tram 3",
        "is 18 degrees normal at 22:30",
        "когда включат отопление в доме 15 корпус 2",
        "call the 12345 hotline",
        "when will the plan for 100 kindergartens be done",
        "I am in Harbin and this is important",
        "Is this the Sixth Hospital",
        "это Харбин или нет",
        "я живу в доме 17 корпус 3",
        "look at the dot on the map",
        "我是老人能申请吗",
    ],
)
def test_what_is_not_personal_data_stays(text: str) -> None:
    assert mask(text) == text


def test_controls_line_breaks_and_long_texts_become_one_short_line() -> None:
    masked = mask("a\nb\x00c\u202ed\u2028e " + "x" * 5000)

    assert masked.startswith("a b cd e x")
    assert len(masked) == 1000


def test_four_thousand_emoji_take_no_time_and_stay_short() -> None:
    assert len(mask("🙂" * 4096)) == 1000


def test_hostile_repetitions_take_no_time() -> None:
    """Patterns with nested repetitions could take minutes on such texts."""
    random.seed(1)
    for piece in ("1-", "a.", "@", "黑A", "my name is ", "меня зовут ", "a@", "1 ", "/", "．", "我叫", "9" * 50 + "a"):
        assert len(mask(piece * 4000)) <= 4000


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("暖气不热，打哪个电话？", "暖气不热，打哪个电话？"),
        ("暖气不热,打哪个电话?!", "暖气不热，打哪个电话？！"),
        ("托育中心(道里)几点开:早上8:30吗", "托育中心（道里）几点开：早上8:30吗"),
        ("is it open, yes?", "is it open, yes?"),
    ],
)
def test_chinese_keeps_chinese_marks(written: str, kept: str) -> None:
    assert mask(written) == kept
