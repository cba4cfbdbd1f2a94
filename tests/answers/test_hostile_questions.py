"""Hostile, dirty and endless questions: each gets the answer of the clean one, or the honest refusal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching.normalize import to_query
from tests.console import Ask, told
from tests.typos import dirtied, few, questions_to_dirty


@pytest.mark.soak
@settings(few, max_examples=5000)
@given(questions_to_dirty(), st.data())
def test_a_question_however_dirty_is_answered_like_the_clean_one(ask: Ask, question: str, data: st.DataObject) -> None:
    """Case, width, invisible letters, accents (C3)."""
    assert told(ask(data.draw(dirtied(question)))) == told(ask(question))


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("NEW CHILDCARE CENTER AND HOW MANY NURSING BEDS?", "new childcare center and how many nursing beds?"),
        ("new childcare center a\u200bnd how many nursing beds?", "new childcare center and how many nursing beds?"),
        ("new childcare center．how many nursing beds", "new childcare center. how many nursing beds"),
        ("ltncrbq\u200b wtynh", "ltncrbq wtynh"),
        ("tuo\u200ber zhongxin", "tuoer zhongxin"),
        ("ｄｊｌｆ", "djlf"),
        ("НОВЫЙ ДЕТСКИЙ ЦЕНТР И ШЕСТАЯ БОЛЬНИЦА", "новый детский центр и шестая больница"),
    ],
)
def test_these_dirty_questions_are_answered_like_the_clean_ones(ask: Ask, dirty: str, clean: str) -> None:
    """Also where they were typed on the wrong keyboard, or by their sound."""
    assert told(ask(dirty)) == told(ask(clean))


@pytest.mark.parametrize(
    "text", ["1", "ab cd," * 683, "a b." * 1024, "哈" * 4096, "住" * 4096, "水" * 4096, "老" * 4096]
)
def test_one_thing_over_and_over_is_no_question(ask: Ask, text: str) -> None:
    """Nothing is answered or offered."""
    assert told(ask(text)) == ("unknown",)


@pytest.mark.parametrize("text", ["\ud800 childcare", "childcare \udfff"])
def test_half_a_character_harms_nobody(ask: Ask, text: str) -> None:
    """A lone surrogate comes through JSON."""
    assert told(ask(text))[0] == "answer"


@pytest.mark.parametrize("text", ["一" + "万" * 511, "百a" * 256, "тыс " * 128])
def test_numbers_in_digits_stay_within_the_bound(text: str) -> None:
    """A query has at most 512 characters and a space."""
    assert len(to_query(text).text) <= 513


@pytest.mark.parametrize("text", ["I want to talk to a human", "人工客服"])
def test_who_wants_a_human_is_told_that_there_is_none(ask: Ask, text: str) -> None:
    """And not that this is a topic elsewhere."""
    assert told(ask(text)) == ("smalltalk",)


@pytest.mark.parametrize("before", ["elderly care", "养老", "养老服务"])
def test_a_detail_that_several_areas_have_is_asked_of_the_one_just_spoken_about(ask: Ask, before: str) -> None:
    """Beds, after elderly care."""
    assert told(ask(before, "那床位呢")) == ("answer", "elderly-beds")


def test_a_question_at_the_end_of_a_long_text_is_answered(ask: Ask) -> None:
    """People explain first and ask last."""
    story = "My name is Ann and I have been thinking about my sister's wedding dress. " * 60
    text = story[:4000] + ". When will the new childcare center be finished?"
    assert told(ask(text)) == ("answer", "childcare-centre")
