"""A clerk can read the city's files from top to bottom: statements are separate, with one screen per project."""

import re

from bot.publishing.files.load import load
from tests.console import KNOWLEDGE

TEXT = KNOWLEDGE.read_text(encoding="utf-8")


def test_the_statements_have_at_most_a_thousand_lines() -> None:
    assert len(TEXT.splitlines()) <= 1000


def test_a_project_has_at_most_35_lines() -> None:
    part = TEXT.partition("\nprojects:\n")[2].partition("\nareas:\n")[0]
    entries = re.split(r"(?m)^  - id: ", part)[1:]
    lengths = {entry.splitlines()[0]: len(entry.partition("\n  #")[0].rstrip().splitlines()) for entry in entries}
    assert len(lengths) >= 21
    assert {name: length for name, length in lengths.items() if length > 35} == {}


def test_there_are_at_most_six_thousand_ways_of_asking() -> None:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge
    areas, projects = knowledge.areas, knowledge.projects
    ways = [
        *(area.phrasings for area in areas),
        *(project.phrasings for project in projects),
        *(topic.phrasings for topic in knowledge.topics_elsewhere),
        *(fact.questions for area in areas for fact in area.facts),
        *(fact.questions for project in projects for fact in project.facts),
    ]
    assert sum(1 for each in ways for _ in each.by_language()) <= 6000


def test_the_statements_hold_no_way_of_asking() -> None:
    assert not re.search(r"(?m)^\s+(?:phrasings|questions|words):|^topics_elsewhere:", TEXT)
