"""The bot's languages in a sentence."""

from bot.i18n.languages import LANGUAGE_INFO
from bot.i18n.message import Translator


def any_language(translator: Translator) -> str:
    """The languages of the table as in "in English, Chinese or Russian", the translator's own first."""
    own_first = sorted(LANGUAGE_INFO.values(), key=lambda info: info.code != translator.language)
    *names, last = (translator.gettext(info.english_name) for info in own_first)
    return translator.gettext(
        "{languages} or {language}", languages=translator.gettext(", ").join(names), language=last
    )
