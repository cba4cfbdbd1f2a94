"""The wording suggested for texts that contradict a status leaves no contradiction in the shipped files."""

from datetime import date
from typing import Any

import pytest

from bot.i18n.languages import LANGUAGES
from bot.knowledge import Project, Status
from bot.knowledge.edits import Edit
from bot.publishing.contradictions import contradictions_of, offered_edits
from bot.publishing.files.load import load
from tests.console import KNOWLEDGE
from tests.factories import make_knowledge, make_project, values

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED, Status.DELAYED])
def test_the_offered_wording_leaves_no_contradiction(status: Status) -> None:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge is not None
    offered = 0
    for project in knowledge.projects:
        changed = project.model_copy(update={"status": status, "as_of": TODAY})
        edits = offered_edits(contradictions_of(changed, knowledge.city, TODAY))
        offered += len(edits)
        assert list(contradictions_of(edited(changed, edits), knowledge.city, TODAY)) == [], project.id
    assert offered > 50 if status.is_over else offered


def test_the_offered_wording_dates_a_fact_by_the_source_of_its_own() -> None:
    statement = dict.fromkeys(LANGUAGES, "The rink will open in 2025.")
    fact = {"id": "opening", "answers": ["when"], "statement": statement, "source": "rinks-2024"}
    source = {"title": {"en": "Rinks"}, "publisher": "harbin.gov.cn", "date": "2024-05-20"}
    city = {**values()["city"], "sources": {**values()["city"]["sources"], "rinks-2024": source}}
    knowledge = make_knowledge(city=city, projects=[make_project("rink", facts=[fact])])

    found = contradictions_of(knowledge.projects[0], knowledge.city, TODAY)

    offered = {each.language: each.offered for each in found}
    assert offered["en"] == "Reported on 20 May 2024: “The rink will open in 2025.”"


def edited(project: Project, edits: list[Edit]) -> Project:
    values: dict[str, Any] = project.model_dump()
    for edit in edits:
        facts = {fact["id"]: fact for fact in values["facts"]}
        owner = facts[edit.fact] if edit.fact else values
        owner[edit.field][edit.language] = edit.value
    return Project.model_validate(values)
