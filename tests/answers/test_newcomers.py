"""A project that a clerk has just added, with three phrasings among projects that have hundreds."""

from functools import cache

import numpy as np
import pytest

from bot.answers.answer import Found, NotFound, Unsure
from bot.answers.decision import decide
from bot.answers.learning.entries import entries_of
from bot.answers.snapshot import Snapshot
from bot.publishing.files.load import load_content
from bot.publishing.prepare import prepare
from tests.cases.clerk.score import added
from tests.console import shipped_embedder

_MANY, _FEW = ["old"] * 40 + ["other"] * 40, ["new"] * 3
_TOPIC = ["topic:rubbish"] * 40


@cache
def _with(addition: str) -> Snapshot:
    """The city's knowledge with a clerk's addition."""
    knowledge = load_content(added(addition)).knowledge
    assert knowledge is not None
    return prepare(knowledge, addition, embedder=shipped_embedder())


def test_it_is_named_where_it_comes_nearer_than_its_siblings() -> None:
    answer = decide("где поменяют котлы", _with("boiler-houses")).answer

    assert isinstance(answer, Found)
    assert answer.findings[0].match.id == "xiangfang-boilers"


def test_it_is_offered_where_nothing_else_is_found() -> None:
    answer = decide("the booster in our basement is noisy and ancient", _with("pumping-station")).answer

    assert isinstance(answer, Unsure)
    assert [match.id for match in answer.matches] == ["pumping-stations"]


def test_it_is_not_named_where_its_area_is_nearly_as_near() -> None:
    question = "the water which we drink at home, will government make it more clean or not?"

    answer = decide(question, _with("pumping-station")).answer

    assert isinstance(answer, Found)
    assert answer.findings[0].match.id == "water"


@pytest.mark.parametrize("question", ["sewage smell in the basement, whom do I complain to", "they towed my car"])
def test_it_is_not_offered_where_a_topic_elsewhere_is_clearly_nearer(question: str) -> None:
    assert isinstance(decide(question, _with("pumping-station")).answer, NotFound)


def test_few_phrasings_are_new_only_beside_many() -> None:
    assert entries_of([*_MANY, *_FEW, *_TOPIC], ["old", "other", "new"], []).new == {2}
    assert entries_of([*_FEW, *_TOPIC], ["new"], []).new == set()


def test_a_near_phrasing_tells_more_where_there_are_few() -> None:
    entries = entries_of([*_MANY, *_FEW, *_TOPIC], ["old", "other", "new"], [])
    similarities = np.full(len(_MANY + _FEW + _TOPIC), 0.5, np.float32)

    found = entries.newcomer(similarities, similarities)

    assert found
    assert found.entry == "new"
    assert found.ahead == pytest.approx(found.ahead_of_topics)
    assert found.ahead > 0


def test_what_is_near_to_an_old_project_is_not_about_the_new_one() -> None:
    entries = entries_of([*_MANY, *_FEW, *_TOPIC], ["old", "other", "new"], [])
    similarities = np.full(len(_MANY + _FEW + _TOPIC), 0.2, np.float32)
    similarities[7] = 0.9

    assert entries.newcomer(similarities, similarities) is None
