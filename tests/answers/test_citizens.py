"""Citizens' questions, through the real command: how many get the right project's answer, and its fact."""

import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.i18n.languages import LANGUAGES
from bot.publishing.files.load import load
from tests.console import CASE_SETS, CASES, KNOWLEDGE, prepare_once, shipped_embedder

Rows = dict[str, dict[str, Any]]

#: What must hold on each set: (figure, at least, at most).
BARS = {
    "citizens": [("right", 0.90, 1), ("wrong", 0, 0.03), ("invented", 0, 0.05), ("hedged", 0, 0.15), ("fact", 0.92, 1)],
    "city": [("right", 0.90, 1), ("wrong", 0, 0.03), ("invented", 0, 0.05), ("hedged", 0, 0.15), ("fact", 0.92, 1)],
    "held": [("right", 0.80, 1), ("wrong", 0, 0.04), ("invented", 0, 0.06), ("hedged", 0, 0.15), ("fact", 0.85, 1)],
}
#: The questions with which the first version is accepted.
FIRST_QUESTIONS = [
    {"id": "childcare", "text": "new childcare center?"},
    {"id": "when", "text": "托儿中心什么时候建好"},
    {"id": "beds", "text": "Сколько коек добавят?"},
    {"id": "new", "text": "which hospitals are new?"},
    {"id": "asdf", "text": "asdf"},
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of answers to each set of questions."""
    room = tmp_path_factory.mktemp("answers")
    first = room / "questions.jsonl"
    first.write_text("".join(json.dumps(row) + "\n" for row in FIRST_QUESTIONS), encoding="utf-8")
    outputs = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.cli.loading.prepare", prepare_once)
        patch.setattr("bot.cli.loading.load_embedder", shipped_embedder)
        for name, path in {**CASE_SETS, "first": first}.items():
            asked = CliRunner().invoke(app, ["ask", "--jsonl", "--knowledge", str(KNOWLEDGE)], input=path.read_bytes())
            assert asked.exit_code == 0, asked.stderr
            outputs[name] = room / f"{name}.jsonl"
            outputs[name].write_text(asked.stdout, encoding="utf-8")
    return outputs


def rows(path: Path) -> Rows:
    return {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


@pytest.fixture(scope="module")
def figures(answers: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """The table of `score.py` for each set."""
    return {name: score(name, answers[name]) for name in CASE_SETS}


def score(name: str, answered: Path) -> dict[str, Any]:
    command = [sys.executable, str(CASES / "citizens" / "score.py"), str(CASE_SETS[name]), str(answered), "--json"]
    table: dict[str, Any] = json.loads(subprocess.check_output(command, text=True, encoding="utf-8"))
    return table


# --- The sets ---


@pytest.mark.parametrize(
    ("name", "figure", "least", "most"),
    [(name, *bar) for name, bars in BARS.items() for bar in bars],
)
def test_the_answers_meet_the_bar(
    figures: dict[str, dict[str, Any]], name: str, figure: str, least: float, most: float
) -> None:
    assert least <= figures[name]["all"][figure] <= most, figures[name]["all"]


@pytest.mark.parametrize("name", CASE_SETS)
def test_every_question_gets_one_line_of_the_promised_form(answers: dict[str, Path], name: str) -> None:
    lines = [json.loads(line) for line in answers[name].read_text(encoding="utf-8").splitlines()]
    asked = [json.loads(line)["id"] for line in CASE_SETS[name].read_text(encoding="utf-8").splitlines()]
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge is not None

    assert [line["id"] for line in lines] == asked
    for line in lines:
        assert list(line) == ["id", "kind", "areas", "projects", "reply"]
        assert line["kind"] in ("answer", "suggestions", "smalltalk", "unknown")
        assert 0 < len(line["reply"]) <= 700
        assert set(line["areas"]) <= set(knowledge.area_by_id)
        assert len(line["areas"]) <= 3 or line["areas"] == list(knowledge.area_by_id)
        assert bool(line["areas"]) == (line["kind"] in ("answer", "suggestions"))
        for project in line["projects"]:
            assert list(project) == ["id", "area", "confidence"]
            assert project["area"] == knowledge.project_by_id[project["id"]].area
            assert project["area"] in line["areas"]
            assert 0 <= project["confidence"] <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_the_replies_have_at_most_280_characters(answers: dict[str, Path], language: str) -> None:
    lengths = [
        len(answered[row["id"]]["reply"])
        for name, path in CASE_SETS.items()
        for answered in [rows(answers[name])]
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if row["lang"] == language
    ]
    assert median(lengths) <= 280


def begins_with_the_asked(question: dict[str, Any], reply: str) -> bool | None:
    """Whether the fact that was asked for begins in the first 80 characters; None where the reply does not have it."""
    places = [re.search(pattern, reply, re.IGNORECASE) for pattern in question["expect"]]
    found = [place.start() for place in places if place]
    return max(found) < 80 if found and len(found) == len(places) else None


@pytest.mark.parametrize(("language", "least"), [("en", 0.7), ("zh", 0.95), ("ru", 0.6)])
def test_the_asked_fact_begins_in_the_first_80_characters(
    answers: dict[str, Path], language: str, least: float
) -> None:
    judged = [
        begins_with_the_asked(row, answered[row["id"]]["reply"])
        for name, path in CASE_SETS.items()
        for answered in [rows(answers[name])]
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if row["lang"] == language
    ]
    facts = [each for each in judged if each is not None]
    assert sum(facts) / len(facts) >= least, f"{sum(facts)} of {len(facts)}"


# --- The first questions ---


@pytest.fixture(scope="module")
def first(answers: dict[str, Path]) -> Rows:
    return rows(answers["first"])


def project_ids(row: dict[str, Any]) -> list[str]:
    return [project["id"] for project in row["projects"]]


def test_who_asks_for_the_new_childcare_center_reads_its_status_and_source(first: Rows) -> None:
    row = first["childcare"]
    assert (row["kind"], project_ids(row)) == ("answer", ["childcare-centre"])
    assert "in progress" in row["reply"]
    assert "by the end of 2021" in row["reply"]
    assert "e.my399.com, 12 November 2021" in row["reply"]


def test_who_asks_in_chinese_when_it_is_finished_reads_that_first(first: Rows) -> None:
    row = first["when"]
    assert (row["kind"], project_ids(row)) == ("answer", ["childcare-centre"])
    assert "年底" in row["reply"].splitlines()[0]


def test_who_asks_in_russian_how_many_beds_reads_both_numbers(first: Rows) -> None:
    row = first["beds"]
    assert (row["kind"], set(project_ids(row))) == ("answer", {"elderly-beds", "hospital-beds"})
    assert all(number in row["reply"] for number in ("1000", "1500"))


def test_who_asks_which_hospitals_are_new_reads_their_names_first(first: Rows) -> None:
    row = first["new"]
    assert (row["kind"], row["areas"]) == ("answer", ["hospitals"])
    assert "Sixth" in row["reply"].splitlines()[0]
    assert "Chinese" in row["reply"].splitlines()[0]


def test_nonsense_is_answered_with_the_six_areas(first: Rows) -> None:
    row, knowledge = first["asdf"], load(KNOWLEDGE).knowledge
    assert knowledge is not None
    assert (row["kind"], row["areas"], row["projects"]) == ("unknown", [], [])
    assert row["reply"].startswith("Sorry, I can't answer that.")
    assert len(knowledge.areas) == 6
    assert all((area.title.text_in("en") or "-") in row["reply"] for area in knowledge.areas)
