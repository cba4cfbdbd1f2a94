"""Builds values and their marks from YAML events; hostile input is refused before anything is composed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from bot.i18n.languages import LANGUAGES
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.i18n.text_length import shorten
from bot.i18n.visible import strip_invisible

#: The most values, nested levels, fields of a mapping, entries of a list, characters of a text, and reported faults.
#: The city's file has less than a megabyte and 25,000 values, nested seven levels deep.
MAX_VALUES = 100_000
MAX_LEVELS = 12
MAX_FIELDS = 200
MAX_ENTRIES = 5_000
MAX_CHARACTERS = 20_000
MAX_FAULTS = 100
#: The longest quotation of the file in an error message.
_QUOTED = 41
#: A mark is one number: the line, shifted by this many bits, plus the column.
COLUMN_BITS = 24

Words: TypeAlias = tuple[LazyMessage, LazyMessage]  #: message and suggestion
Fault: TypeAlias = tuple[int, int, LazyMessage, LazyMessage]  #: line, column, message, suggestion

_NULLS = frozenset(("~", "null", "Null", "NULL"))
_COMMENT = re.compile(r"[ \t]+#")
_CURLY = re.compile("[“„][^“”„]+[”“]|[‘‚][^‘’‚]+[’‘]")
_WIDE_COMMA = re.compile("[，、；]")

NO_SUCH_FILE = lazy_gettext("is it a knowledge file at all?")


class RefusedError(Exception):
    """Reading stops; the arguments are the last errors."""


@dataclass(slots=True)
class Level:
    """A list or mapping that is being read."""

    value: Any
    places: list[Any]
    lines: dict[str, int] = field(default_factory=dict)  #: where each key was first seen
    key: str | None = None  #: the key that waits for its value
    waits: bool = False  #: whether a value is expected, even if it will be ignored
    flow: bool = False  #: whether it is a list in brackets


class NodeLoader:
    """Values built from events, with marks in the same shape.

    `[own, first, second, ...]` for a list, `[own, key, value, key, value, ...]` for a mapping, a number for a scalar.
    """

    def __init__(self, text: str = "") -> None:
        self._text = text
        self.root: list[Any] = []
        self.places: list[Any] = []
        self.stack: list[Level] = []
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []  #: what is read differently from what a person probably meant
        self.values = self.documents = 0
        #: Line and column of the last quoted text over several lines, and the line where it ended.
        self.last_quote: tuple[int, int, int] | None = None

    def take(self, event: yaml.Event) -> None:
        """Read one event; raises `RefusedError` if the rest is not worth reading."""
        if isinstance(event, yaml.NodeEvent):
            self._take_node(event, *_mark(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                sentence = lazy_gettext("a second document begins here")
                raise RefusedError((*_mark(event), sentence, lazy_gettext("take the line `---` out")))

    def _take_node(self, event: yaml.NodeEvent, line: int, column: int) -> None:
        level = self.stack[-1] if self.stack else None
        self._refuse_too_many(level, line, column)
        self._refuse_references(event, line, column)
        if level and isinstance(level.value, dict) and not level.waits:
            self._take_key(level, event, line, column)
            return
        if isinstance(event, yaml.CollectionStartEvent):
            self._open(level, event, line, column)
            return
        value = self._scalar(event, line, column)
        if value and isinstance(event, yaml.ScalarEvent) and not event.style and len(self.warnings) < MAX_FAULTS:
            self.warnings += [(line, column, *warning) for warning in self._misread(value, event)]
        self._put(level, value, line << COLUMN_BITS | column)

    def _open(self, level: Level | None, event: yaml.CollectionStartEvent, line: int, column: int) -> None:
        if len(self.stack) == MAX_LEVELS:
            sentence = lazy_gettext("lists and fields are nested more than {number} deep", number=MAX_LEVELS)
            raise RefusedError((line, column, sentence, lazy_gettext("superfluous brackets or hyphens?")))
        is_list = isinstance(event, yaml.SequenceStartEvent)
        opened = Level([] if is_list else {}, [line << COLUMN_BITS | column], flow=is_list and bool(event.flow_style))
        self._put(level, opened.value, opened.places)
        self.stack.append(opened)

    def _refuse_too_many(self, level: Level | None, line: int, column: int) -> None:
        """Refuse more values, or list entries, than an honest file has."""
        self.values += 1
        if self.values > MAX_VALUES:
            sentence = lazy_gettext("the file has more than {number:,} values", number=MAX_VALUES)
            raise RefusedError((line, column, sentence, lazy_gettext("split it or shorten it")))
        if level and isinstance(level.value, list) and len(level.value) == MAX_ENTRIES:
            sentence = lazy_gettext("a list has more than {number:,} entries", number=MAX_ENTRIES)
            raise RefusedError((line, column, sentence, NO_SUCH_FILE))

    def _refuse_references(self, event: yaml.NodeEvent, line: int, column: int) -> None:
        name = shorten(event.anchor or "", _QUOTED)
        if isinstance(event, yaml.AliasEvent):
            hint = lazy_gettext("write the text itself; a text that begins with * needs double quotes")
            sentence = lazy_gettext("`*{word}` points to another place, which is not allowed", word=name)
            self.refuse(line, column, sentence, hint)
            return
        if event.anchor is not None:
            hint = lazy_gettext("take it out; a text that begins with & needs double quotes")
            self.refuse(line, column, lazy_gettext("`&{word}` names a place, which is not allowed", word=name), hint)
        if getattr(event, "tag", None) is not None:
            hint = lazy_gettext("take it out; a text that begins with ! needs double quotes")
            self.refuse(line, column, lazy_gettext("a tag (a word that begins with !) is not allowed"), hint)

    def _take_key(self, level: Level, event: yaml.NodeEvent, line: int, column: int) -> None:
        level.waits, level.key = True, None
        if isinstance(event, yaml.AliasEvent):
            return
        if not isinstance(event, yaml.ScalarEvent):
            hint = lazy_gettext(
                "a text that begins with {brace} or {bracket} needs double quotes", brace="{", bracket="["
            )
            raise RefusedError((line, column, lazy_gettext("the name of a field must be a word"), hint))
        name = self._scalar(event, line, column)
        if name and len(level.lines) == MAX_FIELDS and name not in level.lines:
            sentence = lazy_gettext("more than {number} fields in one place", number=MAX_FIELDS)
            raise RefusedError((line, column, sentence, NO_SUCH_FILE))
        if fault := _fault_of_key(name, level, line, is_plain=not event.style):
            self.refuse(line, column, *fault)
        elif name:
            level.key, level.lines[name] = name, line
            level.places.append(line << COLUMN_BITS | column)

    def _scalar(self, event: Any, line: int, column: int) -> str | None:
        """The text as written, or None if there is none."""
        if isinstance(event, yaml.AliasEvent):
            return None
        if event.style in ("'", '"') and event.end_mark.line > event.start_mark.line:
            self.last_quote = (line, column, event.end_mark.line + 1)
        if len(event.value) > MAX_CHARACTERS:
            sentence = lazy_gettext("a text of more than {number:,} characters", number=MAX_CHARACTERS)
            raise RefusedError((line, column, sentence, lazy_gettext("is a quotation mark or a line break missing?")))
        if event.style:
            return str(event.value)
        # Invisible characters at the ends of a plain text, which YAML does not strip, and texts that YAML reads as
        # null.
        value = strip_invisible(event.value)
        return value if value and value not in _NULLS else None

    def _misread(self, value: str, event: yaml.ScalarEvent) -> Iterator[Words]:
        """Warnings about a plain text: cut off by a comment, in curly quotes, or several entries in one."""
        level = self.stack[-1] if self.stack else None
        is_text = level is not None and (isinstance(level.value, list) or level.key in LANGUAGES)
        if is_text and event.end_mark and _COMMENT.match(self._text, event.end_mark.index):
            sentence = lazy_gettext("the text ends before ` #`; what follows is a comment")
            yield sentence, lazy_gettext("put the whole text between double quotes, or the comment on its own line")
        if is_text and _CURLY.fullmatch(value):
            sentence = lazy_gettext("the curly quotation marks are part of the text, and citizens see them")
            yield sentence, lazy_gettext('use the straight ones: "')
        if level and level.flow and _WIDE_COMMA.search(value) and not any(each.key == "words" for each in self.stack):
            sentence = lazy_gettext("{text} is one entry: a full-width comma separates nothing", text=quoted(value))
            yield sentence, lazy_gettext("write `, ` between entries; put one text with a comma between double quotes")

    def _put(self, level: Level | None, value: Any, places: Any) -> None:
        if level is None:
            self.root, self.places = [value], [places]
        elif isinstance(level.value, list):
            level.value.append(value)
            level.places.append(places)
        else:
            if level.key is not None:
                level.value[level.key] = value
                level.places.append(places)
            level.waits = False

    def refuse(self, line: int, column: int, sentence: LazyMessage, hint: LazyMessage) -> None:
        """Add an error after which reading continues."""
        self.faults.append((line, column, sentence, hint))
        if len(self.faults) >= MAX_FAULTS:
            raise RefusedError


def _fault_of_key(name: str | None, level: Level, line: int, *, is_plain: bool) -> Words | None:
    """Why a name cannot be the name of another field, and what to do, or None."""
    if not name:
        hint = lazy_gettext("a text with a colon needs double quotes")
        return lazy_gettext("the name before the colon is missing"), hint
    if name == "<<" and is_plain:
        sentence = lazy_gettext("`<<` takes over fields from another place, which is not allowed")
        return sentence, lazy_gettext("write them out")
    if name not in level.lines:
        return None
    sentence = lazy_gettext(
        "`{field}` is in line {first} and again in line {second}",
        field=shorten(name, _QUOTED),
        first=level.lines[name],
        second=line,
    )
    return sentence, lazy_gettext("keep one of them")


def quoted(text: str) -> LazyMessage:
    """A text in quotation marks, shortened for an error message."""
    return lazy_gettext("“{text}”", text=shorten(text, _QUOTED))


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
