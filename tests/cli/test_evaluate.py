"""The output of evaluate and tune for a set of labelled questions, and the input that they refuse."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.evaluation.comparison import mcnemar
from bot.evaluation.scoring import (
    Prediction,
    case_of,
    groups_of,
    judge,
    score_table,
)
from tests.cli.evaluating import ROWS, row, write
from tests.cli.minsheng import minsheng
from tests.console import CASES
from tests.factories import YAML_TEXT, yaml_text

pytestmark = pytest.mark.usefixtures("small_city")


def evaluated(*words: str) -> dict[str, Any]:
    result = minsheng("evaluate", *words, "--json")
    assert result.stderr == ""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


# --- The verdicts are those of score.py ---


def score_py() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", CASES / "citizens" / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCORE = score_py()


_AREAS = st.lists(st.sampled_from(["heating", "water", "hospitals", "childcare", "elderly-care"]), max_size=4)


_KINDS = st.sampled_from(["answer", "suggestions", "smalltalk", "unknown"])


_LABELS = st.fixed_dictionaries(
    {
        "lang": st.sampled_from(["en", "zh", "ru"]),
        "text": st.text(max_size=3),
        "areas": _AREAS,
        "kind": st.sampled_from(["mixed", "ambiguous", "overview", "direct", "followup", "oos-near"]),
        "expect": st.lists(st.sampled_from(["year[- ]end", "1[\\s,]?000"]), max_size=2),
    }
)


_REPLIES = st.fixed_dictionaries(
    {"kind": _KINDS, "areas": _AREAS, "reply": st.sampled_from(["", "By YEAR-END.", "1 000 beds", "year end, 1,000"])}
)


@given(st.lists(st.tuples(_LABELS, _REPLIES), min_size=1, max_size=12))
def test_verdicts_and_figures_are_those_of_score_py(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    questions = [{"id": str(number), **label} for number, (label, _) in enumerate(pairs)]
    answers = {str(number): reply for number, (_, reply) in enumerate(pairs)}
    results = [
        judge(case_of(question), Prediction(reply["kind"], tuple(reply["areas"]), (), reply["reply"]))
        for question, reply in zip(questions, answers.values(), strict=True)
    ]
    expected = SCORE.score(questions, answers)
    table = score_table(groups_of(results))

    assert [result.verdict for result in results] == [SCORE.verdict(q, answers[q["id"]]) for q in questions]
    assert table.pop("score") == expected.pop("score")
    assert {name: {key: group[key] for key in expected[name]} for name, group in table.items()} == expected


def test_a_whole_file_gets_the_figures_that_ask_and_score_py_give() -> None:
    asked = CliRunner().invoke(app, ["ask", "--jsonl"], input="".join(json.dumps(one) + "\n" for one in ROWS.values()))
    answers = {line["id"]: line for line in map(json.loads, asked.stdout.splitlines())}
    expected = SCORE.score(list(ROWS.values()), answers)
    figures = evaluated(write(ROWS.values()))["figures"]

    assert {name: SCORE.verdict(one, answers[one["id"]]) for name, one in ROWS.items()} == {name: name for name in ROWS}
    assert figures["score"] == expected.pop("score")
    assert {name: {key: figures[name][key] for key in group} for name, group in expected.items()} == expected


# --- The right project ---


@pytest.mark.parametrize(
    ("kind", "areas", "named", "shown", "right"),
    [
        ("direct", ["hospitals"], ["sixth", "tcm"], [("tcm", "hospitals"), ("first", "hospitals")], True),
        ("direct", ["hospitals"], ["sixth"], [("tcm", "hospitals"), ("sixth", "hospitals")], False),
        ("direct", ["hospitals"], ["sixth"], [], False),
        ("direct", ["water"], ["sixth"], [("sixth", "hospitals")], False),
        ("direct", ["hospitals"], [], [("sixth", "hospitals")], None),
        ("overview", ["hospitals"], ["sixth"], [("sixth", "hospitals")], None),
        ("direct", [], ["sixth"], [("sixth", "hospitals")], None),
        ("mixed", ["hospitals", "water"], ["sixth", "pipe"], [("sixth", "hospitals"), ("pipe", "water")], True),
        ("mixed", ["hospitals", "water"], ["sixth", "pipe"], [("sixth", "hospitals"), ("well", "water")], False),
        (
            "mixed",
            ["hospitals", "water"],
            ["sixth", "pipe"],
            [("sixth", "hospitals"), ("tcm", "hospitals"), ("pipe", "water")],
            True,
        ),
    ],
)
def test_the_right_project_is_the_first_one_shown_and_of_a_mixed_question_that_of_every_area(
    kind: str, areas: list[str], named: list[str], shown: list[tuple[str, str]], right: bool | None
) -> None:
    answered = tuple(dict.fromkeys([area for _, area in shown] or ["hospitals"]))
    result = judge(
        case_of(row("1", "?", *areas, kind=kind, projects=named)), Prediction("answer", answered, tuple(shown))
    )

    assert result.project is right


# --- evaluate ---


def test_evaluate_prints_figures_confusion_and_the_failures_the_worst_first() -> None:
    result = minsheng("evaluate", write(ROWS.values()))

    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"all +3 +33\.3% +0\.0% +33\.3% +33\.3% +100\.0% of 1 +50\.0% of 2", result.stdout)
    assert re.search(r"all +2 +50\.0% +0\.0% +50\.0%", result.stdout)
    assert re.search(r"out of scope +1 +\. +1", result.stdout)
    shown = re.findall(r"^  (\w+) +([a-e]) ", result.stdout, re.MULTILINE)
    assert shown == [("wrong", "b"), ("invented", "e"), ("missed", "c")]


def test_failures_limits_the_list_and_not_the_figures() -> None:
    path = write(ROWS.values())
    assert [failure["id"] for failure in evaluated(path, "--failures", "1")["failures"]] == ["b"]
    assert evaluated(path, "--failures", "0")["failures"] == []
    assert "failures: 3, of which 0 are shown" in minsheng("evaluate", path, "--failures", "0").stdout
    assert evaluated(path, "--failures", "0")["figures"] == evaluated(path)["figures"]


def test_the_confusion_counts_the_answered_area_under_the_wanted_one() -> None:
    several = row("f", "sixth hospital", "elderly-care", "hospitals", kind="ambiguous")
    assert evaluated(write([*ROWS.values(), several]))["confusion"] == {
        "childcare": {"childcare": 1},
        "elderly-care": {"hospitals": 1},
        "hospitals": {"none": 1, "hospitals": 1},
        "out of scope": {"none": 1, "hospitals": 1},
    }


def test_evaluate_asks_the_context_first_and_takes_the_named_knowledge() -> None:
    leaning = row("1", "and when?", "childcare", kind="followup", context=["new childcare center?"])
    assert evaluated(write([leaning]))["figures"]["all"]["right"] == 1
    assert evaluated(write([{**leaning, "context": []}]))["figures"]["all"]["right"] == 0
    other = Path("other.yaml")
    other.write_text(yaml_text(("en: Childcare centre", "en: Nursery")), encoding="utf-8")
    path = write([row("1", "new childcare center?", "childcare", expect=["^Nursery"])])
    assert evaluated(path)["figures"]["all"]["fact"] == 0
    assert evaluated(path, "--knowledge", str(other))["figures"]["all"]["fact"] == 1


# --- An earlier run ---


def run_with(change: Callable[[dict[str, Any]], None], path: str = "earlier.json") -> str:
    """Save a run of the questions in `questions.jsonl`, changed as if its result had been different."""
    assert minsheng("evaluate", "questions.jsonl", "--save", path).exit_code == 0
    run = json.loads(Path(path).read_text(encoding="utf-8"))
    change(run)
    Path(path).write_text(json.dumps(run), encoding="utf-8")
    return path


def with_verdict(verdict: str, *ids: str) -> Callable[[dict[str, Any]], None]:
    def change(run: dict[str, Any]) -> None:
        for name in ids:
            run["cases"][name]["verdict"] = verdict

    return change


def test_a_saved_run_holds_verdicts_questions_and_knowledge_and_is_not_worse_than_itself() -> None:
    path = write(ROWS.values())
    assert minsheng("evaluate", path, "--save", "run.json").exit_code == 0
    run = json.loads(Path("run.json").read_text(encoding="utf-8"))
    assert {name: case["verdict"] for name, case in run["cases"].items()} == {
        one["id"]: verdict for verdict, one in ROWS.items()
    }
    result = minsheng("evaluate", path, "--against", "run.json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "the questions are the same" in result.stdout
    assert "→" not in result.stdout


def test_a_saved_run_shows_whether_questions_or_knowledge_have_changed() -> None:
    write(ROWS.values())
    earlier = run_with(lambda run: None)
    Path("knowledge/projects.yaml").write_text(YAML_TEXT + "# later\n", encoding="utf-8")
    write([*ROWS.values(), row("f", "beds", "elderly-care")])
    result = minsheng("evaluate", "questions.jsonl", "--against", earlier)
    assert "questions in both: 5" in result.stdout
    assert "the questions are different" in result.stdout
    assert "the knowledge is different" in result.stdout


@pytest.mark.parametrize(
    ("verdict", "then", "changed", "code"),
    [
        ("wrong", "right", 6, 1),  # p = 0.031
        ("wrong", "right", 5, 0),  # p = 0.063
        ("wrong", "missed", 6, 1),  # wrong rises, right stays
        ("invented", "refused", 6, 1),
        ("invented", "hedged", 5, 0),
        ("missed", "right", 6, 1),
        ("missed", "offered", 6, 0),  # neither right, wrong nor invented changed
        ("right", "wrong", 6, 0),  # better
        ("refused", "invented", 6, 0),
    ],
)
def test_a_run_is_worse_when_right_falls_or_wrong_or_invented_rises_by_more_than_chance(
    verdict: str, then: str, changed: int, code: int
) -> None:
    ids = [f"{verdict}-{number}" for number in range(8)]
    write([{**ROWS[verdict], "id": name} for name in ids])
    earlier = run_with(with_verdict(then, *ids[:changed]))
    result = minsheng("evaluate", "questions.jsonl", "--against", earlier)

    assert result.exit_code == code, result.stdout
    assert result.stdout.count(f"{then} → {verdict}") == changed
    assert (": worse" in result.stdout) == bool(code)
    assert json.loads(minsheng("evaluate", "questions.jsonl", "--against", earlier, "--json").stdout)["compared"][
        "worse"
    ] is bool(code)


def test_a_question_with_another_label_is_not_compared() -> None:
    write([ROWS["right"], ROWS["wrong"]])
    earlier = run_with(lambda run: None)
    write([ROWS["right"], {**ROWS["wrong"], "areas": ["hospitals"]}])
    assert "questions in both: 1\n" in minsheng("evaluate", "questions.jsonl", "--against", earlier).stdout
    write([ROWS["missed"]])
    nothing = minsheng("evaluate", "questions.jsonl", "--against", earlier)
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "no question in common" in nothing.stderr


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_exact_test_is_the_binomial_test_of_the_changed_pairs(gained: int, lost: int) -> None:
    from scipy.stats import binomtest  # noqa: PLC0415 - its import takes a second of each process that collects tests

    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(expected)


# --- What is refused ---


@pytest.mark.parametrize("command", ["evaluate", "tune"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "q.jsonl has no questions"),
        (b"\n \n", "q.jsonl has no questions"),
        (b"\xff\xfe", "q.jsonl is not UTF-8 text."),
        (b"{", "line 1 of q.jsonl is not of the form "),
        (b'{"id": "1", "text": "beds"}', "line 1 of q.jsonl has no usable `lang`"),
        (json.dumps(row("1", "beds", lang="de")).encode(), "line 1 of q.jsonl has no usable `lang`"),
        (json.dumps({**row("1", "beds"), "areas": "water"}).encode(), "line 1 of q.jsonl has no usable `areas`"),
        (json.dumps({**row("1", "beds"), "expect": [1]}).encode(), "line 1 of q.jsonl has no usable `expect`"),
        (json.dumps({**row("1", "beds"), "expect": ["("]}).encode(), "no usable `expect`: “(” is not a pattern"),
        (json.dumps({**row("1", "beds"), "projects": None}).encode(), "no usable `projects`"),
        (
            (json.dumps(row("1", "beds")) + "\n\n" + json.dumps(row(1, "water"))).encode(),
            "line 3 of q.jsonl repeats the id “1” of line 1.",
        ),
    ],
)
def test_a_file_without_usable_questions_is_one_sentence_and_exit_2(
    command: str, content: bytes, sentence: str
) -> None:
    Path("q.jsonl").write_bytes(content)
    result = minsheng(command, "q.jsonl")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("evaluate", "missing.jsonl"), "missing.jsonl cannot be read: No such file or directory."),
        (("tune", "missing.jsonl"), "missing.jsonl cannot be read: No such file or directory."),
        (("evaluate", "."), ". cannot be read: Is a directory."),
        (("evaluate", "questions.jsonl", "--against", "missing.json"), "missing.json cannot be read"),
        (
            ("evaluate", "questions.jsonl", "--against", "questions.jsonl"),
            "is not a run written by `minsheng evaluate",
        ),
        (("evaluate", "questions.jsonl", "--save", "no/such.json"), "no/such.json cannot be written"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_exit_2(words: tuple[str, ...], sentence: str) -> None:
    write(ROWS.values())
    result = minsheng(*words)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert sentence in result.stderr


@pytest.mark.parametrize("command", ["evaluate", "tune"])
def test_with_a_broken_knowledge_file_nothing_is_asked_and_the_faults_are_named(command: str) -> None:
    Path("knowledge/projects.yaml").write_text(yaml_text(("status: planned", "status: plannd")), encoding="utf-8")
    result = minsheng(command, write(ROWS.values()))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean `planned`?" in result.stderr
