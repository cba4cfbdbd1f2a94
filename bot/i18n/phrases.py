"""What the bot's sentences need of a language; the sentences stand where they are said, in English."""

from datetime import date
from typing import Protocol

from bot.matching.normalize import Language


class Translator(Protocol):
    """The bot's sentences in one language; the English text is the key of its translations."""

    @property
    def language(self) -> Language:
        """The language that is spoken."""

    @property
    def space(self) -> str:
        """What stands between two sentences: nothing in Chinese, a space elsewhere."""

    def gettext(self, message: str, /, **values: object) -> str:
        """The translation of `message` with `{name}` places filled in."""

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """As `gettext`, in the plural form that `number` takes; `{number}` is filled in."""

    def date(self, day: date) -> str:
        """A day in words, such as 12 November 2021."""
