"""Charts of costs, and of a broadcast's result. matplotlib is optional, and imported only here."""

import io
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.evaluation.tuning import Choice, Setting
from bot.i18n.languages import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The error if matplotlib is missing.
MISSING = "Drawing needs matplotlib, which is not installed: pip install matplotlib, or leave out --plot."
_MARKS = ("*", "D", "s", "^", "v")
#: Fonts with Chinese characters; the one that ships with matplotlib lacks them.
_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
)


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw(tried: Sequence[Setting], chosen: Sequence[Choice]) -> bytes:
    """A PNG: wrong answers against coverage, one curve for each cost of refusing, and a mark for each choice."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load

    figure = Figure(figsize=(9, 6), layout="constrained")
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
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=120)
    return target.getvalue()


def _draw_curves(axes: "Axes", tried: Sequence[Setting]) -> None:
    """One curve for each cost of refusing; along it the cost of a wrong answer grows from right to left."""
    refusals = Counter(setting.costs.refuse for setting in tried)
    curves = [refuse for refuse, count in sorted(refusals.items()) if count > 1]
    for number, refuse in enumerate(curves):
        along = sorted((s for s in tried if s.costs.refuse == refuse), key=lambda setting: setting.costs.wrong)
        coverage, errors = [100 * s.coverage for s in along], [100 * s.errors for s in along]
        width = 2 * (len(curves) - number)  # curves that coincide stay visible
        axes.plot(coverage, errors, marker=".", linewidth=width, alpha=0.7, label=f"refuse {refuse:g}, wrong varies")


def can_write(language: Language) -> bool:
    """Whether there is a font for a language; the first call may take seconds to search for fonts."""
    return language != "zh" or bool(_chinese_fonts())


def draw_bars(bars: Sequence[tuple[str, int]], title: str) -> bytes:
    """A PNG with a horizontal bar for each name, the first at the top, and its number at the end."""
    from matplotlib import rc_context  # noqa: PLC0415 - an extra, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context({"font.family": [*_chinese_fonts(), "DejaVu Sans"]}):
        figure = Figure(figsize=(8, 1.2 + 0.5 * len(bars)), layout="constrained")
        axes = figure.subplots()
        drawn = axes.barh([name for name, _ in bars], [number for _, number in bars], color="#3b7dd8")
        axes.bar_label(drawn, padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.set_title(title)
        axes.spines[["top", "right"]].set_visible(False)
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=120)
    return target.getvalue()


def _chinese_fonts() -> list[str]:
    """The Chinese fonts that are installed."""
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 - an extra, and slow to load

    installed = set(fontManager.get_font_names())
    return [name for name in _CHINESE_FONTS if name in installed]
