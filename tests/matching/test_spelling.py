"""Unknown words are read as similar known words, unless they are words themselves."""

from dataclasses import replace

from bot.matching.normalize import to_query
from bot.matching.spelling import Spelling, corrected, learn_spelling

_WORDS = ("tall", "centre", "center", "spot", "read")


def _spelling() -> Spelling:
    known = map(to_query, ("talk to the centre", "sport for all", "ready"))
    return replace(learn_spelling(known), is_word=_WORDS.__contains__)


def test_a_misspelled_word_is_corrected() -> None:
    assert corrected(to_query("sporrt centr"), _spelling()).tokens == ("sport", "centre")


def test_an_ordinary_word_is_not_read_as_a_near_one() -> None:
    assert corrected(to_query("how tall is the spot"), _spelling()).tokens == ("how", "tall", "is", "the", "spot")


def test_a_word_with_two_spellings_is_read_as_the_known_one() -> None:
    assert corrected(to_query("center"), _spelling()).tokens == ("centre",)
