"""Finds the costs that suit a city: tries others on labelled questions, and proposes the best.

Two limits apply: at most 3 % of the questions about the list may be answered wrong, and at most 5 % of the others may
be answered at all. Of the costs within the limits, those with the most right answers are proposed. Ties are decided by
the most offers, then the fewest wrong and invented answers, then the distance from the present costs. If no costs are
within the limits, those with the fewest wrong and invented answers are proposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

from bot.evaluation.scoring import IN_SCOPE, OUT_OF_SCOPE, Result, Verdict
from bot.knowledge import Costs

#: The limits at the top of this module.
AT_MOST_WRONG, AT_MOST_INVENTED = 0.03, 0.05
#: The tried multiples of the cost of asking back; only ratios matter. If refusing costs less than asking back, the bot
#: never asks back.
_WRONG = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0, 15.0, 20.0)
_REFUSE = (0.75, 1.25, 2.0, 3.5)


@dataclass(frozen=True)
class Setting:
    """Costs, and their effect on a non-empty set of labelled questions."""

    costs: Costs
    verdicts: tuple[Verdict, ...]
    answered: int  #: the number of answered questions, right or wrong

    @cached_property
    def figures(self) -> dict[Verdict, float]:
        """The share of each verdict, of the questions in scope or out of it; 0 if there are none."""
        shares: dict[Verdict, float] = {}
        for words in (IN_SCOPE, OUT_OF_SCOPE):
            counts = {word: self.verdicts.count(word) for word in words}
            shares |= {word: count / max(1, sum(counts.values())) for word, count in counts.items()}
        return shares

    @property
    def coverage(self) -> float:
        """The share of all questions that is answered."""
        return self.answered / len(self.verdicts)

    @property
    def errors(self) -> float:
        """The share of all questions with a wrong or invented answer."""
        return (self.verdicts.count("wrong") + self.verdicts.count("invented")) / len(self.verdicts)

    @property
    def keeps_limits(self) -> bool:
        """Whether wrong and invented answers are within the limits."""
        return self.figures["wrong"] <= AT_MOST_WRONG and self.figures["invented"] <= AT_MOST_INVENTED


def setting_of(costs: Costs, results: Sequence[Result]) -> Setting:
    """The setting for these costs and results."""
    answered = sum(result.prediction.kind == "answer" for result in results)
    return Setting(costs, tuple(result.verdict for result in results), answered)


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting worth considering, and the reason."""

    name: str
    setting: Setting


def grid(present: Costs) -> list[Costs]:
    """The costs to try: the present ones first, then every combination; the cost of asking back never changes."""
    tried = [
        Costs(wrong=present.ask * wrong, ask=present.ask, refuse=present.ask * refuse)
        for refuse in _REFUSE
        for wrong in _WRONG
    ]
    return [present, *(costs for costs in tried if costs != present)]


def choices_of(tried: Sequence[Setting]) -> list[Choice]:
    """The present costs (first in `tried`), the proposed ones, and notable alternatives."""
    present = tried[0]
    chosen = [Choice("present", present), Choice("proposed", proposed(tried))]
    others = {
        "most right": max(tried, key=lambda setting: (setting.figures["right"], -setting.errors)),
        "fewest errors": max(tried, key=lambda setting: (-setting.errors, setting.figures["right"])),
        "fewest missed": max(tried, key=lambda setting: (-setting.figures["missed"], -setting.errors)),
    }
    for name, setting in others.items():
        if all(setting.verdicts != choice.setting.verdicts for choice in chosen):
            chosen.append(Choice(name, setting))
    return chosen


def proposed(tried: Sequence[Setting]) -> Setting:
    """The proposed setting, see the top of this module; the present costs are first in `tried`."""
    present = tried[0].costs
    if allowed := [setting for setting in tried if setting.keeps_limits]:
        return max(
            allowed,
            key=lambda setting: (
                setting.figures["right"],
                setting.figures["offered"],
                -setting.errors,
                -_apart(setting.costs, present),
            ),
        )
    return max(tried, key=lambda setting: (-setting.errors, setting.figures["right"], -_apart(setting.costs, present)))


def _apart(costs: Costs, others: Costs) -> float:
    """The distance between the ratios of two costs."""
    return sum(
        abs(log(one / costs.ask) - log(other / others.ask))
        for one, other in ((costs.wrong, others.wrong), (costs.refuse, others.refuse))
    )


def yaml_line(costs: Costs) -> str:
    """The costs as a line for the head of the knowledge file."""
    return f"costs: {{wrong: {costs.wrong:g}, ask: {costs.ask:g}, refuse: {costs.refuse:g}}}"
