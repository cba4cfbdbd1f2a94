"""Regular expressions for the words of each language, kept in YAML files, so that a language is added without code.

A file maps a name to the expressions of each language, one or a list:

    denied:
      en: "not|never mind|except"
      zh: ["不是|不要", "别管"]

A language without expressions under a name is not matched by it. Texts are matched as given; callers fold them first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.i18n.languages import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class WordPatterns:
    """The expressions of a file; a name that the file lacks raises KeyError."""

    expressions: Mapping[str, Mapping[Language, str | list[str]]]

    def any_of(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
        """One pattern that matches what an expression of any language matches."""
        return re.compile("|".join(f"(?:{expression})" for expression in self._all(name)), flags)

    def each(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> tuple[re.Pattern[str], ...]:
        """A pattern for each expression, in the order of the table of languages and then of the file."""
        return tuple(re.compile(expression, flags) for expression in self._all(name))

    def _all(self, name: str) -> list[str]:
        by_language = self.expressions[name]
        written = [by_language[language] for language in LANGUAGES if language in by_language]
        return [text for texts in written for text in ([texts] if isinstance(texts, str) else texts)]


def read_word_patterns(path: Path) -> WordPatterns:
    """Read a file that ships with the program."""
    return WordPatterns(yaml.safe_load(path.read_text(encoding="utf-8")))
