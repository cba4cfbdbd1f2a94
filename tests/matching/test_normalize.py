"""However a text was typed, its Query equals that of the clean text, is small, and has the right language."""

import re
import string
import unicodedata

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.normalize import HEAD_CHARACTERS, TAIL_CHARACTERS, is_han, part_of, to_query
from tests.typos import ANY_TEXT, INVISIBLE, clean_questions, few, noisy_questions

TO_TRADITIONAL, TO_SIMPLIFIED = opencc.OpenCC("s2t"), opencc.OpenCC("t2s")
MAX_TOKENS = HEAD_CHARACTERS + TAIL_CHARACTERS


# --- Clean and dirty ---


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        ("per\u200bmit", "permit"),
        ("\u202eheating\u202c", "heating"),
        ("\ufeffheating", "heating"),
        ("hea\u00adting", "heating"),
        ("ＨＥＡＴＩＮＧ　ｐｉｐｅｓ", "heating pipes"),
        ("HeAtInG", "heating"),
        ("h\u0336e\u0336a\u0336t\u0336i\u0336n\u0336g\u0336", "heating"),
        ("he\u0301ating", "heating"),
        ("héating", "heating"),
        ("a" + "\u0301" * 300, "a"),
        ("ⅷ", "viii"),
        ("ﬁnished", "finished"),
        ("Ёлка ёлка", "елка елка"),
        ("ТОПЛИВО", "топливо"),
        ("свой", "сво\u0438\u0306"),
        ("養老護理", "养老护理"),
        ("醫療保險", "医疗保险"),
        ("бoльницa", "больница"),  # o and a are Latin
        ("hоspital", "hospital"),  # о is Cyrillic
    ],
)
def test_a_noisy_text_reads_as_the_clean_one(noisy: str, clean: str) -> None:
    assert to_query(noisy).tokens == to_query(clean).tokens != ()


@pytest.mark.parametrize(("text", "other"), [("が", "か"), ("ぱ", "は"), ("가", "각")])
def test_a_mark_that_makes_another_letter_is_no_accent(text: str, other: str) -> None:
    assert to_query(text).tokens != to_query(other).tokens
    assert to_query(unicodedata.normalize("NFD", text)) == to_query(text)


@pytest.mark.parametrize(
    "text", ["what is new", "Сколько коек добавят?", "医院什么时候建好", "свой ёж", "No 6, please"]
)
def test_an_invisible_character_anywhere_changes_nothing(text: str) -> None:
    for invisible in INVISIBLE:
        for place in range(len(text) + 1):
            assert to_query(text[:place] + invisible + text[place:]) == to_query(text)


@few
@given(noisy_questions())
def test_a_question_with_noise_gives_the_query_of_the_clean_one(pair: tuple[str, str]) -> None:
    clean, noisy = pair
    assert to_query(noisy) == to_query(clean)


@few
@given(clean_questions())
def test_traditional_characters_give_the_query_of_simplified_ones(question: str) -> None:
    traditional = TO_TRADITIONAL.convert(question)
    # Some traditional characters have two simplified ones; only what comes back is the same text.
    if TO_SIMPLIFIED.convert(traditional) == question:
        assert to_query(traditional) == to_query(question)


def test_short_i_keeps_its_breve_and_io_loses_its_dots() -> None:
    assert to_query("Йод ЁЖ йод ёж").tokens == ("йод", "еж", "йод", "еж")


def test_chinese_characters_are_tokens_of_their_own_and_words_and_numbers_stay_whole() -> None:
    query = to_query("哈尔滨 Hospital №6, it's 第六医院")
    assert query.tokens == ("哈", "尔", "滨", "hospital", "6", "it's", "6", "医", "院")
    assert [is_han(token) for token in query.tokens] == [True] * 3 + [False] * 4 + [True] * 2


# --- Any text at all ---


def promise(text: str) -> None:
    query = to_query(text)
    assert len(query.tokens) <= MAX_TOKENS
    assert all(query.tokens)
    assert not any(unicodedata.category(character) in ("Cf", "Mn", "Me") for character in query.text)
    assert query.tokens or query.language is None


@settings(few, max_examples=200)
@given(ANY_TEXT)
def test_any_text_gives_a_small_query(text: str) -> None:
    promise(text)


@pytest.mark.soak
@settings(few, max_examples=50_000)
@given(ANY_TEXT)
def test_many_texts_give_a_small_query(text: str) -> None:
    promise(text)


@pytest.mark.parametrize("character", ["a", "я", "院", "\ufdfa", "\u0301", "\u200b", "😀", "一", "1", "?", "\x00"])
def test_4096_characters_give_a_small_query(character: str) -> None:
    query = to_query(character * 4096)
    assert len(query.tokens) <= MAX_TOKENS
    assert len(query.text) <= MAX_TOKENS + 1


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    first, middle, last = "heating", "childcare", "hospital"
    tokens = to_query(f"{first} {'x ' * 1000}{middle} {'x ' * 1000}{last}").tokens
    assert first in tokens
    assert middle not in tokens
    assert last in tokens


@given(clean_questions(), clean_questions())
@few
def test_a_part_of_a_message_says_what_it_says_as_a_message_of_its_own(first: str, second: str) -> None:
    message = to_query(f"{first}, {second}")
    for piece in re.split("[.,!?，。！？]", message.text):
        part, alone = part_of(message, piece), to_query(piece)
        assert (part.text, part.tokens) == (alone.text, alone.tokens)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "?", "!?…", "😀🏥", "\u200b", "\u0301", "—", "%"])
def test_a_text_without_letters_and_digits_has_no_tokens_and_no_language(text: str) -> None:
    query = to_query(text)
    assert (query.tokens, query.language) == ((), None)


# --- Languages ---


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("new childcare center?", "en"),
        ("托儿中心什么时候建好", "zh"),
        ("Сколько коек?", "ru"),
        ("Harbin的医院", "zh"),
        ("第六医院 WHO 项目", "zh"),
        ("больница TCM", "ru"),
        ("12345", None),
        ("養老", "zh"),
        ("ＨＥＡＴＩＮＧ", "en"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str | None) -> None:
    assert to_query(text).language == language


@few
@given(st.text(string.ascii_letters, min_size=1))
def test_latin_letters_alone_are_english(text: str) -> None:
    assert to_query(text).language == "en"
