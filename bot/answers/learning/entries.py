"""How near a question comes to each entry, where one with few phrasings is as likely to be meant as one with many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from bot.answers.learning.phrasings import TOPIC
from bot.matching.index import Floats, Integers

#: What counts beside the score of an entry: the nearest phrasing, the same by meaning alone, and the logarithm of their
#: number. Fitted to questions of which the project is known, asked of files in which some projects had three phrasings.
_NEAREST, _NEAREST_MEANING, _WEALTH = 0.65, 0.5, 0.14
#: An entry with less than this share of a usual project's phrasings is new among old ones.
_NEW = 0.25


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The project or area that comes nearest, where it is new among old ones."""

    entry: str
    ahead: float  #: how much nearer than the next project or area
    ahead_of_topics: float  #: how much nearer than the nearest topic elsewhere; below 0 where that is nearer


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a list of phrasings, in which those of one entry stand together."""

    column: Mapping[str, int]  #: entry -> its place among the entries
    starts: Integers  #: the first phrasing of each
    by_chance: Floats  #: how near one of its phrasings comes for no other reason than their number
    topics: Integers  #: the columns of the topics elsewhere
    about: Integers  #: those of the projects, and of the areas as a whole
    new: frozenset[int]  #: those of them that are new among old ones: they have few phrasings beside the others

    def nearness(self, similarities: Floats, meanings: Floats) -> Floats:
        """One for each entry: how near its nearest phrasing comes, less what one comes near by chance."""
        nearest: Floats = np.maximum.reduceat(similarities, self.starts)
        by_meaning: Floats = np.maximum.reduceat(meanings, self.starts)
        nearness: Floats = _NEAREST * nearest + _NEAREST_MEANING * by_meaning - self.by_chance
        return nearness

    def newcomer(self, similarities: Floats, meanings: Floats) -> Newcomer | None:
        """The project or area that comes nearest, if it is new among old ones.

        The classifiers learned less of it than of its siblings, and than of a topic to which its questions belonged.
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


def entries_of(names: Sequence[str], projects: Sequence[str], areas: Sequence[str]) -> Entries:
    """The entries of some phrasings, each with the name of its entry."""
    numbers = Counter(names)  # in the order in which they first occur
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
