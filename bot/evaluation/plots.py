"""Draws the results of trying different costs (see `tuning`)."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.charts import png
from bot.evaluation.tuning import Choice, Setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The error if matplotlib is missing.
MISSING = "Drawing needs matplotlib, which is not installed: pip install matplotlib, or leave out --plot."
_MARKS = ("*", "D", "s", "^", "v")


def draw_costs(tried: Sequence[Setting], chosen: Sequence[Choice]) -> bytes:
    """Draw wrong answers against coverage: a curve for each cost of refusing, a mark for each choice; a PNG."""

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        _draw_curves(axes, tried)
        for choice, mark in zip(chosen, _MARKS, strict=False):
            costs, place = choice.setting.costs, (100 * choice.setting.coverage, 100 * choice.setting.errors)
            label = f"{choice.name}: wrong {costs.wrong:g}, ask {costs.ask:g}, refuse {costs.refuse:g}"
            axes.scatter(*place, marker=mark, s=130, zorder=3, edgecolors="black", label=label)
        axes.set_xlabel("coverage: questions answered, % of all")
        axes.set_ylabel("wrong or invented answers, % of all")
        axes.set_title(f"What the costs buy, on {len(tried[0].verdicts)} labelled questions")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="upper left", labelspacing=0.9, markerscale=0.7)

    return png(draw, inches=(9, 6))


def _draw_curves(axes: "Axes", tried: Sequence[Setting]) -> None:
    """One curve for each cost of refusing; along it the cost of a wrong answer grows from right to left."""
    refusals = Counter(setting.costs.refuse for setting in tried)
    curves = [refuse for refuse, count in sorted(refusals.items()) if count > 1]
    for number, refuse in enumerate(curves):
        along = sorted((s for s in tried if s.costs.refuse == refuse), key=lambda setting: setting.costs.wrong)
        coverage, errors = [100 * s.coverage for s in along], [100 * s.errors for s in along]
        width = 2 * (len(curves) - number)  # curves that coincide stay visible
        axes.plot(coverage, errors, marker=".", linewidth=width, alpha=0.7, label=f"refuse {refuse:g}, wrong varies")
