"""Compares two evaluations: the verdicts that changed, and whether the later run is significantly worse."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

from bot.evaluation.scoring import Result, Verdict, digest_of


@dataclass(frozen=True, slots=True)
class Judged:
    """The stored part of a result: the question's digest, and the verdict."""

    question: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Run:
    """The stored form of an evaluation, for comparison with a later one."""

    questions: str  #: the digest of the set of questions
    knowledge: str  #: the version of the knowledge
    cases: Mapping[str, Judged]  #: by id of the question


def run_of(results: Sequence[Result], knowledge: str) -> Run:
    """The stored form of these results; the ids of the questions must be unique."""
    questions = digest_of(result.case for result in results)
    cases = {str(result.case.id): Judged(result.case.digest, result.verdict) for result in results}
    return Run(questions, knowledge, cases)


@dataclass(frozen=True, slots=True)
class Shift:
    """How often a verdict was given in an earlier run and in this one, to the questions in both."""

    verdict: Verdict
    gained: int  #: questions that have the verdict only now
    lost: int  #: questions that had it only then
    both: int  #: questions that have it in both

    @property
    def p(self) -> float:
        """The probability of such a difference, or a greater one, by chance."""
        return mcnemar(self.gained, self.lost)

    @property
    def is_worse(self) -> bool:
        """Whether `right` fell, or another verdict rose, by more than chance explains."""
        loss = self.lost - self.gained if self.verdict == "right" else self.gained - self.lost
        return loss > 0 and self.p < SIGNIFICANT


#: Below this probability a difference is significant.
SIGNIFICANT = 0.05
#: The verdicts that decide whether a run is worse than an earlier one.
_DECISIVE: tuple[Verdict, ...] = ("right", "wrong", "invented")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from an earlier run to this one, on the questions that are the same in both."""

    paired: int
    changed: tuple[tuple[str, Verdict, Verdict], ...]  #: id, earlier verdict, present verdict; in the order of this run
    shifts: tuple[Shift, ...]  #: for right, wrong and invented

    @property
    def is_worse(self) -> bool:
        """Whether any of the decisive figures is significantly worse."""
        return any(shift.is_worse for shift in self.shifts)


def compare(earlier: Run, later: Run) -> Comparison:
    """Compare a run with an earlier one; questions with a different text or label are not compared."""
    pairs = [
        (name, earlier.cases[name].verdict, now.verdict)
        for name, now in later.cases.items()
        if name in earlier.cases and earlier.cases[name].question == now.question
    ]
    shifts = tuple(_shift(word, [(then, now) for _, then, now in pairs]) for word in _DECISIVE)
    return Comparison(len(pairs), tuple(pair for pair in pairs if pair[1] != pair[2]), shifts)


def _shift(word: Verdict, pairs: Sequence[tuple[Verdict, Verdict]]) -> Shift:
    counted = Counter((then == word, now == word) for then, now in pairs)
    return Shift(word, gained=counted[False, True], lost=counted[True, False], both=counted[True, True])


def mcnemar(gained: int, lost: int) -> float:
    """McNemar's exact test, two-sided: the probability of a split of the changed pairs at least as uneven as this.

    1.0 if nothing changed.
    """
    changed = gained + lost
    tail = sum(comb(changed, few) for few in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / (1 << changed))
