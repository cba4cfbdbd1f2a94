"""What each part of the engine is worth, and what more ways of asking are worth: the tables of decision 18.

    python -m tests.evaluation_data.ablation [--public FOLDER] [--table parts|phrasings]

parts       the engine without one of meaning, letters and words, or with meaning alone: questions of `citizens`
            asked of the shipped file, those of `citizens` and `held` asked of three phrasings (see `prune.py`),
            and with FOLDER the public sets in it (`NAME/kb.jsonl` and `NAME/dev.jsonl`, as `minsheng match` reads
            them). The confidence keeps its weights.
phrasings   at most so many phrasings in all of the shipped file, topics elsewhere included: every entry keeps the
            same number at most. All sets of questions. Everyday words stay only where all phrasings do.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import numpy as np
import typer

from bot.answers.snapshot import Snapshot
from bot.evaluation.runner import evaluate
from bot.evaluation.scoring import case_of, figures_of
from bot.i18n.catalog import translator_in
from bot.knowledge import KnowledgeBase
from bot.matching import index
from bot.matching.embeddings import Embedder
from bot.matching.matcher import Entry, Ranking, build_matcher
from bot.publishing.files.load import load
from bot.publishing.prepare import prepare
from tests.console import KNOWLEDGE, cached_encoder, shipped_embedder
from tests.evaluation_data.figures import SETS
from tests.evaluation_data.prune import Kind, phrasings_in, prune, with_at_most


class Table(StrEnum):
    """What is printed."""

    PARTS = "parts"
    PHRASINGS = "phrasings"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the similarity of two texts is made of; see `bot/matching/index.py`."""

    meaning: float | None = None  #: its share; None: as it is
    words: float | None = None  #: their share in words and letters; None: as it is
    encoder: bool = True

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Build and ask engines with these parts."""
        with ExitStack() as changes:
            for name, share in (("_MEANING", self.meaning), ("_WORDS", self.words)):
                if share is not None:
                    changes.enter_context(patch.object(index, name, share))
            yield


VARIANTS: Mapping[str, Parts] = {
    "all": Parts(),
    "without meaning": Parts(encoder=False),
    "without letters": Parts(words=1.0),
    "without words": Parts(words=0.0),
    "meaning alone": Parts(meaning=1.0),
}
#: How many phrasings a file has in all; None: as many as there are.
NUMBERS = (1_500, 3_000, None)

Row = Sequence[str]


def rows_of_parts(public: Path | None, variants: Sequence[str] = tuple(VARIANTS)) -> Iterator[Row]:
    """A row for each variant, below the names of the columns."""
    shipped = _shipped()
    folders = sorted(path.parent for path in public.glob("*/kb.jsonl")) if public else []
    yield ("variant", "shipped", "three phrasings", *(folder.name for folder in folders))
    for name in variants:
        parts = VARIANTS[name]
        with parts.in_use():
            embedder = shipped_embedder() if parts.encoder else None
            cells = [
                _answers(shipped, ("citizens",), embedder),
                _answers(prune(shipped, Kind.THREE), ("citizens", "held"), embedder),
                *(_ranked(folder, with_encoder=parts.encoder) for folder in folders),
            ]
        yield (name, *cells)


def rows_of_phrasings(numbers: Sequence[int | None] = NUMBERS, sets: Sequence[str] = tuple(SETS)) -> Iterator[Row]:
    """A row for each number of phrasings, below the names of the columns."""
    shipped = _shipped()
    yield ("phrasings", "of an entry and language at most", "right / wrong / invented / fact")
    for number in numbers:
        kept, most = with_at_most(shipped, number) if number else (shipped, None)
        yield (f"{phrasings_in(kept):,}", str(most or "all"), _answers(kept, sets, shipped_embedder()))


def _shipped() -> KnowledgeBase:
    knowledge = load(KNOWLEDGE).knowledge
    assert knowledge is not None
    return knowledge


def _answers(knowledge: KnowledgeBase, sets: Sequence[str], embedder: Embedder | None) -> str:
    """Right / wrong / invented / fact in percent."""
    snapshot = prepare(knowledge, "measured", embedder=embedder)
    figures = figures_of([result for name in sets for result in _results(SETS[name], snapshot)])
    return _percent(*(figures.share(name) or 0.0 for name in ("right", "wrong", "invented", "fact")))


def _results(path: Path, snapshot: Snapshot) -> Iterator[Any]:
    cases = [case_of(row) for row in _read(path)]
    return evaluate(cases, now=datetime.now(UTC), snapshot=snapshot, translator_in=translator_in)


def _ranked(folder: Path, *, with_encoder: bool) -> str:
    """How often the first entry is right, and how well the confidence tells questions in scope from the others."""
    entries = [Entry(row["id"], tuple(row["texts"])) for row in _read(folder / "kb.jsonl")]
    matcher = build_matcher(entries, cached_encoder(None) if with_encoder else None)
    queries = list(_read(folder / "dev.jsonl"))
    rankings = [matcher.rank(query["text"]) for query in queries]
    inside = [(ranking, query["gold"]) for ranking, query in zip(rankings, queries, strict=True) if query["gold"]]
    outside = [ranking for ranking, query in zip(rankings, queries, strict=True) if not query["gold"]]
    right = sum(bool(ranking.candidates) and ranking.candidates[0].id in gold for ranking, gold in inside)
    return f"{right / len(inside):.1%}, AUROC {_auroc([ranking for ranking, _ in inside], outside):.3f}"


def _auroc(inside: Sequence[Ranking], outside: Sequence[Ranking]) -> float:
    here, there = (
        np.array([ranking.candidates[0].confidence if ranking.candidates else 0.0 for ranking in rankings])
        for rankings in (inside, outside)
    )
    return float(np.mean((here[:, None] > there) + 0.5 * (here[:, None] == there)))


def _read(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _percent(*shares: float) -> str:
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def main(
    tables: Annotated[list[Table], typer.Option("--table", help="What is printed.")] = list(Table),  # noqa: B006
    public: Annotated[Path | None, typer.Option(help="A folder with public sets.")] = None,
) -> None:
    """Print the tables as Markdown."""
    printed: Mapping[Table, Callable[[], Iterator[Row]]] = {
        Table.PARTS: lambda: rows_of_parts(public),
        Table.PHRASINGS: rows_of_phrasings,
    }
    for table in tables:
        for place, row in enumerate(printed[table]()):
            typer.echo(f"| {' | '.join(row)} |")
            if not place:
                typer.echo("|---" * len(row) + "|")
        typer.echo("")


if __name__ == "__main__":
    typer.run(main)
