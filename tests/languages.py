"""Whether a saying is really told in a language, and not in English or in the words of the file."""

import re
from collections.abc import Mapping

from bot.i18n.catalog import phrases
from bot.i18n.message import LazyMessage
from bot.matching.normalize import Language

SCRIPTS: Mapping[Language, str] = {"en": "[a-z]", "zh": "[一-鿿]", "ru": "[а-яё]"}


def speaks(said: LazyMessage, language: Language) -> bool:
    """Whether the sentence itself, without anything that was put into it, is written in the language's letters."""
    bare = LazyMessage(said.template, tuple((name, 0 if name == "number" else "") for name, _ in said.values))
    return bool(re.search(SCRIPTS[language], bare.told(phrases(language))))
