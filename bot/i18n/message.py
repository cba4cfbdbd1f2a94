"""Sentences that are made in one place and said in another, in a language that is known only there."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = "str | int | float | date | LazyMessage"


class Tongue(Protocol):
    """What is needed of a language; `bot.i18n.phrases.Phrases` is one."""

    def gettext(self, message: str, /, **values: object) -> str:
        """The translation of `message` with `{name}` places filled in."""

    def date(self, day: date) -> str:
        """A day in words."""


@dataclass(frozen=True, slots=True)
class LazyMessage:
    """A sentence, or a part of one, that is not in any language yet: its English text and what goes into it.

    The catalogues translate the English text. A value may be a saying itself, or a day, which every language
    writes in its own way. It knows no other module, for the reader of YAML files runs on nearly nothing.
    """

    template: str
    values: tuple[tuple[str, Value], ...] = ()

    def told(self, tongue: Tongue) -> str:
        """The sentence in a language."""
        if not self:
            return ""  # a catalogue has its own head under the empty text
        return tongue.gettext(self.template, **{name: _told(value, tongue) for name, value in self.values})

    def filled(self, **values: Value) -> "LazyMessage":
        """The same sentence with values for places that were left open."""
        return replace(self, values=(*self.values, *values.items()))

    def __str__(self) -> str:
        return self.template.format(**dict(self.values)) if self.values else self.template

    def __bool__(self) -> bool:
        return bool(self.template)

    def __lt__(self, other: "LazyMessage") -> bool:
        return str(self) < str(other)

    def as_json(self) -> list[Any]:
        """The saying as JSON can carry it; days become texts."""
        return [self.template, {name: _json(value) for name, value in self.values}]


def lazy_gettext(template: str, /, **values: Value) -> LazyMessage:
    """A sentence for the catalogues, with values for its `{name}` places."""
    return LazyMessage(template, tuple(values.items()))


def from_json(carried: Any) -> LazyMessage:
    """The saying that `as_json` wrote."""
    template, values = carried
    return LazyMessage(
        template,
        tuple((name, from_json(value) if isinstance(value, list) else value) for name, value in values.items()),
    )


#: What is said where there is nothing to say.
NOTHING = LazyMessage("")


def _told(value: Value, tongue: Tongue) -> object:
    if isinstance(value, LazyMessage):
        return value.told(tongue)
    return tongue.date(value) if isinstance(value, date) else value


def _json(value: Value) -> Any:
    return (
        value.as_json() if isinstance(value, LazyMessage) else value if isinstance(value, int | float) else str(value)
    )
