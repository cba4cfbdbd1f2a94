"""A YAML entry with the exact position of each of its parts, so that a single part can be changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

from bot.publishing.yaml.syntax_errors import LINE_BREAK

#: How a value is written: a scalar in one of five styles or empty, or fields or a list in block or flow style.
Style: TypeAlias = Literal["plain", "'", '"', "|", ">", "nothing", "block", "flow"]

_BLANK_LINES_AT_END = re.compile(r"(?:(?:\r\n|\r|\n)[ \t]*)+\Z")
_BLOCK_HEADER = re.compile("[|>][-+0-9]*")
_COLON = re.compile(r"\s*:")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
_INDENT = re.compile("[ \t]*")


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the text."""

    start: int
    end: int  #: the position after its last character; for an empty value, after the colon
    style: Style
    value: str = ""  #: of a scalar
    pairs: tuple["Pair", ...] = ()  #: of a mapping
    items: tuple["Node", ...] = ()  #: of a list

    def pair(self, name: str) -> "Pair | None":
        """The field of that name."""
        return next((pair for pair in self.pairs if pair.key.value == name), None)

    def text(self, name: str) -> str:
        """The text of the field of that name; empty where there is none."""
        pair = self.pair(name)
        return pair.value.value.strip() if pair else ""

    def entry(self, identifier: str) -> "Node | None":
        """The entry of a list with that `id`."""
        return next((item for item in self.items if item.text("id") == identifier), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """A field: its name and its value."""

    key: Node
    value: Node


def first_mapping(source: str) -> Node:
    """The first mapping in a text; the rest is ignored."""
    events: Iterator[Any] = yaml.parse(source, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    start = next(event for event in events if isinstance(event, yaml.MappingStartEvent))
    return _node(start, events, source, 0)


def header_end(source: str, block: Node) -> int:
    """The end of the `|` or `>` of a block scalar, including indicators."""
    found = _BLOCK_HEADER.match(source, block.start)
    return found.end() if found else block.start


def indent_of(source: str, place: int) -> str:
    """The indentation of the line that contains a position."""
    found = _INDENT.match(source, line_start(source, place))
    return found[0] if found else ""


def line_start(source: str, place: int) -> int:
    """The start of the line that contains a position."""
    return max(source.rfind("\n", 0, place), source.rfind("\r", 0, place)) + 1


def line_end(source: str, place: int) -> int:
    """The end of the line that contains a position, before its line break."""
    found = LINE_BREAK.search(source, place)
    return found.start() if found else len(source)


def line_break_of(source: str) -> str:
    """The first line break of a text, which is also used for new lines."""
    found = LINE_BREAK.search(source)
    return found[0] if found else "\n"


def lines_of(source: str) -> list[str]:
    """The lines with their line breaks; the last one may have none."""
    ends = [found.end() for found in LINE_BREAK.finditer(source)]
    return [source[start:end] for start, end in zip([0, *ends], [*ends, len(source)], strict=True)]


def comments_in(source: str, pairs: Sequence[Pair], start: int, end: int) -> list[str]:
    """The comments between two positions, each with its indentation; the texts of `pairs` contain none."""
    bare = list(source[start:end])
    for first, last in (span for pair in pairs for span in _texts_of(source, pair)):
        covered = slice(max(first - start, 0), max(last - start, 0))
        bare[covered] = [sign if sign.isspace() else "x" for sign in bare[covered]]
    found = _COMMENT.finditer("".join(bare))
    return [indent_of(source, start + comment.start()) + comment[0] for comment in found]


def _texts_of(source: str, pair: Pair) -> Iterator[tuple[int, int]]:
    """Start and end of texts, in which # is not a comment."""
    yield pair.key.start, pair.key.end
    yield from _texts_in(source, pair.value)


def _texts_in(source: str, node: Node) -> Iterator[tuple[int, int]]:
    for inner in node.pairs:
        yield from _texts_of(source, inner)
    for item in node.items:
        yield from _texts_in(source, item)
    if node.style in ("|", ">"):  # a comment may follow the indicator
        yield min(line_end(source, node.start), node.end), node.end
    elif node.style not in ("block", "flow"):
        yield node.start, node.end


def _node(event: Any, events: Iterator[Any], source: str, after: int) -> Node:
    """The node that an event begins; `after` is the end of the preceding key."""
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event, source, after)
    end = event.start_mark.index
    pairs: list[Pair] = []
    items: list[Node] = []
    for inner in events:
        after = inner.end_mark.index
        if isinstance(inner, yaml.CollectionEndEvent):
            end = after if event.flow_style else end
            break
        node = _node(inner, events, source, inner.start_mark.index)
        if isinstance(event, yaml.MappingStartEvent):
            pairs.append(Pair(node, _node(next(events), events, source, node.end)))
            node = pairs[-1].value
        else:
            items.append(node)
        end = node.end
    style: Style = "flow" if event.flow_style else "block"
    return Node(event.start_mark.index, end, style, pairs=tuple(pairs), items=tuple(items))


def _scalar(event: Any, source: str, after: int) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    style: Style = event.style or "plain"
    if style == "plain" and not event.value:
        colon = _COLON.match(source, after)
        place = colon.end() if colon else after
        return Node(place, place, "nothing")
    if style in ("|", ">"):  # their end marks include trailing empty lines
        end = start + len(_BLANK_LINES_AT_END.sub("", source[start:end]))
    return Node(start, end, style, event.value)
