"""Hostile, noisy and very long questions get the same answer as the clean question, or an honest refusal."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.answers.snapshot import Snapshot
from bot.answers.understanding.interpretation import interpret
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.matching.normalize import to_query
from tests.console import Ask, cached_encoder, kind_and_ids, questions


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        ("NEW CHILDCARE CENTER AND HOW MANY NURSING BEDS?", "new childcare center and how many nursing beds?"),
        ("new childcare center a\u200bnd how many nursing beds?", "new childcare center and how many nursing beds?"),
        ("new childcare center．how many nursing beds", "new childcare center. how many nursing beds"),
        ("ltncrbq\u200b wtynh", "ltncrbq wtynh"),
        ("tuo\u200ber zhongxin", "tuoer zhongxin"),
        ("ｄｊｌｆ", "djlf"),
        ("батор\u200bЕи халодны\u0300е када изменица", "батореи халодные када изменица"),  # no word of it is known
        ("wat about teh heatng t\u0323his wintr", "wat about teh heatng this wintr"),
        ("НОВЫЙ ДЕТСКИЙ ЦЕНТР И ШЕСТАЯ БОЛЬНИЦА", "новый детский центр и шестая больница"),
    ],
)
def test_these_noisy_questions_are_answered_like_the_clean_ones(ask: Ask, noisy: str, clean: str) -> None:
    """Also where they were typed on the wrong keyboard, or by their sound."""
    assert kind_and_ids(ask(noisy)) == kind_and_ids(ask(clean))


@pytest.mark.parametrize(
    "text", ["1", "ab cd," * 683, "a b." * 1024, "哈" * 4096, "住" * 4096, "水" * 4096, "老" * 4096]
)
def test_one_thing_over_and_over_is_not_a_question(ask: Ask, text: str) -> None:
    """Nothing is answered or offered."""
    assert kind_and_ids(ask(text)) == ("unknown",)


@pytest.mark.parametrize("text", ["\ud800 childcare", "childcare \udfff"])
def test_half_a_character_does_no_harm(ask: Ask, text: str) -> None:
    """A lone surrogate comes through JSON."""
    assert kind_and_ids(ask(text))[0] == "answer"


@pytest.mark.parametrize("text", ["一" + "万" * 511, "百a" * 256, "тыс " * 128])
def test_numbers_in_digits_stay_within_the_bound(text: str) -> None:
    """A query has at most 512 characters and a space."""
    assert len(to_query(text).text) <= 513


class RecordingEmbedder(Embedder):
    """The built-in encoder, which remembers the different texts that it was given."""

    def __init__(self) -> None:
        super().__init__(cached_encoder(None))
        self.texts: set[str] = set()

    def encode(self, texts: Sequence[str]) -> Floats:
        self.texts.update(texts)
        return super().encode(texts)


@pytest.mark.parametrize("length", [100, 250, 500])
def test_a_text_without_stops_is_read_to_its_end_in_at_most_24_pieces(snapshot: Snapshot, length: int) -> None:
    asked = "".join(row["text"] for row in questions("citizens") if row["lang"] == "zh")
    text = re.sub("[^\u4e00-\u9fff]|[和跟又还以顺]", "", asked)[:length]  # without what joins two questions
    embedder = RecordingEmbedder()

    interpret(text, replace(snapshot, engine=replace(snapshot.engine, embedder=embedder)))

    pieces = [piece for piece in embedder.texts if len(piece) < length / 2]
    assert 1 < len(pieces) <= 24
    assert any(piece.endswith(text[-5:]) for piece in pieces)


@pytest.mark.parametrize("text", ["I want to talk to a human", "人工客服"])
def test_a_wish_for_a_human_is_answered_with_who_to_call(ask: Ask, text: str) -> None:
    """And not that this is a topic elsewhere."""
    assert kind_and_ids(ask(text)) == ("smalltalk",)


@pytest.mark.parametrize("before", ["elderly care", "养老", "养老服务"])
def test_a_detail_that_several_areas_have_is_taken_for_the_one_just_asked_about(ask: Ask, before: str) -> None:
    """Beds, after elderly care."""
    assert kind_and_ids(ask(before, "那床位呢")) == ("answer", "elderly-beds")


def test_a_question_at_the_end_of_a_long_text_is_answered(ask: Ask) -> None:
    """People explain first and ask last."""
    story = "My name is Ann and I have been thinking about my sister's wedding dress. " * 60
    text = story[:4000] + ". When will the new childcare center be finished?"
    assert kind_and_ids(ask(text)) == ("answer", "childcare-centre")
