"""How close a question comes to each entry, corrected so that entries with few phrasings are not at a disadvantage."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

import numpy as np

from bot.answers.learning.phrasings import TOPIC
from bot.matching.arrays import Floats, Integers

#: Weights added to the score of an entry: its nearest phrasing, the same by meaning alone, and the logarithm of the
#: number of its phrasings. Fitted to questions with a known project, on files in which some projects had three
#: phrasings.
_NEAREST, _NEAREST_MEANING, _WEALTH = 0.65, 0.5, 0.14
#: An entry with less than this share of a usual project's phrasings is a newcomer.
_NEW = 0.25


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The project or area that comes closest, if it has few phrasings compared with the others."""

    entry: str
    ahead: float  #: how much closer than the next project or area
    ahead_of_topics: float  #: how much closer than the nearest topic elsewhere; negative if that is closer


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a list of phrasings; phrasings of one entry are adjacent."""

    column: Mapping[str, int]  #: entry -> its index among the entries
    starts: Integers  #: the first phrasing of each entry
    by_chance: Floats  #: how close one of its phrasings comes merely because there are many
    topics: Integers  #: the columns of the topics elsewhere
    about: Integers  #: the columns of projects and of areas as a whole
    new: frozenset[int]  #: those of `about` that have few phrasings compared with the others

    def nearness(self, similarities: Floats, meanings: Floats) -> Floats:
        """For each entry, how close its nearest phrasing comes, minus `by_chance`."""
        nearest: Floats = np.maximum.reduceat(similarities, self.starts)
        by_meaning: Floats = np.maximum.reduceat(meanings, self.starts)
        nearness: Floats = _NEAREST * nearest + _NEAREST_MEANING * by_meaning - self.by_chance
        return nearness

    def newcomer(self, similarities: Floats, meanings: Floats) -> Newcomer | None:
        """The project or area that comes closest, if it is new and has few phrasings.

        The classifiers learned less about it than about its siblings, and than about a topic that used to get its
        questions.
        """
        if not self.new:
            return None
        nearness = self.nearness(similarities, meanings)
        second, best = self.about[np.argsort(nearness[self.about])[-2:]].tolist()
        if best not in self.new:
            return None
        return Newcomer(
            entry=list(self.column)[best],
            ahead=float(nearness[best] - nearness[second]),
            ahead_of_topics=float(nearness[best] - nearness[self.topics].max(initial=-np.inf)),
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a list of phrasings; phrasings of one fact are adjacent."""

    place: Mapping[tuple[str, str], int]  #: entry and fact -> its place in what `nearest` returns
    starts: Integers  #: the first phrasing of each fact, and of what lies between facts

    def nearest(self, similarities: Floats) -> list[float]:
        """The similarity of the nearest phrasing of each fact."""
        nearest: list[float] = np.maximum.reduceat(similarities, self.starts).tolist()
        return nearest


def facts_of(asked: Sequence[tuple[str, str]]) -> Facts:
    """The facts of some phrasings; `asked` holds the entry and the fact of each, "" where none is asked for."""
    runs = [(key, next(run)[0]) for key, run in groupby(enumerate(asked), key=lambda each: each[1])]
    place = {key: number for number, (key, _) in enumerate(runs) if key[1]}
    return Facts(place, np.array([start for _, start in runs], np.int32))


def entries_of(names: Sequence[str], projects: Sequence[str], areas: Sequence[str]) -> Entries:
    """The entries of some phrasings; `names` holds the entry of each."""
    numbers = Counter(names)  # in the order of their first occurrence
    column = {name: place for place, name in enumerate(numbers)}
    counts = np.array(list(numbers.values()), np.int32)
    of_projects = [column[name] for name in projects]
    about = [*of_projects, *(column[name] for name in areas)]
    few = _NEW * median(counts[of_projects].tolist() or [0])
    return Entries(
        column=column,
        starts=np.cumsum(counts, dtype=np.int32) - counts,
        by_chance=(_WEALTH * np.log(counts)).astype(np.float32),
        topics=np.array([place for name, place in column.items() if name.startswith(TOPIC)], np.int32),
        about=np.array(about, np.int32),
        new=frozenset(place for place in about if counts[place] < few),
    )
