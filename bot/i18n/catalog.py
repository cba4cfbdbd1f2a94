"""The bot's sentences in each language, from the gettext catalogues in `bot/i18n/locales`."""

import gettext
import io
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.i18n.languages import LANGUAGE_INFO, SOURCE_LANGUAGE, Language
from bot.i18n.message import Translator

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "minsheng"


class CatalogTranslator:
    """A `Translator` over one catalogue."""

    def __init__(self, language: Language, translations: gettext.NullTranslations) -> None:
        info = LANGUAGE_INFO[language]
        self.language: Language = language
        self.space = info.sentence_space
        self._date_format = info.date_format
        self._translations = translations

    def gettext(self, message: str, /, **values: object) -> str:
        return self._translations.gettext(message).format(**values)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self._translations.ngettext(one, many, number).format(number=number, **values)

    def date(self, day: date) -> str:
        return _date(day, self._date_format, self.language)


#: Babel parses the date pattern again each time, so results are cached.
_date = lru_cache(maxsize=1024)(format_date)


def catalog_path(language: Language) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def translator_in(language: Language) -> Translator:
    """The translator of a language, loaded once; English if there is no catalogue.

    The `.po` file is read directly (decision 0008), so there is no compiled `.mo` that could be out of date.
    """
    path = catalog_path(language)
    if language == SOURCE_LANGUAGE or not path.exists():
        return CatalogTranslator(language, gettext.NullTranslations())
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return CatalogTranslator(language, gettext.GNUTranslations(compiled))
