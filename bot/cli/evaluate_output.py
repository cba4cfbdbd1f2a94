"""The output of `minsheng evaluate` and `minsheng tune`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.answers.snapshot import Snapshot
from bot.evaluation.comparison import Comparison, Run, compare, run_of
from bot.evaluation.scoring import (
    ASKED_BACK,
    NONE,
    NOT_LISTED,
    OUT_OF_SCOPE,
    SEVERAL,
    Figures,
    Replies,
    Result,
    confusion_of,
    failures_of,
    groups_of,
    replies_of,
    score_table,
)
from bot.evaluation.tuning import AT_MOST_INVENTED, AT_MOST_WRONG, Choice, yaml_line
from bot.i18n.text_length import shorten


@dataclass(frozen=True)
class Evaluation:
    """The results of one run, and the earlier run that it is compared with."""

    results: Sequence[Result]
    snapshot: Snapshot
    earlier: Run | None

    @cached_property
    def run(self) -> Run:
        return run_of(self.results, self.snapshot.version)

    @cached_property
    def compared(self) -> Comparison | None:
        return compare(self.earlier, self.run) if self.earlier else None


def print_evaluation(evaluation: Evaluation, most: int | None) -> None:
    """Print the tables, at most this many failures, and the comparison."""
    results = evaluation.results
    _print_figures(groups_of(results))
    _print_replies(replies_of(results))
    _print_confusion(results, evaluation.snapshot)
    _print_failures(failures_of(results), most)
    if evaluation.earlier and evaluation.compared:
        texts = {str(result.case.id): result.case.text for result in results}
        _print_comparison(evaluation.earlier, evaluation.run, evaluation.compared, texts)


def evaluation_row(evaluation: Evaluation, most: int | None) -> dict[str, Any]:
    """The object that --json prints, with at most this many failures."""
    results, run, compared = evaluation.results, evaluation.run, evaluation.compared
    confusion: dict[str, dict[str, int]] = {}
    for (wanted, answered), count in confusion_of(results).items():
        confusion.setdefault(wanted, {})[answered] = count
    return {
        "questions": run.questions,
        "knowledge": run.knowledge,
        "figures": score_table(groups_of(results)),
        "replies": {name: asdict(group) for name, group in replies_of(results).items()},
        "confusion": confusion,
        "failures": [_failure_row(result) for result in failures_of(results)[:most]],
        "compared": compared and _compared(compared),
    }


def _failure_row(result: Result) -> dict[str, Any]:
    return {
        "id": result.case.id,
        "verdict": result.verdict,
        "kind": result.case.kind,
        "text": result.case.text,
        "wanted": result.case.areas,
        "told": {"kind": result.prediction.kind, "areas": result.prediction.areas},
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
    """Print two tables, for questions about the list and for others, each with its non-empty groups."""
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
    """Print the lengths of replies, and how many show the requested fact at once."""
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


def _print_failures(failed: Sequence[Result], most: int | None) -> None:
    shown = failed[:most]
    print(f"failures: {len(failed)}" + (f", of which {len(shown)} are shown" if len(shown) < len(failed) else ""))
    for result in shown:
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


#: In columns. On a narrower terminal the lines wrap, which is better than truncated tables.
_NARROWEST = 110


def _console() -> Console:
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST)
    return console


def print_choices(chosen: Sequence[Choice]) -> None:
    """Print the settings that `minsheng tune` tried, and the costs that it proposes."""
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
