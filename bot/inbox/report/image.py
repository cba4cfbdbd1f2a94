"""The report as a picture, drawn by matplotlib; Chinese characters come from a font next to this module.

`fonts/NotoSansSC-subset.ttf` has the 3,755 most frequent characters (level 1 of GB 2312) of Noto Sans SC, under the
SIL Open Font License (`fonts/OFL.txt`). Latin and Cyrillic letters come from matplotlib's own font.
"""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.i18n.message import Translator
from bot.i18n.visible import shorten
from bot.inbox.report.messages import Section, format_head, format_number, sections
from bot.inbox.report.model import Report, is_shown
from bot.knowledge import KnowledgeBase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FONT = Path(__file__).with_name("fonts") / "NotoSansSC-subset.ttf"
_FEW, _BAR = "#b9c4d2", "#3b7dd8"
_LONGEST_NAME = 22


def can_draw() -> bool:
    """Whether matplotlib is installed; it is optional."""
    return find_spec("matplotlib") is not None


def draw_report(report: Report, knowledge: KnowledgeBase, translator: Translator) -> bytes:
    """A PNG with a chart for each section. It takes about a second of CPU time, so call it in a thread."""
    from matplotlib import rc_context  # noqa: PLC0415 - optional, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.font_manager import FontProperties, fontManager  # noqa: PLC0415

    chinese = FontProperties(fname=str(_FONT)).get_name()
    if chinese not in fontManager.get_font_names():
        fontManager.addfont(str(_FONT))
    drawn = [
        section for section in sections(report, knowledge, translator) if any(number for _, number in section.bars)
    ]
    with rc_context({"font.family": ["DejaVu Sans", chinese]}):
        heights = [1.2 + (1.2 if section.in_order else 0.28 * len(section.bars)) for section in drawn] or [1.0]
        figure = Figure(figsize=(7, sum(heights) + 0.6), layout="constrained")
        figure.suptitle(format_head(report, translator))
        grid = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
        for axes, section in zip(grid.flat, drawn, strict=False):
            _draw(axes, section, translator)
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=110)
    return target.getvalue()


def _draw(axes: "Axes", section: Section, translator: Translator) -> None:
    names = [shorten(name, _LONGEST_NAME) for name, _ in section.bars]
    lengths = [number if is_shown(number) else 2.5 for _, number in section.bars]
    colours = [_BAR if is_shown(number) else _FEW for _, number in section.bars]
    axes.set_title(section.title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if section.in_order:
        axes.bar(range(len(names)), lengths, color=colours)
        every = max(1, len(names) // 12)
        axes.set_xticks(range(0, len(names), every), names[::every])
        return
    bars = axes.barh(range(len(names)), lengths, color=colours)
    axes.bar_label(bars, [format_number(number, translator) for _, number in section.bars], padding=3, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
