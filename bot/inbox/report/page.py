"""The report as a single HTML page, without scripts or external resources.

The charts are inline SVG. The layout fits the width of a phone and grows with the window; it is dark if the reader's
system is. Every text is escaped.
"""

from collections.abc import Sequence
from html import escape

from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.inbox.report.messages import (
    Section,
    format_groups,
    format_head,
    format_number,
    groups_title,
    key_figures,
    named_value,
    sections,
)
from bot.inbox.report.model import Report, is_shown
from bot.knowledge import KnowledgeBase

_STYLE = """
:root{color-scheme:light dark;--bar:#3b7dd8;--soft:#8884}
body{font:16px/1.5 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:46rem;margin:0 auto;
padding:1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
dl{display:grid;grid-template-columns:1fr auto;gap:.25rem 1rem}dd{margin:0;text-align:right;font-weight:600}
svg{width:100%;max-width:30rem;height:auto;display:block}text{fill:currentColor;font-size:14px}rect{fill:var(--bar)}
rect.few{fill:var(--soft)}li{margin:.25rem 0;overflow-wrap:anywhere}
"""
#: The width of a picture in SVG units, about the pixels of a phone.
_WIDTH = 330
#: The width that is left for the number beside a bar.
_NUMBER = 70
#: The height of a row, and of the longest column.
_ROW, _COLUMN = 44, 120
#: The most characters of the name beside a bar.
_MAX_NAME = 40


def report_page(report: Report, knowledge: KnowledgeBase, translator: Translator) -> str:
    head = format_head(report, translator)
    city = knowledge.city.name.in_language(translator.language, knowledge.city.default_language)
    figures = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in key_figures(report, translator)
    )
    charts = "".join(
        f"<h2>{escape(section.title)}</h2>{_chart(section, translator)}"
        for section in sections(report, knowledge, translator)
        if any(number for _, number in section.bars)
    )
    groups = "".join(f"<li>{escape(line)}</li>" for line in format_groups(report, translator))
    listed = f"<h2>{escape(groups_title(translator))}</h2><ol>{groups}</ol>" if groups else ""
    return (
        f'<!doctype html><html lang="{translator.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(named_value(city, head, translator))}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(city)}</h1><p>{escape(head)}</p><dl>{figures}</dl>{charts}{listed}</body></html>\n"
    )


def _chart(section: Section, translator: Translator) -> str:
    return _columns(section.bars, translator) if section.by_time else _rows(section.bars, translator)


def _rows(bars: Sequence[tuple[str, int]], translator: Translator) -> str:
    """A horizontal bar below each name."""
    largest = max(number for _, number in bars)
    room = _WIDTH - _NUMBER
    drawn = []
    for place, (name, number) in enumerate(bars):
        y, width = place * _ROW, _length(number, largest, room)
        label = shorten(name, _MAX_NAME)
        drawn.append(
            f'<text x="0" y="{y + 15}">{escape(label)}</text>'
            f'<rect{_few(number)} x="0" y="{y + 22}" width="{width:.1f}" height="14" rx="3"/>'
            f'<text x="{width + 6:.1f}" y="{y + 34}">{escape(format_number(number, translator))}</text>'
        )
    return f'<svg viewBox="0 0 {_WIDTH} {len(bars) * _ROW}" role="img">{"".join(drawn)}</svg>'


def _columns(bars: Sequence[tuple[str, int]], translator: Translator) -> str:
    """A vertical bar for each name, with some of the names below."""
    largest, width = max(number for _, number in bars), _WIDTH / len(bars)
    every = max(1, len(bars) // 6)
    drawn = []
    for place, (name, number) in enumerate(bars):
        x, height = place * width, _length(number, largest, _COLUMN)
        title = escape(named_value(name, format_number(number, translator), translator))
        drawn.append(
            f'<rect{_few(number)} x="{x + 1:.1f}" y="{_COLUMN - height:.1f}" width="{min(width - 2, 40):.1f}"'
            f' height="{height:.1f}"><title>{title}</title></rect>'
        )
        if place % every == 0:
            drawn.append(f'<text x="{x + 1:.1f}" y="{_COLUMN + 16}">{escape(name)}</text>')
    return f'<svg viewBox="0 0 {_WIDTH} {_COLUMN + 22}" role="img">{"".join(drawn)}</svg>'


def _length(number: int, largest: int, room: float) -> float:
    """The length of a bar; all counts under 5 look the same."""
    if not number:
        return 0.0
    return max(2.0, room * (number if is_shown(number) else 2.5) / max(largest, 5))


def _few(number: int) -> str:
    return "" if is_shown(number) else ' class="few"'
