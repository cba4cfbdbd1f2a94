"""`minsheng tune`."""

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.loading import load_snapshot
from bot.evaluation.runner import evaluate_with, with_cached_scores
from bot.evaluation.scoring import (
    IN_SCOPE,
    Verdict,
    case_of,
)
from bot.evaluation.tuning import Setting, choices_of, grid, proposed
from bot.knowledge import Costs
from tests.cli.evaluating import ROWS, row, write
from tests.cli.minsheng import minsheng
from tests.factories import yaml_text

pytestmark = pytest.mark.usefixtures("small_city")


def test_tune_shows_what_costs_give_proposes_some_and_draws_them() -> None:
    result = minsheng("tune", write(ROWS.values()), "--plot", "costs.png")

    assert (result.exit_code, result.stderr) == (0, "")
    present = re.search(r"present +5 +1 +2 +33\.3% +0\.0% +33\.3% +33\.3% +0\.0% +50\.0%", result.stdout)
    assert present, result.stdout
    assert re.search(r"^  costs: \{wrong: [\d.]+, ask: 1, refuse: [\d.]+\}$", result.stdout, re.MULTILINE)
    assert Path("costs.png").read_bytes().startswith(b"\x89PNG")


def test_what_tune_says_of_costs_is_what_evaluate_says_when_the_file_has_them() -> None:
    leaning = row("f", "and when?", "childcare", kind="followup", context=["new childcare center?"])
    path = write([*ROWS.values(), leaning])
    costly = yaml_text(("costs: {wrong: 5, ask: 1, refuse: 2}", "costs: {wrong: 100000, ask: 1, refuse: 2}"))
    Path("costly.yaml").write_text(costly, encoding="utf-8")
    assert minsheng("evaluate", path, "--save", "run.json", "--knowledge", "costly.yaml").exit_code == 0
    evaluated_so = {
        name: case["verdict"]
        for name, case in json.loads(Path("run.json").read_text(encoding="utf-8"))["cases"].items()
    }
    snapshot, cases = with_cached_scores(load_snapshot(None)), [case_of(one) for one in (*ROWS.values(), leaning)]
    for _ in range(2):  # also when everything was read before
        results = evaluate_with(Costs(wrong=100000, ask=1, refuse=2), cases, snapshot)
        assert {result.case.id: result.verdict for result in results} == evaluated_so
    assert evaluated_so["b"] != "wrong"  # at such a cost it does not dare


def test_without_matplotlib_tune_says_what_to_install_and_the_table_still_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write([ROWS["right"]])
    monkeypatch.setattr("bot.charts.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused = minsheng("tune", path, "--plot", "costs.png")
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "pip install matplotlib" in refused.stderr
    assert "proposed" in minsheng("tune", path).stdout


def setting(wrong: float, verdicts: str) -> Setting:
    """Costs, and verdicts by their first letter; x is refused."""
    known: tuple[Verdict, ...] = (*IN_SCOPE, "hedged", "invented")
    words: dict[str, Verdict] = {"x": "refused", **{word[0]: word for word in known}}
    found = tuple(words[letter] for letter in verdicts)
    return Setting(Costs(wrong=wrong, ask=1, refuse=2), found, sum(letter in "rwi" for letter in verdicts))


def test_proposed_are_the_most_right_answers_among_costs_that_keep_the_limits() -> None:
    present, bold, careful = setting(5, "rrmmxx"), setting(2, "rrrrxi"), setting(4, "rrromx")
    assert proposed([present, bold, careful]).costs.wrong == 4


def test_of_equally_good_costs_those_nearest_to_the_present_ones_are_proposed() -> None:
    present, far, near = setting(5, "rmxx"), setting(20, "rrxx"), setting(4, "rrxx")
    assert proposed([present, far, near]).costs.wrong == 4
    assert proposed([setting(5, "rrxx"), far, near]).costs.wrong == 5


def test_where_no_costs_keep_the_limits_the_fewest_errors_are_proposed() -> None:
    tried = [setting(5, "rrwi"), setting(9, "rmwx"), setting(7, "rrwx"), setting(3, "rrwi")]
    assert not any(one.keeps_limits for one in tried)
    assert proposed(tried).costs.wrong == 7


def test_alternatives_are_those_that_give_something_else() -> None:
    tried = [setting(5, "rmxx"), setting(4, "rmxx"), setting(1.5, "rrii"), setting(2, "roxx")]
    assert [(choice.name, choice.setting.costs.wrong) for choice in choices_of(tried)] == [
        ("present", 5),
        ("proposed", 2),
        ("most right", 1.5),
    ]


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0.1, 50))
def test_the_grid_begins_with_the_present_costs_and_keeps_the_cost_of_asking_back(
    wrong: float, ask: float, refuse: float
) -> None:
    present = Costs(wrong=wrong, ask=ask, refuse=refuse)
    tried = grid(present)
    assert tried[0] == present
    assert {costs.ask for costs in tried} == {ask}
    assert len(set(map(str, tried))) == len(tried) > 30
