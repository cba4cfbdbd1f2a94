"""Regular expressions for the words of each language, kept in YAML files, so that a language is added without code.

A file maps a name to the expressions of each language, one or a list:

    denied:
      en: "not|never mind|except"
      zh: ["不是|不要", "别管"]

or, if what is matched is to be replaced, to a mapping of the expressions of each language to the replacements:

    in_haste:
      en: {wen|whn: when}

In an expression, a name in braces stands for what the same language has under this name, or for a part that the caller
gives. A language without expressions under a name is not matched by it. Texts are matched as given; callers fold them
first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

from bot.i18n.languages import LANGUAGES, Language

_PART = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class WordPatterns:
    """The expressions of a file; a name that the file lacks raises KeyError."""

    expressions: Mapping[str, Mapping[Language, str | list[str] | dict[str, str]]]
    parts: Mapping[str, str]  #: expressions of the caller, the same for every language

    def any_of(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
        """One pattern that matches what an expression of any language matches."""
        return _any(self._all(name), flags)

    def each(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> tuple[re.Pattern[str], ...]:
        """A pattern for each expression, in the order of the table of languages and then of the file."""
        return tuple(re.compile(expression, flags) for expression in self._all(name))

    def numbered(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> tuple[re.Pattern[str], ...]:
        """A pattern for each place in the lists of the languages, which must be equally long: ValueError otherwise."""
        rows = zip(*(self._whole(name, language) for language in self._languages(name)), strict=True)
        return tuple(_any(row, flags) for row in rows)

    def replacements(self, name: str, flags: re.RegexFlag = re.NOFLAG) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The patterns of a name that maps expressions to replacements, with these, in the same order."""
        tables = (self.expressions[name][language] for language in self._languages(name))
        texts = [text for table in tables if isinstance(table, dict) for text in table.values()]
        return tuple(zip(self.each(name, flags), texts, strict=True))

    def _all(self, name: str) -> list[str]:
        return [expression for language in self._languages(name) for expression in self._whole(name, language)]

    def _languages(self, name: str) -> Iterator[Language]:
        return (language for language in LANGUAGES if self.expressions[name].get(language))

    def _whole(self, name: str, language: Language) -> list[str]:
        """The expressions of a language under a name, with their parts."""
        written = self.expressions[name].get(language, ())
        return [self._with_parts(text, language) for text in ([written] if isinstance(written, str) else written)]

    def _with_parts(self, expression: str, language: Language) -> str:
        return _PART.sub(lambda found: f"(?:{self._part(found[1], language)})", expression)

    def _part(self, name: str, language: Language) -> str:
        if name in self.parts:
            return self._with_parts(self.parts[name], language)
        return "|".join(self._whole(name, language)) or "(?!)"


def read_word_patterns(path: Path, parts: Mapping[str, str] = MappingProxyType({})) -> WordPatterns:
    """Read a file that ships with the program; `parts` may contain names in braces too."""
    return WordPatterns(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader), parts)


def _any(expressions: Iterable[str], flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions) or "(?!)", flags)
