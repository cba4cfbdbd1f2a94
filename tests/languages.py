"""Whether a message is really translated into a language, and not in English or in the words of the file."""

import re

from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGE_INFO, Language
from bot.i18n.message import LazyMessage


def speaks(said: LazyMessage, language: Language) -> bool:
    """Whether the sentence itself, without anything that was put into it, is written in the language's letters."""
    bare = LazyMessage(said.template, tuple((name, 0 if name == "number" else "") for name, _ in said.values))
    return bool(re.search(f"[{LANGUAGE_INFO[language].letters}]", bare.render(translator_in(language))))


def speaks_text(text: str, language: Language) -> bool:
    """Whether a text is written in the language's letters."""
    return bool(re.search(f"[{LANGUAGE_INFO[language].letters}]", text))
