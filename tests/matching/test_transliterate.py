"""A question typed on the wrong keyboard, in Latin Russian or in pinyin is understood, and answered in its language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.snapshot import Snapshot
from bot.matching.normalize import to_query
from bot.matching.transliterate import transliterations
from tests.console import Ask, kind_and_ids
from tests.typos import few

#: The same keys of an English and of a Russian keyboard, row by row.
_LATIN = "qwertyuiop[]" + "asdfghjkl;'" + "zxcvbnm,."
_RUSSIAN = "йцукенгшщзхъ" + "фывапролджэ" + "ячсмитьбю"
TYPED_ON_LATIN = str.maketrans(_RUSSIAN, _LATIN)
TYPED_ON_RUSSIAN = str.maketrans(_LATIN, _RUSSIAN)

RUSSIAN_WORDS = [
    "вода",
    "отопление",
    "больница",
    "шестая больница",
    "ясли",
    "медицинская страховка",
    "центр по уходу за детьми",
    "дом престарелых",
    "водоочистная станция",
    "сколько коек добавят",
    "тепловые сети",
]


@pytest.mark.parametrize("text", RUSSIAN_WORDS)
def test_russian_on_an_english_keyboard_is_answered_like_russian(ask: Ask, text: str) -> None:
    typed = ask(text.translate(TYPED_ON_LATIN))
    assert kind_and_ids(typed) == kind_and_ids(ask(text))
    assert typed.language == "ru"


@pytest.mark.parametrize(
    "text", ["heating", "hospital", "sixth hospital", "new childcare centre", "water plants", "insurance"]
)
def test_english_on_a_russian_keyboard_is_answered_like_english(ask: Ask, text: str) -> None:
    typed = ask(text.translate(TYPED_ON_RUSSIAN))
    assert kind_and_ids(typed) == kind_and_ids(ask(text))
    assert typed.language == "en"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("otoplenie", "отопление"),
        ("shestaya bolnitsa", "шестая больница"),
        ("shestaja bolnica", "шестая больница"),
        ("kogda dostroyat yasli", "когда достроят ясли"),
        ("meditsinskaya strakhovka", "медицинская страховка"),
    ],
)
def test_russian_in_latin_letters_is_about_the_same_as_russian(ask: Ask, typed: str, meant: str) -> None:
    kind, *about = kind_and_ids(ask(typed))
    assert kind in ("answer", "suggestions")
    assert about == list(kind_and_ids(ask(meant))[1:])
    assert ask(typed).language == "ru"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yiliao baoxian", "医疗保险"),
        ("tuoyu zhongxin", "托育中心"),
        ("tuoyuzhongxin", "托育中心"),
        ("Tuo Yu Zhong Xin", "托育中心"),
        ("yanglao chuangwei", "养老床位"),
        ("gongre", "供热"),
        ("kouqiang yiyuan", "口腔医院"),
        ("songhuajiang shuiyuan", "松花江水源"),
    ],
)
def test_pinyin_is_about_what_the_characters_are_about(ask: Ask, typed: str, meant: str) -> None:
    read, written = ask(typed), ask(meant)
    assert kind_and_ids(read)[0] in ("answer", "suggestions")
    assert area_of(read.decision.interpretation.areas) == area_of(written.decision.interpretation.areas)
    assert read.language == "zh"


def area_of(areas: tuple[tuple[str, float], ...]) -> str:
    return areas[0][0]


@pytest.mark.parametrize(
    "text", ["new childcare center?", "which hospitals are new?", "heating", "how many beds", "thanks"]
)
def test_english_stays_english(ask: Ask, text: str) -> None:
    assert ask(text).language == "en"


@pytest.mark.parametrize("text", ["вода", "шестая больница", "спасибо"])
def test_russian_stays_russian(ask: Ask, text: str) -> None:
    assert ask(text).language == "ru"


@few
@given(st.lists(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1), min_size=1, max_size=5).map(" ".join))
def test_what_was_meant_is_among_the_readings_of_the_wrong_keyboard(snapshot: Snapshot, text: str) -> None:
    typed = text.translate(TYPED_ON_LATIN)
    transliterated = list(transliterations(typed, snapshot.engine.learned.spelling))
    # Some Russian letters lie on keys without a Latin letter; a text of only those shows no language.
    assert ("ru", to_query(text)) in transliterated or not any(letter.isalpha() for letter in typed)


@few
@given(st.text())
def test_any_text_has_readings_that_are_queries(snapshot: Snapshot, text: str) -> None:
    for language, query in transliterations(text, snapshot.engine.learned.spelling):
        assert language in ("en", "zh", "ru")
        assert all(query.tokens)
