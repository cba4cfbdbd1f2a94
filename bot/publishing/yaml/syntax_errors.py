"""Explains syntax errors of libyaml in plain words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.publishing.yaml.node_loader import Fault

#: Line breaks as editors count them; a file with any other kind is refused before it is parsed.
LINE_BREAK = re.compile(r"\r\n|\r|\n")

_NAME = r"\s*(?:- +)*[A-Za-z_][\w-]{0,39}"
_JOINED_COLON = re.compile(rf"{_NAME}:(?!//)(?=\S)")
_WIDE_COLON = re.compile(rf"{_NAME}：")
_KEY = re.compile(rf"{_NAME}:(?:\s|$)")
_JOINED_HYPHEN = re.compile(r"\s*-(?=[^\s-])")
_TAB, _WIDE_SPACE = re.compile(" *\t"), re.compile("[ \t]*[\u00a0\u2000-\u200b\u3000]")
#: A line up to the text after its name, hyphen or bracket.
_UP_TO_TEXT = rf"(?:{_NAME}: +|\s*(?:- +)+|\s*)"
_CURLY = re.compile(rf"{_UP_TO_TEXT}[“”„«‘’‚]")
_CLOSED = re.compile(rf"""{_UP_TO_TEXT}(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")
#: A flow list or mapping with more text after it, as in `[Plan] a text`.
_BRACKETED = re.compile(rf"{_UP_TO_TEXT}(?:\[[^\[\]]*\]|\{{[^{{}}]*\}})\s*[^\s,#:\]}}]")

_QUOTE = lazy_gettext("put the whole text between double quotes")
_SPACE = lazy_gettext("write `name: value`, with a plain colon and a space")
_SPACES = lazy_gettext("use spaces, two for each level")
_CLOSE = lazy_gettext("close it at the end of the text")
_ALIGN = lazy_gettext(
    "fields of one entry begin in the same column, and what belongs to a field is indented by two spaces more"
)
_NO_SPACE = lazy_gettext("the space after the colon is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserStop:
    """A syntax error and the text around it."""

    message: str  #: the parser's message
    lines: list[str]
    line: int  #: where the parser stopped
    column: int
    start: tuple[int, int]  #: the start of the part that it was reading
    open_quote: tuple[int, int] | None  #: the start of a quoted text over several lines that ended just before

    @property
    def text(self) -> str:
        """The line on which the parser stopped."""
        return self.lines[self.line - 1][:1000]

    def before(self) -> int:
        """The number of the last non-empty line before the one where the parser stopped, or 0."""
        earlier = range(self.line - 2, max(-1, self.line - 30), -1)
        return next((number + 1 for number in earlier if self.lines[number].strip()), 0)

    def search(self, pattern: re.Pattern[str]) -> tuple[int, re.Match[str]] | None:
        """The first line that may contain the error and matches the beginning of `pattern`."""
        for number in (self.start[0], self.before(), self.line):
            found = pattern.match(self.lines[number - 1][:1000]) if number else None
            if found and number >= self.before():
                return number, found
        return None


_Rule: TypeAlias = Callable[[ParserStop], Fault | None]


def explain(error: yaml.YAMLError, lines: list[str], last_quote: tuple[int, int, int] | None) -> Fault:
    """The position of a parser's first error, a message and a suggestion; always finds one."""
    problem, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, column = _inside(problem or context, lines)
    stop = ParserStop(
        message=f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', None) or ''}".strip(),
        lines=lines,
        line=line,
        column=column,
        start=_inside(context, lines) if context else (line, column),
        open_quote=last_quote[:2] if last_quote and last_quote[2] >= line - 1 else None,
    )
    for rule in _RULES:
        fault = rule(stop)
        if fault:
            return fault
    why = stop.message or lazy_gettext("an unknown error")
    return line, column, lazy_gettext("the file cannot be read from here on: {why}", why=why), _QUOTE


def _inside(mark: yaml.Mark | None, lines: list[str]) -> tuple[int, int]:
    """The position of a mark; at the end of the file, the end of the last non-empty line."""
    if mark and mark.line < len(lines) and any(line.strip() for line in lines[mark.line :][:1]):
        return mark.line + 1, min(mark.column, len(lines[mark.line])) + 1
    last = len(lines) - 1 if not mark else min(mark.line, len(lines) - 1)
    while last and not lines[last].strip():
        last -= 1
    return last + 1, len(lines[last]) + 1


def _line_begins(pattern: re.Pattern[str], sentence: LazyMessage, hint: LazyMessage) -> _Rule:
    """A rule for a line whose beginning matches `pattern`; the error is at the last matched character."""

    def rule(stop: ParserStop) -> Fault | None:
        found = stop.search(pattern)
        return found and (found[0], found[1].end(), sentence, hint)

    return rule


def _parser_says(words: Sequence[str], sentence: LazyMessage, hint: LazyMessage) -> _Rule:
    """A rule for a parser message that contains one of these words; the error is where the parser stopped."""
    return lambda stop: (stop.line, stop.column, sentence, hint) if _says(stop, *words) else None


def _unclosed_quote(stop: ParserStop) -> Fault | None:
    if "quoted scalar" in stop.message and "unexpected" in stop.message:
        return (*stop.start, lazy_gettext("this quotation mark is never closed"), _CLOSE)
    if stop.open_quote:
        return (*stop.open_quote, lazy_gettext("this quotation mark is not closed in its line"), _CLOSE)
    return None


def _joined_colon_in_brackets(stop: ParserStop) -> Fault | None:
    colon = stop.text.find(":", stop.column - 1)
    if colon < 0 or not _says(stop, "unexpected ':'"):
        return None
    return stop.line, colon + 1, _NO_SPACE, _SPACE


def _joined_hyphen(stop: ParserStop) -> Fault | None:
    rule = _line_begins(
        _JOINED_HYPHEN,
        lazy_gettext("the space after the hyphen is missing"),
        lazy_gettext("write `- text`, with one space"),
    )
    return None if _says(stop, "quoted", "flow", "alias") else rule(stop)


def _after_quotes(stop: ParserStop) -> Fault | None:
    closed = _CLOSED.match(stop.text)
    if not closed or stop.column <= closed.end() or stop.text[closed.end() :].lstrip().startswith(":"):
        return None
    hint = (
        lazy_gettext('write \\" for a quotation mark inside a text')
        if closed[0].endswith('"')
        else lazy_gettext("put the whole text between double quotes: it contains an apostrophe")
    )
    return stop.line, closed.end() + 1, lazy_gettext("the text goes on after its closing quotation mark"), hint


def _after_brackets(stop: ParserStop) -> Fault | None:
    found = _BRACKETED.match(stop.text)
    if found is None or stop.column < found.end():
        return None
    return stop.line, found.end(), lazy_gettext("the text goes on after its closing bracket"), _QUOTE


def _curly_quotes(stop: ParserStop) -> Fault | None:
    found = _CURLY.match(stop.text)
    sentence = lazy_gettext("curly quotation marks do not hold a text together")
    return (stop.line, found.end(), sentence, lazy_gettext('use the straight ones: "')) if found else None


def _colon_in_text(stop: ParserStop) -> Fault | None:
    if not _says(stop, "mapping values are not allowed"):
        return None
    key = _KEY.match(stop.text)
    if key and stop.column <= key.end():
        too_far = (stop.line, stop.column, lazy_gettext("the line is indented further than fits"), _ALIGN)
        return _without_colon(stop, stop.before()) or too_far
    return stop.line, stop.column, lazy_gettext("a colon inside a text would begin a new field"), _QUOTE


def _without_colon(stop: ParserStop, number: int) -> Fault | None:
    """A name alone on its line."""
    text = stop.lines[number - 1][:100].rstrip() if number else ""
    if not re.fullmatch(_NAME, text):
        return None
    return number, len(text) + 1, lazy_gettext("the colon after the name is missing"), _SPACE


def _no_colon(stop: ParserStop) -> Fault | None:
    if not _says(stop, "could not find expected ':'"):
        return None
    neither = (
        *stop.start,
        lazy_gettext("this is neither a field nor an entry of a list"),
        lazy_gettext("write `name: value`, with a plain colon and a space; or `- text` in a list"),
    )
    return _without_colon(stop, stop.start[0]) or neither


def _brackets(stop: ParserStop) -> Fault | None:
    if not _says(stop, "while parsing a flow"):
        return None
    if stop.line != stop.start[0]:
        bracket = stop.lines[stop.start[0] - 1][stop.start[1] - 1 :][:1]
        sentence = lazy_gettext("the bracket {bracket} is not closed, or a comma is missing", bracket=bracket)
        return (*stop.start, sentence, lazy_gettext("close it at the end of the list"))
    hint = lazy_gettext("separate with commas; a text with a colon, comma or bracket needs double quotes")
    return stop.line, stop.column, lazy_gettext("a comma or the closing bracket is missing here"), hint


#: Parser messages for a text that begins with a special character.
_BAD_BEGINNINGS = ("cannot start any token", "directive", "alias", "anchor", "tag", "node content", "block scalar")


def _first_character(stop: ParserStop) -> Fault | None:
    if not _says(stop, *_BAD_BEGINNINGS, "keys are"):
        return None
    line, column = stop.start if stop.start[0] == stop.line else (stop.line, stop.column)
    sign = stop.lines[line - 1][column - 1 : column].strip()
    if not sign:
        sentence = lazy_gettext("a text cannot begin with a tab, and cannot be empty")
        return line, column, sentence, lazy_gettext("use spaces")
    shown = sign if sign.isprintable() else ascii(sign)
    return line, column, lazy_gettext("a text cannot begin with {sign}", sign=shown), _QUOTE


def _says(stop: ParserStop, *words: str) -> bool:
    return any(word in stop.message for word in words)


#: Rules in order of certainty about what was meant.
_RULES: tuple[_Rule, ...] = (
    _line_begins(_TAB, lazy_gettext("the line is indented with a tab"), _SPACES),
    _line_begins(
        _WIDE_SPACE,
        lazy_gettext("the line is indented with a space that YAML does not know"),
        lazy_gettext("delete it and use plain spaces, two for each level"),
    ),
    _unclosed_quote,
    _line_begins(_WIDE_COLON, lazy_gettext("this is a Chinese colon"), _SPACE),
    _line_begins(_JOINED_COLON, _NO_SPACE, _SPACE),
    _joined_colon_in_brackets,
    _after_quotes,
    _after_brackets,
    _curly_quotes,
    _colon_in_text,
    _parser_says(
        ("escape", "hexdecimal", "hexadecimal"),
        lazy_gettext("a backslash between double quotes begins a special character"),
        lazy_gettext("write it twice: \\\\"),
    ),
    _joined_hyphen,
    _no_colon,
    _brackets,
    _first_character,
    _parser_says(
        ("sequence entries are not allowed",),
        lazy_gettext("a list cannot begin here"),
        lazy_gettext("begin it on the next line; if it is a text, put the whole text between double quotes"),
    ),
    _parser_says(
        ("block mapping", "block collection", "block sequence", "document start", "block end"),
        lazy_gettext("the line does not begin in the column of the lines it belongs to"),
        _ALIGN,
    ),
)
