"""How well labelled questions are answered from the shipped file, from smaller ones, and from another city's.

    python -m tests.evaluation_data.figures [--set NAME ...] [--knowledge NAME ...] [--by-set] [--json | --markdown]

The knowledge is the shipped file, two smaller ones (see `prune.py`) and the files of other cities in `tests/cases`.
The figures are those of `minsheng evaluate`: `right`, `wrong`, `missed` and `fact` of the questions about the list,
`invented` and `hedged` of the others; `follow-ups` is `right` of the kinds followup and correction.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bot.answers.snapshot import Snapshot
from bot.evaluation.runner import evaluate
from bot.evaluation.scoring import Result, case_of, figures_of
from bot.i18n.catalog import translator_in
from bot.knowledge import KnowledgeBase
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from tests.console import CASES, KNOWLEDGE, shipped_embedder
from tests.evaluation_data.prune import Kind, prune

#: Files of questions about the shipped knowledge, by name.
SETS = {
    "citizens": CASES / "citizens" / "dev.jsonl",
    "city": CASES / "city" / "questions.jsonl",
    "held": CASES / "held" / "questions.jsonl",
    "general": CASES / "general" / "questions.jsonl",
}
#: Cities with a file and questions of their own, in folders of these names.
CITIES = (
    "second_city",
    "third_city",
    "fourth_city",
    "fifth_city",
    "sixth_city",
    "seventh_city",
    "eighth_city",
    "ninth_city",
    "tenth_city",
    "eleventh_city",
    "twelfth_city",
    "thirteenth_city",
    "fourteenth_city",
)
#: What can be asked, by name.
KNOWLEDGE_NAMES = ("shipped", "three", "areas", *CITIES)
_GOES_ON = ("followup", "correction")
_COLUMNS = ("asked", "right", "wrong", "missed", "fact", "out", "invented", "hedged", "follow-ups")


def table_of(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """The figures of all questions and of each language; a share that no question asks for is None."""
    languages = sorted({result.case.lang for result in results})
    by_language = {name: [result for result in results if result.case.lang == name] for name in languages}
    return {"all": _row(results), **{name: _row(group) for name, group in by_language.items()}}


def _row(results: Sequence[Result]) -> dict[str, Any]:
    figures = figures_of(results)
    later = figures_of([result for result in results if result.case.kind in _GOES_ON])
    shares = {name: figures.share(name) for name in ("right", "wrong", "missed", "fact", "invented", "hedged")}
    return {
        "asked": figures.wholes["in"],
        "out": figures.wholes["out"],
        **shares,
        "follow-ups": later.share("right"),
    }


def measure(names: Iterable[str], sets: Iterable[str]) -> Iterator[tuple[str, str, list[Result]]]:
    """The name of the knowledge, that of the questions, and what they got."""
    sets = list(sets)
    for name in names:
        snapshot = prepare(_knowledge(name), name, embedder=shipped_embedder())
        for chosen, path in _questions(name, sets).items():
            yield name, chosen, _results(path, snapshot)


def _knowledge(name: str) -> KnowledgeBase:
    if name in CITIES:
        return _loaded(CASES / name / "projects.yaml")
    shipped = _loaded(KNOWLEDGE)
    return shipped if name == "shipped" else prune(shipped, Kind(name))


def _loaded(path: Path) -> KnowledgeBase:
    knowledge = load(path).knowledge
    if knowledge is None:
        raise typer.BadParameter(f"{path} is not usable knowledge; run `minsheng check`")
    return knowledge


def _questions(knowledge: str, sets: Sequence[str]) -> Mapping[str, Path]:
    if knowledge in CITIES:
        return {knowledge: CASES / knowledge / "questions.jsonl"}
    return {name: SETS[name] for name in sets}


def _results(path: Path, snapshot: Snapshot) -> list[Result]:
    cases = [case_of(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return list(evaluate(cases, now=datetime.now(UTC), snapshot=snapshot, translator_in=translator_in))


def main(
    sets: Annotated[list[str], typer.Option("--set", help="Questions about the shipped city.")] = list(SETS),  # noqa: B006
    names: Annotated[list[str], typer.Option("--knowledge", help="What is asked.")] = list(KNOWLEDGE_NAMES),  # noqa: B006
    *,
    by_set: Annotated[bool, typer.Option("--by-set", help="Every set of questions by itself.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the rows of docs/evaluation.md.")] = False,
) -> None:
    """Print the table."""
    groups: dict[str, list[Result]] = {}
    for name, chosen, results in measure(names, sets):
        groups.setdefault(f"{name}, {chosen}" if by_set else name, []).extend(results)
    tables = {name: table_of(results) for name, results in groups.items()}
    if as_json:
        json.dump(tables, sys.stdout)
    elif as_markdown:
        _print_markdown(tables)
    else:
        _print(tables)


def _print(tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    table = Table("knowledge", "language", *_COLUMNS, box=box.SIMPLE_HEAD)
    for name, rows in tables.items():
        for language, row in rows.items():
            table.add_row(name, language, *(_cell(row[column]) for column in _COLUMNS))
        table.add_section()
    console = Console(highlight=False)
    console.width = max(console.width, 120)
    console.print(table)


def _print_markdown(tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Print one row for each group, of all languages together."""
    typer.echo("|".join(("", " knowledge ", *(f" {column} " for column in _COLUMNS), "")))
    typer.echo("|---" * (len(_COLUMNS) + 1) + "|")
    for name, rows in tables.items():
        typer.echo("|".join(("", f" {name} ", *(f" {_cell(rows['all'][column])} " for column in _COLUMNS), "")))


def _cell(figure: int | float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.1%}" if isinstance(figure, float) else str(figure)


if __name__ == "__main__":
    typer.run(main)
