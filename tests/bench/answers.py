"""How long a question takes to its reply, compared with a plain fuzzy search over all phrasings on the same machine.

Also how long a new phrasing takes until it answers, compared with PyYAML, which only reads the files. Times are CPU
time: one thread answers, so they are what a citizen waits on a machine that is not shared.
"""

from collections.abc import Callable, Iterable, Sequence
from time import process_time

import numpy as np
import yaml
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.table import Table

from bot.answers.service import Conversations, answer_question
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.text_length import MAX_TEXT
from bot.matching.normalize import to_query
from bot.publishing.files.folder import pack, read_content, unpack
from bot.publishing.files.load import load, load_content
from bot.publishing.prepare import prepare
from tests.console import CASE_SETS, KNOWLEDGE, SOON, questions, shipped_embedder

#: A phrasing of the shipped files that another one takes the place of.
_PHRASING = b"- winter heating"


def main() -> None:
    """Measure and print."""
    console = Console(highlight=False)
    snapshot, reading, building = _loaded()
    rows = [row for name in CASE_SETS for row in questions(name)]
    ours = [_reply_time(row["text"], row.get("context", []), snapshot) for row in rows]
    queries = [to_query(row["text"]).text for row in rows]
    phrasings = [to_query(phrasing.text).text for phrasing in snapshot.engine.phrasings]
    long = [_reply_time(text, [], snapshot) for text in _long_texts([row["text"] for row in rows])]
    plain = [_search_time(query, phrasings) for query in queries]

    table = Table(
        "milliseconds of CPU", "p50", "p99", "max", title=f"{len(rows)} questions, {len(phrasings):,} phrasings"
    )
    figures = [_figures(times) for times in (ours, plain)]
    table.add_row("question -> reply", *(f"{figure:.2f}" for figure in figures[0]))
    table.add_row(f"{MAX_TEXT:,} characters -> reply", *(f"{figure:.2f}" for figure in _figures(long)))
    table.add_row("rapidfuzz extractOne(WRatio)", *(f"{figure:.2f}" for figure in figures[1]))
    table.add_row("ratio", *(f"{own / other:.3f}" for own, other in zip(*figures, strict=True)))
    console.print(table)
    console.print(f"load {reading + building:.2f} s: {reading:.2f} s to read, {building:.2f} s to build the snapshot")
    saving, parsing = _saving_time(snapshot)
    console.print(f"another phrasing {saving:.2f} s, {saving / parsing:.1f} times PyYAML, which reads the files alone")


def _loaded() -> tuple[Snapshot, float, float]:
    """The city's snapshot, and the seconds that its file took to be read and to be prepared."""
    embedder, start = shipped_embedder(), process_time()
    loaded = load(KNOWLEDGE)
    read = process_time()
    assert loaded.knowledge is not None, loaded.diagnostics
    snapshot = prepare(loaded.knowledge, loaded.digest, embedder=embedder)
    return snapshot, read - start, process_time() - read


def _saving_time(snapshot: Snapshot) -> tuple[float, float]:
    """The least seconds of three changes of a phrasing until it answers, and those of PyYAML for the same files."""
    files, savings, parsings = unpack(read_content(KNOWLEDGE)), [], []
    name = next(name for name, content in files.items() if _PHRASING in content)
    for number in range(3):
        changed = {**files, name: files[name].replace(_PHRASING, b"%s of ours, %d" % (_PHRASING, number), 1)}
        start = process_time()
        loaded = load_content(pack(changed))
        assert loaded.knowledge is not None, loaded.diagnostics
        snapshot = prepare(loaded.knowledge, loaded.digest, snapshot)
        savings.append(process_time() - start)
        start = process_time()
        for content in changed.values():
            yaml.load(content, yaml.CSafeLoader)
        parsings.append(process_time() - start)
    return min(savings), min(parsings)


def _reply_time(text: str, context: Iterable[str], snapshot: Snapshot) -> float:
    """The seconds for the last message of a chat; each question is new, as a citizen's is."""
    conversations = Conversations()

    def ask(message: str) -> object:
        return answer_question(
            message, chat=1, now=SOON, snapshot=snapshot, conversations=conversations, translator_in=translator_in
        )

    for earlier in context:
        ask(earlier)
    return _timed(lambda: ask(text))


def _long_texts(texts: Sequence[str]) -> list[str]:
    """Messages of the greatest length, cut from all the questions in a row."""
    joined = ", ".join(texts)
    return [joined[start : start + MAX_TEXT] for start in range(0, len(joined) - MAX_TEXT, MAX_TEXT)]


def _search_time(query: str, phrasings: Sequence[str]) -> float:
    return _timed(lambda: process.extractOne(query, phrasings, scorer=fuzz.WRatio))


def _timed(act: Callable[[], object]) -> float:
    start = process_time()
    act()
    return process_time() - start


def _figures(seconds: list[float]) -> tuple[float, ...]:
    """Median, 99th percentile and maximum in milliseconds."""
    return tuple(1000 * float(np.percentile(seconds, share)) for share in (50, 99, 100))
