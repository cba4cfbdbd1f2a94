"""Which costs fit a city: what others give on labelled questions, and which of them to propose.

Proposed are the costs with the most right answers among those that keep two limits: of the questions about the list at
most 3 % are answered wrong, of the others at most 5 % are answered at all. Where several are as good, the most offered
decide, then the fewest wrong and invented ones, then the nearness to the present costs. Where none keeps the limits,
the fewest wrong and invented answers come first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

from bot.evaluation.scoring import IN_SCOPE, OUT_OF_SCOPE, Result, Verdict
from bot.knowledge import Costs

AT_MOST_WRONG, AT_MOST_INVENTED = 0.03, 0.05
#: What is tried, as multiples of the cost of asking back: only the ratios count. A cost of refusing below that of
#: asking back means never to ask back.
_WRONG = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 11.0, 15.0, 20.0)
_REFUSE = (0.75, 1.25, 2.0, 3.5)


@dataclass(frozen=True)
class Setting:
    """Costs, and what they give on a set of labelled questions, which must not be empty."""

    costs: Costs
    verdicts: tuple[Verdict, ...]
    answered: int  #: how many questions got an answer, whether it is right or not

    @cached_property
    def figures(self) -> dict[Verdict, float]:
        """The share of each verdict, in scope or out of it; 0 where there is no such question."""
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
        """The share of all questions that is answered wrong or invented."""
        return (self.verdicts.count("wrong") + self.verdicts.count("invented")) / len(self.verdicts)

    @property
    def keeps_limits(self) -> bool:
        """Whether few enough answers are wrong and invented."""
        return self.figures["wrong"] <= AT_MOST_WRONG and self.figures["invented"] <= AT_MOST_INVENTED


def setting_of(costs: Costs, results: Sequence[Result]) -> Setting:
    """The setting of costs under which a set of questions got these results."""
    answered = sum(result.prediction.kind == "answer" for result in results)
    return Setting(costs, tuple(result.verdict for result in results), answered)


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting worth a look, and what speaks for it."""

    name: str
    setting: Setting


def grid(present: Costs) -> list[Costs]:
    """The costs to try: the present ones first, then every mixture; asking back always costs what it does now."""
    tried = [
        Costs(wrong=present.ask * wrong, ask=present.ask, refuse=present.ask * refuse)
        for refuse in _REFUSE
        for wrong in _WRONG
    ]
    return [present, *(costs for costs in tried if costs != present)]


def choices_of(tried: Sequence[Setting]) -> list[Choice]:
    """The present costs, which come first in `tried`, the proposed ones, and others that give something else."""
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
    """The setting that this module's docstring describes; the present costs come first in `tried`."""
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
    """How far the ratios of two costs are apart."""
    return sum(
        abs(log(one / costs.ask) - log(other / others.ask))
        for one, other in ((costs.wrong, others.wrong), (costs.refuse, others.refuse))
    )


def yaml_line(costs: Costs) -> str:
    """The costs as the head of the knowledge file has them."""
    return f"costs: {{wrong: {costs.wrong:g}, ask: {costs.ask:g}, refuse: {costs.refuse:g}}}"
