"""The bot's sentences in three languages, from the gettext catalogues in `bot/i18n/locales`."""

import gettext
import io
from datetime import date
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.i18n.phrases import Translator
from bot.matching.normalize import Language

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "minsheng"

#: How a day is written in each language.
_DATE_FORMATS: dict[Language, str] = {"en": "d MMMM y", "zh": "y年M月d日", "ru": "d MMMM y 'года'"}


class CatalogTranslator:
    """The bot's sentences in one language (a `Translator`)."""

    def __init__(self, language: Language, translations: gettext.NullTranslations) -> None:
        self.language: Language = language
        self.space = "" if language == "zh" else " "
        self._translations = translations

    def gettext(self, message: str, /, **values: object) -> str:
        """The translation of `message` with its places filled in; the English text where there is none."""
        return self._translations.gettext(message).format(**values)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """As `gettext`, in the plural form that `number` takes."""
        return self._translations.ngettext(one, many, number).format(number=number, **values)

    def date(self, day: date) -> str:
        """A day in words."""
        return format_date(day, _DATE_FORMATS[self.language], locale=self.language)


@cache
def phrases(language: Language) -> Translator:
    """The catalogue of a language, read once.

    The `.po` files are read as they are: no compiled `.mo` can be stale, and 100 sentences cost a few milliseconds.
    """
    compiled = io.BytesIO()
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return CatalogTranslator(language, gettext.GNUTranslations(compiled))
