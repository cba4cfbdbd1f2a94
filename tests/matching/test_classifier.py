"""What a classifier learns from a few phrasings."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.matching.arrays import Floats
from bot.matching.classifier import THREADS, Classifier, begin_training
from bot.matching.index import Index, build_index_and_rows
from bot.matching.literal_rows import LiteralRows
from bot.matching.normalize import to_query

TEXTS = [
    "new heating pipes",
    "cold radiators",
    "the sixth hospital",
    "see a doctor",
    "childcare for toddlers",
    "a nursery",
]
LABELS = ["heat", "heat", "health", "health", "children", "children"]
IMPORTANCE = np.array([1, 0.7, 1, 1, 0.7, 1], np.float32)
#: As in the classifier.
RIDGE = 0.3


@pytest.mark.parametrize("dimensions", [0, 8])
def test_the_weights_are_those_of_ridge_regression(dimensions: int) -> None:
    """With few phrasings the solver reaches the solution, which is written down here as a formula."""
    meanings = np.random.default_rng(7).normal(size=(len(TEXTS), dimensions)).astype(np.float32)
    index, sparse = build_index_and_rows([to_query(text) for text in TEXTS], [0, 0, 1, 1, 2, 2], meanings)
    (learned,) = train(index, sparse, [LABELS], IMPORTANCE)
    rows = dense(index)
    targets = np.array([[float(label == name) for name in learned.labels] for label in LABELS])
    weighed = rows * IMPORTANCE[:, None]
    weights = np.linalg.solve(rows.T @ weighed + RIDGE * np.eye(rows.shape[1]), weighed.T @ targets)
    literal, meant = np.sqrt(index.shares)
    width = len(index.vocabulary)
    assert np.allclose(learned.weights, weights[:width] * literal, atol=1e-3)
    assert np.allclose(learned.meanings, weights[width:] * meant, atol=1e-3)


def test_labelings_that_are_learned_side_by_side_are_what_each_is_alone() -> None:
    """Blocks of labels are solved in threads, and the results do not depend on which ends first."""
    random = np.random.default_rng(7)
    texts = [f"{TEXTS[number % 6]} {number // 3} {number}" for number in range(300)]
    index, sparse = build_index_and_rows(
        [to_query(text) for text in texts], [*range(300)], random.normal(size=(300, 16)).astype(np.float32)
    )
    labelings = [[f"{number // size}" for number in range(300)] for size in (1, 3, 100)]
    importance = random.uniform(0.5, 1, 300).astype(np.float32)
    together = train(index, sparse, labelings, importance)
    for labels, learned in zip(labelings, together, strict=True):
        (alone,) = train(index, sparse, [labels], importance)
        assert learned.labels == alone.labels == tuple(dict.fromkeys(labels))
        assert np.array_equal(learned.weights, alone.weights)
        assert np.array_equal(learned.meanings, alone.meanings)


def test_the_rows_that_are_learned_from_are_those_of_the_index() -> None:
    """Words, pairs and letters, also those that a phrasing has twice, and Chinese sounds."""
    texts = [*TEXTS, "heating, heating and reheating", "新的供热管道", "供热 heating pipes 供热管"]
    index, sparse = build_index_and_rows([to_query(text) for text in texts], range(len(texts)))
    rows = (sparse.said @ sparse.spelled + sparse.direct).toarray()
    assert np.allclose(rows, index.postings.matrix().toarray(), atol=1e-6)
    scales = np.arange(1, len(texts) + 1, dtype=np.float32)
    random = np.random.default_rng(7)
    values, weights = random.normal(size=(len(texts), 4)), random.normal(size=(rows.shape[1], 4))
    scaled = sparse.scaled(scales)
    assert np.allclose(scaled.weights(values.astype(np.float32)), (rows * scales[:, None]).T @ values, atol=1e-4)
    assert np.allclose(scaled.products(weights.astype(np.float32)), (rows * scales[:, None]) @ weights, atol=1e-4)


def dense(index: Index) -> Floats:
    """The phrasings as rows, of which the products are their similarities."""
    literal, meant = np.sqrt(index.shares)
    return np.hstack([index.postings.matrix().toarray() * literal, index.meanings.floats() * meant])


def train(index: Index, rows: LiteralRows, labelings: Sequence[Sequence[str]], importance: Floats) -> list[Classifier]:
    with ThreadPoolExecutor(THREADS) as threads:
        return begin_training(threads, index, rows, labelings, importance)()
