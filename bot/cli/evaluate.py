"""`minsheng evaluate` and `minsheng tune`: measure the answers to labelled questions, and propose costs."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import track

from bot.charts import can_draw
from bot.cli.evaluate_output import Evaluation, evaluation_row, print_choices, print_evaluation
from bot.cli.json_lines import print_json, rows
from bot.cli.loading import load_snapshot
from bot.cli.options import KnowledgeOption
from bot.cli.terminal import stop
from bot.evaluation.comparison import Run
from bot.evaluation.plots import MISSING, draw_costs
from bot.evaluation.runner import evaluate as ask_all
from bot.evaluation.runner import evaluate_with, with_cached_scores
from bot.evaluation.scoring import Case, CaseError, case_of
from bot.evaluation.tuning import choices_of, grid, setting_of
from bot.i18n.catalog import translator_in

T = TypeVar("T")

_RUN = TypeAdapter(Run)
#: An example for error messages: a line with a labelled question.
_FORM = (
    '{"id": "1", "lang": "en", "text": "new childcare center?", "areas": ["childcare"], "kind": "direct", "expect": []}'
)

QuestionsArgument = Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Labelled questions as JSON lines.")]


def evaluate(
    questions: QuestionsArgument,
    *,
    failures: Annotated[
        int | None, typer.Option("--failures", min=0, help="List at most this many failures.", show_default="all")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write this run to a file, for --against.", show_default=False)
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A saved run to compare with; exit code 1 if worse.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    knowledge: KnowledgeOption = None,
) -> None:
    """Ask labelled questions and count right, offered, wrong, missed and invented answers."""
    cases = _cases(questions)
    earlier = _run(against) if against else None
    snapshot = load_snapshot(knowledge)
    asked = ask_all(_progress(cases, "asking"), now=datetime.now(UTC), snapshot=snapshot, translator_in=translator_in)
    evaluation = Evaluation(list(asked), snapshot, earlier)
    compared = evaluation.compared
    if compared and not compared.paired:
        stop(f"{against} and {questions} have no question in common, so there is nothing to compare.", 2)
    if save:
        _write(save, _RUN.dump_json(evaluation.run, indent=1) + b"\n")
    if as_json:
        print_json(evaluation_row(evaluation, failures))
    else:
        print_evaluation(evaluation, failures)
    if compared and compared.is_worse:
        raise typer.Exit(1)


def tune(
    questions: QuestionsArgument,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw wrong answers against coverage (PNG).", show_default=False),
    ] = None,
    knowledge: KnowledgeOption = None,
) -> None:
    """Try other costs on labelled questions and propose the best."""
    cases = _cases(questions)
    if plot and not can_draw():
        stop(MISSING, 2)
    snapshot = load_snapshot(knowledge)
    present = snapshot.knowledge.city.costs
    again = with_cached_scores(snapshot)
    tried = [
        setting_of(costs, evaluate_with(costs, cases, again)) for costs in _progress(grid(present), "trying costs")
    ]
    chosen = choices_of(tried)
    print_choices(chosen)
    if plot:
        _write(plot, draw_costs(tried, chosen))


# --- Reading --------------------------------------------------------------------------------------------------------


def _cases(path: Path) -> list[Case]:
    """The labelled questions of a file; exits with 2 at the first invalid line."""
    cases: list[Case] = []
    line_of: dict[str, int] = {}
    for number, row in rows(_text(path).split("\n"), str(path)):
        try:
            case = case_of(row)
        except CaseError as refusal:
            stop(f"line {number} of {path} has {refusal}; it should look like {_FORM}", 2)
        if (first := line_of.setdefault(str(case.id), number)) != number:
            stop(f"line {number} of {path} repeats the id “{case.id}” of line {first}.", 2)
        cases.append(case)
    return cases or stop(f"{path} has no questions; a line should look like {_FORM}", 2)


def _run(path: Path) -> Run:
    try:
        return _RUN.validate_json(_text(path))
    except ValidationError:
        stop(f"{path} is not a run written by `minsheng evaluate --save`.", 2)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as refusal:
        stop(f"{path} cannot be read: {refusal.strerror}.", 2)
    except ValueError:
        stop(f"{path} is not UTF-8 text.", 2)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as refusal:
        stop(f"{path} cannot be written: {refusal.strerror}.", 2)


def _progress(things: Sequence[T], doing: str) -> Iterable[T]:
    """The same items; shows a progress bar on standard error if it is a terminal."""
    return track(things, doing, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
