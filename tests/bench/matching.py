"""How the matcher grows with its list: time, memory and hits for up to 100,000 generated entries."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.table import Table

from bot.matching.matcher import Entry, build_matcher

#: Entries and phrasings of each.
_SIZES = ((1_000, 1), (10_000, 1), (100_000, 1), (10_000, 5))
_SEED, _QUERIES = 1, 300
#: Above this number of phrasings the plain search is measured on fewer queries: each takes a good part of a second.
_LARGE, _FEW = 5_000, 15
_WORDS, _CONSONANTS, _VOWELS = 20_000, "b d f g k l m n p r s t v z ch sh tr st", "a e i o u ai or en al in"


@dataclass(frozen=True, slots=True)
class _Figures:
    """What was measured with one list."""

    entries: int
    phrasings: int  #: of each entry
    build: float  #: seconds
    added: float  #: megabytes that stay after the build
    peak: float  #: the most megabytes that the build took
    median: float  #: milliseconds of a query
    slow: float  #: the same, 99th percentile
    right: float  #: share of the queries whose entry is named first
    plain: float  #: median milliseconds of the plain search


def main() -> None:
    """Measure each list in a process of its own, so that memory is its own, and print."""
    console = Console(highlight=False, width=120)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        measured = pool.starmap(_measured, _SIZES, chunksize=1)

    title = f"Generated lists (seed {_SEED}, made-up words), {_QUERIES} queries: two words dropped and one slip"
    columns = ("entries", "build s", "added MB", "peak MB", "p50 ms", "p99 ms", "top-1", "WRatio ms", "faster")
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in measured:
        figures = (
            f"{row.build:.1f}",
            f"{row.added:.0f}",
            f"{row.peak:.0f}",
            f"{row.median:.2f}",
            f"{row.slow:.2f}",
            f"{row.right:.3f}",
            f"{row.plain:.1f}",
            f"{row.plain / row.median:.0f}x",
        )
        table.add_row(f"{row.entries:,} x {row.phrasings}", *figures)
    console.print(table)
    smaller, larger = measured[1:3]
    console.print(
        f"from {smaller.entries:,} to {larger.entries:,} entries: "
        f"query p50 x{larger.median / smaller.median:.1f}, p99 x{larger.slow / smaller.slow:.1f}, "
        f"build x{larger.build / smaller.build:.1f}, memory x{larger.added / smaller.added:.1f}, "
        f"rapidfuzz extractOne(WRatio) x{larger.plain / smaller.plain:.1f}"
    )


def _measured(size: int, each: int) -> _Figures:
    """Build one list, ask it, and search it plainly."""
    rng = random.Random(_SEED)
    entries = _entries(rng, size, each)
    asked = [rng.choice(entries) for _ in range(_QUERIES)]
    queries = [_misremembered(rng, rng.choice(entry.phrasings)) for entry in asked]
    phrasings = [phrasing for entry in entries for phrasing in entry.phrasings]

    before, start = _memory("VmRSS"), perf_counter()
    matcher = build_matcher(entries)
    build = perf_counter() - start
    added, peak = _memory("VmRSS") - before, _memory("VmHWM") - before

    right, times = 0, []
    for entry, query in zip(asked, queries, strict=True):
        start = perf_counter()
        candidates = matcher.rank(query).candidates
        times.append(perf_counter() - start)
        right += bool(candidates) and candidates[0].id == entry.id
    searched = queries[: _FEW if len(phrasings) > _LARGE else _QUERIES]
    plain = [_timed(partial(process.extractOne, query, phrasings, scorer=fuzz.WRatio)) for query in searched]
    median, slow = (1000 * float(np.percentile(times, share)) for share in (50, 99))
    return _Figures(size, each, build, added, peak, median, slow, right / _QUERIES, 1000 * float(np.median(plain)))


def _entries(rng: random.Random, size: int, each: int) -> list[Entry]:
    """Entries of words that are as unevenly common as those of a language (Zipf)."""
    syllables = [consonant + vowel for consonant in _CONSONANTS.split() for vowel in _VOWELS.split()]
    words = ["".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 3)))) for _ in range(_WORDS)]
    common = list(accumulate(1 / (place + 5) for place in range(_WORDS)))

    def some(count: int) -> list[str]:
        return rng.choices(words, cum_weights=common, k=count)

    def phrasings() -> tuple[str, ...]:
        """One text, or several that share most of the words of a subject in another order."""
        subject = some(rng.randint(4, 9))
        if each == 1:
            return (" ".join(subject),)
        kept = max(3, len(subject) - 2)
        return tuple(" ".join(rng.sample(subject, kept) + some(len(subject) - kept)) for _ in range(each))

    return [Entry(str(place), phrasings()) for place in range(size)]


def _misremembered(rng: random.Random, phrasing: str) -> str:
    """A phrasing without two of its words, and with one letter missing in one of the longer ones."""
    words = phrasing.split()
    for place in sorted(rng.sample(range(len(words)), 2), reverse=True):
        del words[place]
    place = max(range(len(words)), key=lambda place: (len(words[place]) > 3, rng.random()))
    typo = rng.randrange(1, len(words[place]))
    words[place] = words[place][:typo] + words[place][typo + 1 :]
    return " ".join(words)


def _timed(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def _memory(name: str) -> float:
    """This process's memory in megabytes: VmRSS now, or VmHWM at its most."""
    lines: Sequence[str] = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
