"""What texts are counted to have is what a question is later looked up by."""

from collections import Counter
from itertools import chain, pairwise, starmap

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.counts import count_features
from bot.matching.features import letters, pair_of_stems, stem, syllable_pairs
from bot.matching.normalize import Query, to_query

_WORDS = (
    "heating",
    "heated",
    "heat",
    "children's",
    "отопление",
    "отоплении",
    "第六医院",
    "医院",
    "号",
    "6",
    "a",
    "a'er",
)
_TEXTS = st.lists(st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join), max_size=6)


def _word_features(query: Query) -> list[str]:
    """Stems, single Chinese characters, and adjacent pairs of either."""
    stems = list(map(stem, query.tokens))
    return [*stems, *starmap(pair_of_stems, pairwise(stems))]


def _letter_features(query: Query) -> list[str]:
    """Letter n-grams of each word, and adjacent Chinese syllables by sound."""
    return [*chain.from_iterable(map(letters, query.tokens)), *syllable_pairs(query)]


@given(_TEXTS)
def test_each_text_has_the_features_of_a_question_in_the_same_words(texts: list[str]) -> None:
    queries = [to_query(text) for text in texts]
    expected = [
        [Counter(f" {feature}" for feature in _word_features(query)) for query in queries],
        [Counter(_letter_features(query)) for query in queries],
    ]

    counts = count_features(queries)
    columns, halves = counts.columns, counts.halves

    for half, of_texts in zip(halves, expected, strict=True):
        assert half.shape == (len(texts), len(columns))
        together = sum(of_texts, Counter())
        for text, features in zip(half.toarray(), of_texts, strict=True):
            counted = {name: round(float(text[column]) ** 2) for name, column in columns.items() if text[column]}
            once = {name for name in features if together[name] == 1 and name not in counted}
            assert counted == {name: number for name, number in features.items() if name not in once}
            assert all(" " in name[1:] or "'" in name for name in once)


def test_no_texts_have_no_features() -> None:
    counts = count_features([])

    assert counts.columns == {}
    assert [half.shape for half in counts.halves] == [(0, 0), (0, 0)]
    assert all(half.dtype == np.float32 for half in counts.halves)
