"""The command line of the benchmarks."""

import pytest

from tests.bench.__main__ import BENCHES, benches_in


def test_without_a_name_every_bench_runs_and_with_names_only_those() -> None:
    assert benches_in([]) == list(BENCHES)
    assert {"answers", "broadcasts", "page"} <= set(BENCHES)
    assert "machine" not in BENCHES
    assert benches_in(["publishing", "answers"]) == ["publishing", "answers"]


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["no-such-bench"], 2), (["--fast"], 2)])
def test_help_and_a_wrong_name_give_a_usage_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    with pytest.raises(SystemExit) as ended:
        benches_in(arguments)
    assert ended.value.code == code
    said = "".join(capsys.readouterr())
    assert said.startswith("usage: python -m tests.bench [-h] [bench ...]")
    if arguments == ["no-such-bench"]:
        assert "there is no bench “no-such-bench”; there are answers," in said
