"""`minsheng match`: the engine on any list of entries; JSON lines in, JSON lines out."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.json_lines import ENTRY, QUESTION, print_json, rows
from bot.cli.loading import load_embedder
from bot.cli.terminal import stop
from bot.matching.matcher import Entry, Matcher, build_matcher


def match(
    kb: Annotated[Path, typer.Option("--kb", help='Entries, one per line: {"id": "1", "texts": ["a way of asking"]}.')],
    queries: Annotated[Path, typer.Option("--queries", help='Queries, one per line: {"id": "1", "text": "..."}.')],
) -> None:
    """Match queries with any list of entries: the engine without the city."""
    entries = [Entry(str(row["id"]), tuple(row["texts"])) for row in _rows(kb, ENTRY)]
    console = Console(stderr=True)
    try:
        with console.status(f"learning {len(entries):,} entries"):
            matcher = build_matcher(entries, load_embedder())
    except ValueError:
        stop(f"{kb}: no entry has a text to match with", 2)
    for row in _rows(queries, QUESTION):
        print_json(_matched(row, matcher), flush=True)


def _matched(row: dict[str, Any], matcher: Matcher) -> dict[str, Any]:
    start = perf_counter()
    ranking = matcher.rank(row["text"])
    spent = round(1000 * (perf_counter() - start), 3)
    found = [{"id": candidate.id, "confidence": candidate.confidence} for candidate in ranking.candidates]
    return {"id": row["id"], "matches": found, "decision": ranking.advice, "ms": spent}


def _rows(path: Path, form: str) -> Iterator[dict[str, Any]]:
    """The rows of a file, read one at a time, since they may not fit into memory."""
    try:
        with path.open(encoding="utf-8") as lines:
            yield from (row for _, row in rows(lines, str(path), form))
    except UnicodeDecodeError:
        stop(f"{path} cannot be read: it is not UTF-8 text", 2)
    except OSError as error:
        stop(f"{path} cannot be read: {error.strerror}", 2)
