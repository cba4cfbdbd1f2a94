"""`minsheng evaluate` and `minsheng tune`: measure the answers to labelled questions, and propose costs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from bot.answers.snapshot import Snapshot
from bot.cli.loading import load_snapshot
from bot.cli.options import KnowledgeOption, rows, stop
from bot.evaluation.metrics import (
    ASKED_BACK,
    NONE,
    NOT_LISTED,
    OUT_OF_SCOPE,
    SEVERAL,
    Case,
    CaseError,
    Comparison,
    Figures,
    Replies,
    Result,
    Run,
    case_of,
    compare,
    confusion_of,
    failures_of,
    groups_of,
    replies_of,
    run_of,
    score_table,
)
from bot.evaluation.plots import MISSING, can_draw, draw
from bot.evaluation.runner import evaluate as ask_all
from bot.evaluation.runner import evaluate_with, reading_once
from bot.evaluation.tuning import AT_MOST_INVENTED, AT_MOST_WRONG, Choice, choices_of, grid, setting_of, yaml_line
from bot.i18n.catalog import translator_in
from bot.i18n.visible import shorten

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
    results = list(asked)
    run = run_of(results, snapshot.version)
    compared = compare(earlier, run) if earlier else None
    if compared and not compared.paired:
        stop(f"{against} and {questions} have no question in common, so there is nothing to compare.", 2)
    if save:
        _write(save, _RUN.dump_json(run, indent=1) + b"\n")
    failed = failures_of(results)[:failures]
    if as_json:
        print(json.dumps(_everything(results, failed, run, compared), ensure_ascii=False))
    else:
        _print_figures(groups_of(results))
        _print_replies(replies_of(results))
        _print_confusion(results, snapshot)
        _print_failures(failed, len(failures_of(results)))
        if earlier and compared:
            _print_comparison(earlier, run, compared, {str(case.id): case.text for case in cases})
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
    again = reading_once(snapshot)
    tried = [
        setting_of(costs, evaluate_with(costs, cases, again)) for costs in _progress(grid(present), "trying costs")
    ]
    chosen = choices_of(tried)
    _print_choices(chosen)
    if plot:
        _write(plot, draw(tried, chosen))


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


# --- Showing an evaluation ------------------------------------------------------------------------------------------


def _everything(
    results: Sequence[Result], failed: Sequence[Result], run: Run, compared: Comparison | None
) -> dict[str, Any]:
    """The object that --json prints."""
    confusion: dict[str, dict[str, int]] = {}
    for (wanted, answered), count in confusion_of(results).items():
        confusion.setdefault(wanted, {})[answered] = count
    return {
        "questions": run.questions,
        "knowledge": run.knowledge,
        "figures": score_table(groups_of(results)),
        "replies": {name: asdict(group) for name, group in replies_of(results).items()},
        "confusion": confusion,
        "failures": [
            {
                "id": result.case.id,
                "verdict": result.verdict,
                "kind": result.case.kind,
                "text": result.case.text,
                "wanted": result.case.areas,
                "told": {"kind": result.prediction.kind, "areas": result.prediction.areas},
            }
            for result in failed
        ],
        "compared": compared and _compared(compared),
    }


def _compared(compared: Comparison) -> dict[str, Any]:
    return {
        "paired": compared.paired,
        "worse": compared.is_worse,
        "shifts": {
            shift.verdict: {"gained": shift.gained, "lost": shift.lost, "p": shift.p, "worse": shift.is_worse}
            for shift in compared.shifts
        },
        "changed": [{"id": name, "then": then, "now": now} for name, then, now in compared.changed],
    }


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _print_figures(groups: dict[str, Figures]) -> None:
    """Print two tables, for questions about the list and for others, each with the groups that have any."""
    inside = _table("about the list", "asked", "right", "offered", "wrong", "missed", "fact", "project")
    outside = _table("about something else", "asked", *OUT_OF_SCOPE)
    for name, figures in sorted(groups.items(), key=lambda group: (group[0] != "all", group[0].startswith("kind:"))):
        label, wholes = escape(name.removeprefix("kind:")), figures.wholes
        if wholes["in"]:
            shares = [_percent(figures.share(word)) for word in ("right", "offered", "wrong", "missed")]
            parts = [_of(figures, "fact", "facts"), _of(figures, "project", "projects")]
            inside.add_row(label, str(wholes["in"]), *shares, *parts)
        if wholes["out"]:
            outside.add_row(label, str(wholes["out"]), *(_percent(figures.share(word)) for word in OUT_OF_SCOPE))
    for table in (inside, outside):
        if table.row_count:
            _console().print(table)
    print(f"score {score_table(groups)['score']}: right minus wrong minus invented, the languages counted evenly\n")


def _print_replies(replies: Mapping[str, Replies]) -> None:
    """Print how long replies are, and how many show the asked fact at once."""
    table = _table("replies", "median length", "fact in the first 80 characters")
    for name, group in sorted(replies.items(), key=lambda each: (each[0] != "all", each[0])):
        table.add_row(name, f"{group.median:.0f}", _percent(group.early))
    _console().print(table)


def _of(figures: Figures, name: str, whole: str) -> str:
    share = figures.share(name)
    return "-" if share is None else f"{_percent(share)} of {figures.wholes[whole]}"


def _print_confusion(results: Sequence[Result], snapshot: Snapshot) -> None:
    counted = confusion_of(results)
    known = [area.id for area in snapshot.knowledge.areas]
    labelled = dict.fromkeys(row for row, _ in counted if row not in known and row != NOT_LISTED)
    columns = [column for column in (*known, SEVERAL, ASKED_BACK, NONE) if any(got == column for _, got in counted)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="answered", title_style="")
    table.add_column("wanted", no_wrap=True)
    for column in columns:
        table.add_column(escape(column.replace("-", "- ")), justify="right")
    for row in (*known, *labelled, NOT_LISTED):
        if any(wanted == row for wanted, _ in counted):
            table.add_row(escape(row), *(str(counted[row, column] or ".") for column in columns))
    if table.row_count:
        _console().print(table)


def _print_failures(failed: Sequence[Result], total: int) -> None:
    print(f"failures: {total}" + (f", of which {len(failed)} are shown" if len(failed) < total else ""))
    for result in failed:
        case, got = result.case, result.prediction
        print(f"  {result.verdict:9}{case.id:<9} {case.kind:11} {_line(case.text)}")
        print(f"           wanted {', '.join(case.areas) or 'none'}; got {got.kind}: {', '.join(got.areas) or 'none'}")


def _line(text: str) -> str:
    """A text on one line of at most 90 characters."""
    return shorten(" ".join(text.split()), 90)


def _print_comparison(earlier: Run, run: Run, compared: Comparison, texts: dict[str, str]) -> None:
    print(f"\ncompared with the earlier run; questions in both: {compared.paired}")
    print(f"  the questions are {'the same' if earlier.questions == run.questions else 'different'}")
    print(f"  the knowledge is {'the same' if earlier.knowledge == run.knowledge else 'different'}")
    for shift in compared.shifts:
        then, now = shift.both + shift.lost, shift.both + shift.gained
        worse = ": worse" if shift.is_worse else ""
        print(
            f"  {shift.verdict:9}{then:>4} then, {now:>4} now (+{shift.gained} -{shift.lost}, p = {shift.p:.3f}){worse}"
        )
    for name, before, after in compared.changed:
        print(f"  {name:9} {before} → {after}  {_line(texts[name])}")


#: In columns. A narrower terminal wraps the lines, which is better than cut tables.
_NARROWEST = 110


def _console() -> Console:
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST)
    return console


# --- Showing a tuning -----------------------------------------------------------------------------------------------


def _print_choices(chosen: Sequence[Choice]) -> None:
    table = _table("costs", "wrong", "ask", "refuse", "right", "offered", "wrong", "missed", "hedged", "invented")
    for choice in chosen:
        costs, figures = choice.setting.costs, choice.setting.figures
        shares = [_percent(figures[word]) for word in ("right", "offered", "wrong", "missed", "hedged", "invented")]
        table.add_row(choice.name, f"{costs.wrong:g}", f"{costs.ask:g}", f"{costs.refuse:g}", *shares)
    _console().print(table)
    proposed = next(choice.setting for choice in chosen if choice.name == "proposed")
    limits = f"wrong at most {AT_MOST_WRONG:.0%} and invented at most {AT_MOST_INVENTED:.0%}"
    if proposed.keeps_limits:
        print(f"The proposed costs give the most right answers with {limits}, then the most offered ones.")
    else:
        print(f"No costs keep {limits}; the proposed ones give the fewest wrong and invented answers.")
    print("They were chosen on these questions; expect slightly lower figures on others.")
    print(f"For the head of the knowledge file:\n  {yaml_line(proposed.costs)}")
