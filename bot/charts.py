"""Charts drawn by matplotlib, which is optional; Chinese characters come from a font that ships with the program.

`fonts/NotoSansSC-subset.ttf` has the 3,755 most frequent characters (level 1 of GB 2312) of Noto Sans SC,
under the SIL Open Font License (`OFL.txt` beside it). Latin and Cyrillic letters come from matplotlib's own font.
"""

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CHINESE = Path(__file__).parent / "fonts" / "NotoSansSC-subset.ttf"
#: The colour of bars.
BAR = "#3b7dd8"


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def png(draw: Callable[["Figure"], None], *, inches: tuple[float, float]) -> bytes:
    """A PNG of the figure that `draw` fills. It takes about a second of CPU time, so call it in a thread."""
    from matplotlib import rc_context  # noqa: PLC0415 - optional, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context({"font.family": ["DejaVu Sans", _chinese_font()]}):
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure)
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=120)
    return target.getvalue()


def bar_chart(bars: Sequence[tuple[str, int]], title: str) -> bytes:
    """A PNG with a horizontal bar for each name, the first at the top, and its number at the end."""

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        drawn = axes.barh([name for name, _ in bars], [number for _, number in bars], color=BAR)
        axes.bar_label(drawn, padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.set_title(title)
        axes.spines[["top", "right"]].set_visible(False)

    return png(draw, inches=(8, 1.2 + 0.5 * len(bars)))


def _chinese_font() -> str:
    """The name of the font that ships with the program, once matplotlib knows it."""
    from matplotlib.font_manager import FontProperties, fontManager  # noqa: PLC0415 - as above

    name = FontProperties(fname=str(_CHINESE)).get_name()
    if name not in fontManager.get_font_names():
        fontManager.addfont(str(_CHINESE))
    return name
