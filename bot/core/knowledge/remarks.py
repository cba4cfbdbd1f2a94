"""What is said about a knowledge file, and where in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bot.core.sayings import Saying
from bot.core.text import LANGUAGES

#: Where a value stands in a document: keys and list positions from the top.
ValuePath: TypeAlias = tuple[str | int, ...]

#: Longest piece of the file that a remark repeats.
_QUOTED = 40


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; both count from one, as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One remark on a knowledge file, in words for the person who can mend it."""

    mark: Mark
    severity: Literal["error", "warning"]
    sentence: Saying | str
    suggestion: Saying | str = ""

    def line_for(self, path: object) -> str:
        """The remark as editors and scripts read it: `path:line:column: severity: sentence (suggestion)`."""
        tail = f" ({self.suggestion})" if self.suggestion else ""
        return f"{path}:{self.mark.line}:{self.mark.column}: {self.severity}: {self.sentence}{tail}"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds before it is understood: plain values, and where each value and key stands."""

    data: Any
    values: Mapping[ValuePath, Mark] = field(default_factory=dict)
    keys: Mapping[ValuePath, Mark] = field(default_factory=dict)

    def mark(self, path: ValuePath) -> Mark:
        """Where the value at `path` stands, or the nearest value around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Mark(1, 1))

    def key_mark(self, path: ValuePath) -> Mark:
        """Where the key at the end of `path` stands."""
        return self.keys.get(path) or self.mark(path)

    def name(self, path: ValuePath) -> str:
        """`projects[3].title.zh` as people say it: the field's name, its language, and whose it is."""
        words = [part for part in path if isinstance(part, str)]
        if not words:
            return "the file"
        *around, word = words
        spoken = f"`{around[-1]}` ({word})" if around and word in LANGUAGES else f"`{shortened(word)}`"
        spoken = f"entry {path[-1] + 1} of {spoken}" if isinstance(path[-1], int) else spoken
        owner = "" if word == "id" else self._owner(path)
        return f"{spoken} of {quoted(owner)}" if owner else spoken

    def _owner(self, path: ValuePath) -> str:
        """The id of the nearest entry around the value at `path`."""
        value, owner = self.data, ""
        for part in path[:-1]:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                break
            identifier = value.get("id") if isinstance(value, dict) else None
            owner = identifier if isinstance(identifier, str) else owner
        return owner


def quoted(value: object) -> str:
    """A piece of the file between quotation marks, cut where it would hide the sentence around it."""
    return f"“{shortened(value)}”"


def shortened(value: object) -> str:
    """At most 40 characters of a piece of the file, on one line."""
    text = " ".join(str(value)[: 4 * _QUOTED].split())
    visible = "".join(letter if letter.isprintable() else "�" for letter in text)
    return f"{visible[:_QUOTED]}…" if len(visible) > _QUOTED else visible
