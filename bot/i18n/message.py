"""The bot's sentences: the `Translator` interface, and messages that are translated later.

The English sentence in the source code is the key of its translations. This module imports only `languages`, because
the isolated reader of knowledge files creates messages and must start fast.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, TypeAlias

from bot.i18n.languages import Language

Value: TypeAlias = "str | int | float | date | LazyMessage"


class Translator(Protocol):
    """The bot's sentences in one language; implemented in `bot.i18n.catalog`."""

    @property
    def language(self) -> Language:
        """The language of the sentences."""

    @property
    def space(self) -> str:
        """The text between two sentences: empty in Chinese, a space elsewhere."""

    def gettext(self, message: str, /, **values: object) -> str:
        """The translation of `message` with its `{name}` placeholders filled in; English if there is none."""

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Like `gettext`, in the plural form for `number`; `{number}` is filled in."""

    def date(self, day: date) -> str:
        """A day in words, such as 12 November 2021."""


@dataclass(frozen=True, slots=True)
class LazyMessage:
    """A sentence, or a part of one, in a language that is not known yet: its English text and its values.

    A value may be a message too, or a date, which is formatted for the language.
    """

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    def render(self, translator: Translator) -> str:
        """The message in the translator's language."""
        if not self:
            return ""  # gettext returns the catalogue's header for the empty text
        return translator.gettext(self.template, **{name: _render(value, translator) for name, value in self.values})

    def filled(self, **values: Value) -> "LazyMessage":
        """The same message with values for open placeholders."""
        return replace(self, values=(*self.values, *values.items()))

    def __str__(self) -> str:
        return self.template.format(**dict(self.values)) if self.values else self.template

    def __bool__(self) -> bool:
        return bool(self.template)

    def __lt__(self, other: "LazyMessage") -> bool:
        return str(self) < str(other)

    def as_json(self) -> list[Any]:
        """The message as a JSON value; dates become texts."""
        return [self.template, {name: _json(value) for name, value in self.values}]


def lazy_gettext(template: str, /, **values: Value) -> LazyMessage:
    """Mark a sentence for the catalogues, with values for its `{name}` placeholders."""
    return LazyMessage(template, tuple(values.items()))


def from_json(data: Any) -> LazyMessage:
    """The inverse of `as_json`."""
    template, values = data
    return LazyMessage(
        template,
        tuple((name, from_json(value) if isinstance(value, list) else value) for name, value in values.items()),
    )


NOTHING = LazyMessage("")


def _render(value: Value, translator: Translator) -> object:
    if isinstance(value, LazyMessage):
        return value.render(translator)
    return translator.date(value) if isinstance(value, date) else value


def _json(value: Value) -> Any:
    if isinstance(value, LazyMessage):
        return value.as_json()
    return value if isinstance(value, int | float) else str(value)
