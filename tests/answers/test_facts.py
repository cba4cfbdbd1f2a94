"""The facts of a list of phrasings, each compared by its nearest phrasing."""

import numpy as np
import pytest

from bot.answers.learning.entries import facts_of
from tests.console import Ask


def test_a_fact_is_as_near_as_its_nearest_phrasing() -> None:
    asked = [("pool", ""), ("pool", "depth"), ("pool", "depth"), ("pool", "cost"), ("park", ""), ("park", "cost")]
    facts = facts_of(asked)
    nearest = facts.nearest(np.array([0.9, 0.1, 0.5, 0.25, 0.8, 0.75], np.float32))
    assert {key: nearest[place] for key, place in facts.place.items()} == {
        ("pool", "depth"): 0.5,
        ("pool", "cost"): 0.25,
        ("park", "cost"): 0.75,
    }


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("on which streets are the heating pipes replaced", "The source does not say where."),
        ("输水管线从哪走", "报道没有提到地点。"),
        ("на каких улицах построят водовод", "Место в источнике не указано."),
    ],
)
def test_a_question_for_streets_or_a_route_asks_where(question: str, begins: str, ask: Ask) -> None:
    reply = ask(question).reply.text
    assert reply.startswith(begins), reply
