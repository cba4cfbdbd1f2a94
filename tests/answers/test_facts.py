"""The facts of a list of phrasings, each compared by its nearest phrasing."""

import numpy as np

from bot.answers.learning.entries import facts_of


def test_a_fact_is_as_near_as_its_nearest_phrasing() -> None:
    asked = [("pool", ""), ("pool", "depth"), ("pool", "depth"), ("pool", "cost"), ("park", ""), ("park", "cost")]
    facts = facts_of(asked)
    nearest = facts.nearest(np.array([0.9, 0.1, 0.5, 0.25, 0.8, 0.75], np.float32))
    assert {key: nearest[place] for key, place in facts.place.items()} == {
        ("pool", "depth"): 0.5,
        ("pool", "cost"): 0.25,
        ("park", "cost"): 0.75,
    }
