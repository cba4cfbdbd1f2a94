"""The contents of a knowledge file that was reduced for measurements."""

from functools import cache
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.i18n.languages import LANGUAGES
from bot.knowledge import Area, KnowledgeBase, Project
from bot.publishing.files.load import load, load_content
from tests.console import KNOWLEDGE
from tests.evaluation_data.prune import Kind, main, prune, to_yaml


@cache
def _shipped() -> KnowledgeBase:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge
    return knowledge


@cache
def _read_again(kind: Kind) -> KnowledgeBase:
    loaded = load_content(to_yaml(prune(_shipped(), kind)).encode())
    assert loaded.knowledge, loaded.diagnostics
    return loaded.knowledge


def test_three_phrasings_leave_every_statement_as_it_was() -> None:
    before, after = _shipped(), _read_again(Kind.THREE)

    assert [(project.title, project.summary, project.status) for project in after.projects] == [
        (project.title, project.summary, project.status) for project in before.projects
    ]
    assert [fact.statement for project in after.projects for fact in project.facts] == [
        fact.statement for project in before.projects for fact in project.facts
    ]
    assert [area.overview for area in after.areas] == [area.overview for area in before.areas]


def test_three_phrasings_are_all_that_an_entry_keeps() -> None:
    knowledge = _read_again(Kind.THREE)

    entries: list[Area | Project] = [*knowledge.areas, *knowledge.projects]
    for entry in entries:
        assert not list(entry.words.by_language())
        for ways in (entry.phrasings, *(fact.questions for fact in entry.facts)):
            assert all(len(ways.texts_in(language)) <= 3 for language in LANGUAGES)
    assert not knowledge.topics_elsewhere


def test_six_areas_keep_ten_phrasings_each_and_no_project_of_the_list() -> None:
    before, after = _shipped(), _read_again(Kind.AREAS)

    assert [area.id for area in after.areas] == [area.id for area in before.areas]
    assert all(len(area.phrasings.texts_in(language)) == 10 for area in after.areas for language in LANGUAGES)
    assert not {project.id for project in before.projects} & {project.id for project in after.projects}
    assert all(not list(project.phrasings.by_language()) and not project.facts for project in after.projects)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_phrasings_are_chosen_every_time(kind: Kind) -> None:
    assert to_yaml(prune(_shipped(), kind)) == to_yaml(prune(_shipped(), kind))


def test_the_command_writes_a_usable_file(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(main)
    out = tmp_path / "areas.yaml"

    run = CliRunner().invoke(app, [str(KNOWLEDGE), str(out), "--kind", "areas"])

    assert run.exit_code == 0, run.output
    assert load(out).knowledge
