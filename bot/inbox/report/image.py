"""The report as a picture."""

from typing import TYPE_CHECKING

from bot.charts import BAR, png
from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.inbox.report.messages import Section, format_head, format_number, sections
from bot.inbox.report.model import Report, is_shown
from bot.knowledge import KnowledgeBase

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The colour of bars whose number is not shown.
_FEW = "#b9c4d2"
#: The most characters of the name beside a bar.
_MAX_NAME = 22


def draw_report(report: Report, knowledge: KnowledgeBase, translator: Translator) -> bytes:
    """A PNG with a chart for each section. It takes about a second of CPU time, so call it in a thread."""
    drawn = [
        section for section in sections(report, knowledge, translator) if any(number for _, number in section.bars)
    ]
    heights = [1.2 + (1.2 if section.by_time else 0.28 * len(section.bars)) for section in drawn] or [1.0]

    def draw(figure: "Figure") -> None:
        figure.suptitle(format_head(report, translator))
        grid = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
        for axes, section in zip(grid.flat, drawn, strict=False):
            _draw(axes, section, translator)

    return png(draw, inches=(7, sum(heights) + 0.6))


def _draw(axes: "Axes", section: Section, translator: Translator) -> None:
    names = [shorten(name, _MAX_NAME) for name, _ in section.bars]
    lengths = [number if is_shown(number) else 2.5 for _, number in section.bars]
    colours = [BAR if is_shown(number) else _FEW for _, number in section.bars]
    axes.set_title(section.title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if section.by_time:
        axes.bar(range(len(names)), lengths, color=colours)
        every = max(1, len(names) // 12)
        axes.set_xticks(range(0, len(names), every), names[::every])
        return
    bars = axes.barh(range(len(names)), lengths, color=colours)
    axes.bar_label(bars, [format_number(number, translator) for _, number in section.bars], padding=3, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
