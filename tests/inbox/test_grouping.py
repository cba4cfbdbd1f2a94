"""Questions with one meaning form one group across languages; measured on questions that were used for no choice."""

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml

from bot.inbox.grouping import GroupIndex, embeddings_of
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.matching.encoder import load_encoder

CASES = yaml.safe_load(Path("tests/cases/inbox/groups.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The sentence encoder."""
    return Embedder(load_encoder())


def grouped(embeddings: Floats) -> list[int]:
    """Group the questions in their order; return the group of each."""
    index, groups = GroupIndex(), []
    for number, embedding in enumerate(embeddings):
        place = index.place_of(embedding)
        if place is None:
            place = index.add(number, embedding)
        else:
            index.join(place, embedding)
        groups.append(index.id_at(place))
    return groups


@cache
def embeddings_in(half: str, embedder: Embedder) -> Floats:
    return embeddings_of([text for texts in CASES[half] for text in texts], embedder)


def pairwise_f1(half: str, embedder: Embedder, seed: int) -> float:
    """Of all pairs of questions: F1 of being in the same group."""
    groups = [group for group, texts in enumerate(CASES[half]) for _ in texts]
    order = np.random.default_rng(seed).permutation(len(groups))
    shuffled = [groups[place] for place in order]
    found = grouped(embeddings_in(half, embedder)[order])
    pairs = [
        (shuffled[one] == shuffled[other], found[one] == found[other])
        for one, other in combinations(range(len(shuffled)), 2)
    ]
    right = sum(wanted and got for wanted, got in pairs)
    return float(2 * right / (sum(wanted for wanted, _ in pairs) + sum(got for _, got in pairs)))


def test_the_cases_are_three_hundred_questions_in_sixty_groups() -> None:
    groups = [group for half in CASES.values() for group in half]

    assert len(groups) == 60
    assert sum(map(len, groups)) == 300
    assert all(isinstance(text, str) for group in groups for text in group)


@pytest.mark.parametrize("seed", range(3))
def test_the_held_half_is_grouped_with_a_pairwise_f1_of_85_percent(embedder: Embedder, seed: int) -> None:
    assert pairwise_f1("held", embedder, seed) >= 0.85


def test_without_an_encoder_the_same_words_are_one_group() -> None:
    texts = ["Where is the ZOO?", "where is the zoo", "where is the museum"]
    one, other, third = grouped(embeddings_of(texts, None))

    assert one == other != third
