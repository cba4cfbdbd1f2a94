"""A message that is created in one place and rendered in another, in the language needed there."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES
from bot.i18n.message import NOTHING, LazyMessage, from_json, lazy_gettext

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SAYINGS = st.recursive(
    st.builds(lambda text: lazy_gettext("there is no area {id}", id=text), TEXTS),
    lambda inner: st.builds(
        lambda field, owner: lazy_gettext("{field} of {owner}", field=field, owner=owner),
        inner,
        inner | TEXTS | st.integers(),
    ),
    max_leaves=5,
)


@given(SAYINGS)
def test_a_message_survives_a_round_trip_through_json(said: LazyMessage) -> None:
    assert from_json(json.loads(json.dumps(said.as_json()))) == said


@given(TEXTS)
def test_values_of_a_message_are_never_read_as_placeholders(text: str) -> None:
    said = lazy_gettext("there is no area {id}", id=text)
    assert str(said) == f"there is no area {text}"
    assert said.render(translator_in("ru")) == f"нет направления {text}"


def test_parts_of_a_message_are_in_the_same_language() -> None:
    said = lazy_gettext("{name} is missing here", name=lazy_gettext("the file"))
    assert str(said) == "the file is missing here"
    assert said.render(translator_in("zh")) == "这里缺少文件"
    assert said.render(translator_in("ru")) == "файл: этого поля не хватает"


def test_a_day_in_a_message_is_written_as_the_language_writes_days() -> None:
    said = lazy_gettext("Source: {publisher}, {date}.", publisher="a", date=date(2021, 11, 12))
    assert said.render(translator_in("zh")) == "来源：a，2021年11月12日。"


def test_a_place_may_be_filled_later() -> None:
    assert str(lazy_gettext("{name} is longer than {number} characters").filled(name="x", number=80)) == (
        "x is longer than 80 characters"
    )


def test_no_message_renders_as_an_empty_text() -> None:
    assert not NOTHING
    assert [NOTHING.render(translator_in(language)) for language in LANGUAGES] == [""] * len(LANGUAGES)


def test_messages_are_sorted_by_their_english() -> None:
    assert min(lazy_gettext("use spaces"), lazy_gettext("keep one of them")) == lazy_gettext("keep one of them")
