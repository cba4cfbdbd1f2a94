"""The matcher on other people's data, without a city: JSON lines in, JSON lines out."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from bot.core.matching.matcher import Entry, Matcher, build_matcher


def match(
    kb: Annotated[Path, typer.Option("--kb", help='Entries, a line each: {"id": "1", "texts": ["a way of asking"]}.')],
    queries: Annotated[Path, typer.Option("--queries", help='Queries, a line each: {"id": "1", "text": "..."}.')],
) -> None:
    """Match queries with any list of entries, in English, Chinese or Russian: the bare engine, without the city."""
    entries = [_entry(row, place) for row, place in _rows(kb, "texts")]
    console = Console(stderr=True)
    try:
        with console.status(f"learning {len(entries):,} entries"):
            matcher = build_matcher(entries)
    except ValueError:
        _refuse(f"{kb}: no entry has a text to match with")
    for row, _ in _rows(queries, "text"):
        print(json.dumps(_matched(row, matcher), ensure_ascii=False), flush=True)


def _matched(row: dict[str, Any], matcher: Matcher) -> dict[str, Any]:
    start = perf_counter()
    ranking = matcher.rank(row["text"])
    spent = round(1000 * (perf_counter() - start), 3)
    found = [{"id": candidate.id, "confidence": candidate.confidence} for candidate in ranking.candidates]
    return {"id": row["id"], "matches": found, "decision": ranking.verdict, "ms": spent}


def _entry(row: dict[str, Any], place: str) -> Entry:
    if not isinstance(row["texts"], list) or not all(isinstance(text, str) for text in row["texts"]):
        _refuse(f"{place}: `texts` should be a list of texts")
    return Entry(str(row["id"]), tuple(row["texts"]))


def _rows(path: Path, field: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The rows of a file and where each stands, read one at a time, so that a file may be longer than the memory."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _row(line, field, f"{path}:{number}"), f"{path}:{number}"
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8 text"
        _refuse(f"{path} cannot be read: {reason}")


def _row(line: str, field: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        fits = isinstance(row["id"], str | int) and (field == "texts" or isinstance(row[field], str)) and field in row
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        _refuse(f'{place}: the line is not of the form {{"id": "1", "{field}": ...}}')
    return dict(row)


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(2)
