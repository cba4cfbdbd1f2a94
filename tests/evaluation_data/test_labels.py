"""Labelled questions: their labels name what the knowledge holds, and the facts that they ask for can be told."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.scoring import Case, case_of
from bot.knowledge import Area, KnowledgeBase, Project
from bot.publishing.files.load import load
from tests.console import CASES, KNOWLEDGE, questions
from tests.evaluation_data.figures import CITIES

SETS = {
    "general": (CASES / "general" / "questions.jsonl", KNOWLEDGE),
    **{name: (CASES / name / "questions.jsonl", CASES / name / "projects.yaml") for name in CITIES},
}
_GO_ON = ("followup", "correction")


@cache
def _cases(name: str) -> list[Case]:
    lines = SETS[name][0].read_text(encoding="utf-8").splitlines()
    return [case_of(json.loads(line)) for line in lines]


@cache
def _knowledge(path: Path) -> KnowledgeBase:
    knowledge = load(path).knowledge
    assert knowledge
    return knowledge


@cache
def _texts(path: Path, area: str) -> str:
    """Every statement about an area and its projects."""
    knowledge = _knowledge(path)
    entries: list[Area | Project] = [knowledge.area_by_id[area], *knowledge.projects_of(area)]
    return "\n".join(_statements(entry) for entry in entries)


def _statements(entry: Area | Project) -> str:
    """Title, status, facts and so on, without the ways of asking."""
    without: Any = {"words": True, "phrasings": True, "facts": {"__all__": {"questions"}}}
    return json.dumps(entry.model_dump(mode="json", exclude=without), ensure_ascii=False)


@pytest.mark.parametrize("name", SETS)
def test_ids_and_questions_are_there_once(name: str) -> None:
    cases = _cases(name)

    assert len({case.id for case in cases}) == len(cases)
    assert len({(case.text, case.context) for case in cases}) == len(cases)


@pytest.mark.parametrize("name", SETS)
def test_labels_name_areas_and_projects_of_the_file(name: str) -> None:
    knowledge = _knowledge(SETS[name][1])

    for case in _cases(name):
        assert set(case.areas) <= set(knowledge.area_by_id), case
        assert {knowledge.project_by_id[project].area for project in case.projects} <= set(case.areas), case


# In the third city people also ask about something else after a project.
@pytest.mark.parametrize("name", sorted({*SETS} - {"third_city"}))
def test_only_questions_that_go_on_have_something_before_them(name: str) -> None:
    for case in _cases(name):
        assert bool(case.context) == (case.kind in _GO_ON), case


@pytest.mark.parametrize("name", SETS)
def test_a_fact_that_a_label_expects_is_in_the_file(name: str) -> None:
    path = SETS[name][1]

    for case in _cases(name):
        texts = "\n".join(_texts(path, area) for area in case.areas)
        for pattern in case.expect:
            assert re.search(pattern, texts, re.IGNORECASE), (case.id, case.text, pattern)


def test_a_third_of_the_general_questions_goes_on_and_no_set_repeats_another() -> None:
    cases = _cases("general")
    others = {row["text"] for name in ("citizens", "city", "held") for row in questions(name)}

    assert len(cases) >= 200
    assert sum(case.kind in _GO_ON for case in cases) >= 60
    assert sum(not case.areas for case in cases) >= 60
    assert not {case.text for case in cases} & others


def test_a_third_of_the_second_citys_questions_is_out_of_scope() -> None:
    cases = _cases("second_city")

    assert len(cases) >= 240
    assert 0.25 <= sum(not case.areas for case in cases) / len(cases) <= 0.35


def test_the_second_citys_file_is_a_beginners_file() -> None:
    knowledge = _knowledge(SETS["second_city"][1])

    assert not knowledge.topics_elsewhere
    assert knowledge.city.name != _knowledge(KNOWLEDGE).city.name
    for project in knowledge.projects:
        assert 3 <= len(project.phrasings.texts_in("en")) <= 6, project.id
