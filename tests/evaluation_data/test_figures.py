"""The table of figures comes from one command."""

import json

import typer
from typer.testing import CliRunner

from tests.evaluation_data.figures import main


def _run(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(main)
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    return run.stdout


def test_every_language_has_a_row_with_shares_of_what_was_asked() -> None:
    tables = json.loads(_run("--knowledge", "areas", "--set", "general", "--json"))

    assert list(tables) == ["areas"]
    assert set(tables["areas"]) == {"all", "en", "ru", "zh"}
    assert sum(tables["areas"][language]["asked"] for language in ("en", "ru", "zh")) == tables["areas"]["all"]["asked"]
    for row in tables["areas"].values():
        assert 0 <= row["right"] <= 1
        assert 0 <= row["invented"] <= 1


def test_another_city_is_asked_its_own_questions_only() -> None:
    table = _run("--knowledge", "second_city", "--by-set")

    assert "second_city, second_city" in table
    assert " en " in table
    assert " ru " not in table
