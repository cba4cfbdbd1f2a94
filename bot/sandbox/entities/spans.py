"""Formatted spans of a text, counted in UTF-16 units, and how they may be nested."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = ("blockquote", "expandable_blockquote")
VERBATIM = ("pre", "code")
_RANKS = {"blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "custom_emoji": 99} | {
    style: 90 + rank for rank, style in enumerate(STYLES)
}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text with a meaning or a format."""

    offset: int
    length: int
    type: str
    #: url, user, language or custom_emoji_id, named as in the Bot API
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The first unit after the span."""
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        """A MessageEntity."""
        return {"offset": self.offset, "length": self.length, "type": self.type, **self.extra}


def utf16_length(text: str) -> int:
    """The length in UTF-16 units; characters outside the basic plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def in_order(spans: Iterable[Span]) -> list[Span]:
    """Sort by position, the longer one first, quotes before links before styles."""
    return sorted(spans, key=lambda span: (span.offset, -span.length, _RANKS.get(span.type, 50)))


def normalised(spans: Iterable[Span]) -> list[Span]:
    """Normalise as Telegram stores them: links and code never overlap; styles are merged, and cut at boundaries."""
    ordered = in_order(span for span in spans if span.length > 0)
    quotes = _first_come([span for span in ordered if span.type in QUOTES])
    others = [span for span in ordered if span.type not in STYLES and span.type not in QUOTES]
    fixed = uncrossed(_first_come(others), quotes) + quotes
    styles = [piece for style in STYLES for piece in _merged(ordered, style)]
    return in_order(fixed + _cut(styles, fixed))


def uncrossed(spans: list[Span], quotes: list[Span]) -> list[Span]:
    """The spans that are completely inside a quote, or completely outside of all."""
    return [span for span in spans if not any(_crosses(span, quote) for quote in quotes)]


def overlaps(first: Span, second: Span) -> bool:
    """Whether they share a unit."""
    return first.offset < second.end and second.offset < first.end


def _crosses(span: Span, quote: Span) -> bool:
    inside = quote.offset <= span.offset and span.end <= quote.end
    return overlaps(span, quote) and not inside


def _first_come(ordered: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in ordered:
        if not kept or span.offset >= kept[-1].end:
            kept.append(span)
    return kept


def _merged(ordered: list[Span], style: str) -> list[Span]:
    merged: list[Span] = []
    for span in ordered:
        if span.type != style:
            continue
        if merged and span.offset <= merged[-1].end:
            end = max(merged[-1].end, span.end)
            merged[-1] = replace(merged[-1], length=end - merged[-1].offset)
        else:
            merged.append(span)
    return merged


def _cut(styles: list[Span], fixed: list[Span]) -> list[Span]:
    borders = {style.offset for style in styles} | {border for span in fixed for border in (span.offset, span.end)}
    verbatim = [span for span in fixed if span.type in VERBATIM]
    pieces = [piece for style in styles for piece in _pieces(style, sorted(borders))]
    return [piece for piece in pieces if not any(overlaps(piece, span) for span in verbatim)]


def _pieces(style: Span, borders: list[int]) -> list[Span]:
    cuts = [style.offset, *(border for border in borders if style.offset < border < style.end), style.end]
    return [Span(start, end - start, style.type) for start, end in pairwise(cuts)]
