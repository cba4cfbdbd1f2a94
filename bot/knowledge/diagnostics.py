"""Diagnostics of a knowledge file, and the positions that they refer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bot.i18n.languages import LANGUAGES
from bot.i18n.message import NOTHING, LazyMessage, Translator, lazy_gettext
from bot.i18n.text_length import shorten

#: The path of a value in a document: keys and list indices from the top.
ValuePath: TypeAlias = tuple[str | int, ...]

#: The most characters of the file that a diagnostic quotes.
_QUOTED = 40


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A position in a file; lines and columns count from one. Ordered by file, line, column."""

    file: str = field(default="", kw_only=True)  #: relative to the folder; empty for a single file
    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """An error or a warning about a knowledge file, for the person who edits it."""

    mark: Mark
    severity: Literal["error", "warning"]
    sentence: LazyMessage
    suggestion: LazyMessage = NOTHING

    def line_for(self, path: object, translator: Translator | None = None) -> str:
        """The line for editors and scripts: `path:line:column: severity: sentence (suggestion)`.

        Only the sentence and the suggestion are in the language of `translator`, by default English, because scripts
        parse the rest.
        """
        tail = f" ({_render(self.suggestion, translator)})" if self.suggestion else ""
        place = f"{self._file(path)}:{self.mark.line}:{self.mark.column}"
        return f"{place}: {self.severity}: {_render(self.sentence, translator)}{tail}"

    def _file(self, path: object) -> str:
        """The file of the mark; `path` is the folder or its file."""
        if not self.mark.file:
            return str(path)
        folder = Path(str(path))
        return str((folder.parent if folder.suffix in (".yaml", ".yml") else folder) / self.mark.file)

    def as_json(self, path: object, translator: Translator | None = None) -> dict[str, str | int]:
        """A JSON object; the suggestion may be empty."""
        return {
            "path": self._file(path),
            "line": self.mark.line,
            "column": self.mark.column,
            "severity": self.severity,
            "sentence": _render(self.sentence, translator),
            "suggestion": _render(self.suggestion, translator),
        }


@dataclass(frozen=True, slots=True)
class Document:
    """The plain values of a file before validation, with the mark of each value and key."""

    data: Any
    values: Mapping[ValuePath, Mark] = field(default_factory=dict)
    keys: Mapping[ValuePath, Mark] = field(default_factory=dict)

    def mark(self, path: ValuePath) -> Mark:
        """The mark of the value at `path`, or of the nearest enclosing value."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))

    def key_mark(self, path: ValuePath) -> Mark:
        """The mark of the key at the end of `path`."""
        return self.keys.get(path) or self.mark(path)

    def name(self, path: ValuePath) -> LazyMessage:
        """`projects[3].title.zh` in words: the field's name, its language, and its entry."""
        words = [part for part in path if isinstance(part, str)]
        if not words:
            return lazy_gettext("the file")
        *around, word = words
        if around and word in LANGUAGES:
            name = lazy_gettext("`{field}` ({language})", field=shortened(around[-1]), language=word)
        else:
            name = lazy_gettext("`{field}`", field=shortened(word))
        if isinstance(path[-1], int):
            name = lazy_gettext("entry {number} of {field}", number=path[-1] + 1, field=name)
        owner = "" if word == "id" else self._owner(path)
        return lazy_gettext("{field} of {owner}", field=name, owner=quoted(owner)) if owner else name

    def _owner(self, path: ValuePath) -> str:
        """The id of the nearest entry that encloses the value at `path`."""
        value, owner = self.data, ""
        for part in path[:-1]:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                break
            identifier = value.get("id") if isinstance(value, dict) else None
            owner = identifier if isinstance(identifier, str) else owner
        return owner


def quoted(value: object) -> LazyMessage:
    """A part of the file in quotation marks, shortened so that it does not hide the sentence around it."""
    return lazy_gettext("“{text}”", text=shortened(value))


def shortened(value: object) -> str:
    """At most 40 characters of a part of the file, on one line."""
    text = " ".join(str(value)[: 4 * _QUOTED].split())
    visible = "".join(letter if letter.isprintable() else "�" for letter in text)
    return shorten(visible, _QUOTED + 1)


def _render(said: LazyMessage, translator: Translator | None) -> str:
    return said.render(translator) if translator else str(said)
