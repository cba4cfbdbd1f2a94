"""The one table of languages; everything that depends on a language derives from it.

To add a language:

1. add its row to `_TABLE`, and run `make generate`;
2. translate its catalogue, `bot/i18n/locales/<code>/LC_MESSAGES/minsheng.po`, which that created;
3. add its words to `bot/i18n/locales/smalltalk.yaml`, where each list has a part for a language, and its texts and ways
   of asking to the knowledge files.

Without 2 or 3 the bot still runs: a sentence without a translation is shown in English, and a text of the city in the
city's default language. `tests/i18n/test_languages.py` adds two languages and asks the bot questions in them.

Optional parts: a guide for staff, `docs/staff-guide.<code>.md`, which tests then check; words for the sandbox page
(`bot/sandbox/page/frontend/src/words/`); and the language's entries in the following files. Without an entry the bot
lacks in that language what is said in brackets.

- `bot/answers/emergencies/`: `signs.yaml` (emergencies, otherwise recognised by meaning alone), `pleas.yaml` (what else
  people in danger say) and `examples.yaml`;
- `bot/answers/`: `requests.yaml` (requests to the bot itself), `polar.yaml` (yes-or-no questions) and `overviews.yaml`
  (questions by status);
- `bot/answers/learning/`: `everyday_words.yaml` and `service_topics.yaml` (topics elsewhere that every city has);
- `bot/answers/understanding/`: `patterns.yaml` (courtesies, messages that correct themselves or continue a
  conversation, hours and prices), `stated.yaml` (whether a "yes" is true), `institutions.yaml` (numbered institutions)
  and `cities.yaml` (other cities);
- `bot/answers/signs/`: `contractions.yaml` (two words written as one);
- `bot/knowledge/`: `deadlines.yaml` and `relative_dates.yaml` (dates in texts), `denials.yaml` (what the source leaves
  open) and `contradictions.yaml` (texts that contradict a status);
- `bot/publishing/lint/`: `placeholders.yaml` (warnings of texts such as "to be added");
- `bot/inbox/`: `masking.yaml` (masking the name after "my name is" before a question is stored).

In files of patterns (`bot/i18n/word_patterns.py`) a language that needs no expressions under a name has an empty list.
A test lists the names that a language of the table lacks.

A language is detected by its letters. If a text has no letter that identifies one of several languages, the chat's
language is used (the chosen one, or else that of the person's Telegram), or else the first one in the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

#: An ISO 639-1 code in the table.
Language: TypeAlias = str


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """The properties of a language."""

    code: Language
    name: str  #: its own name
    english_name: str  #: its English name, translated as in "write in Chinese" (`language_list.py`)
    callback_letter: str  #: its code in callback data: buttons outlive releases, so it must never change
    date_format: str  #: the format of a day in a sentence, as a CLDR pattern
    broadcast_number: str  #: the format of a broadcast's number
    letters: str  #: its letters after folding: single letters and ranges such as `a-z`, as in a regular expression
    letter_weight: int = 1  #: how many letters of other scripts one of its letters is worth
    spaced: bool = True  #: whether words and sentences are separated by spaces

    @property
    def sentence_space(self) -> str:
        """The text between two sentences."""
        return " " if self.spaced else ""


#: In the order in which languages are listed and tried. The letters for callback data must not be `a`, `t` or `-`,
#: which have other meanings there (telegram_ui/callback_data.py).
_TABLE = (
    LanguageInfo("en", "English", "English", "e", "d MMMM y", "No {number}", "a-z"),
    LanguageInfo(
        "zh",
        "中文",
        "Chinese",
        "z",
        "y年M月d日",
        "第 {number} 号",
        "\u3400-\u4dbf\u4e00-\u9fff",
        letter_weight=4,
        spaced=False,
    ),
    LanguageInfo("ru", "Русский", "Russian", "r", "d MMMM y 'года'", "№ {number}", "а-яё"),
)

LANGUAGE_INFO: Mapping[Language, LanguageInfo] = {info.code: info for info in _TABLE}
LANGUAGES: tuple[Language, ...] = tuple(LANGUAGE_INFO)
#: The language of the sentences in the source code, which is used if there is no translation.
SOURCE_LANGUAGE: Language = "en"


def language_name(language: Language) -> str:
    """The language's own name."""
    return LANGUAGE_INFO[language].name


def language_by_tag(tag: str | None) -> Language | None:
    """The language of an IETF tag, such as Telegram's `zh-hans`; None if the bot does not have it."""
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGE_INFO else None


def share_script(one: Language, other: Language) -> bool:
    """Whether two languages share letters, so that a text may not tell them apart."""
    return any(
        first <= other_last and other_first <= last
        for first, last in _ranges(one)
        for other_first, other_last in _ranges(other)
    )


def has_own_script(language: Language) -> bool:
    """Whether no other language in the table shares its letters."""
    return not any(share_script(language, other) for other in LANGUAGE_INFO if other != language)


def _ranges(language: Language) -> list[tuple[str, str]]:
    """The first and the last letter of each range."""
    return [(first, last or first) for first, last in re.findall("(.)(?:-(.))?", LANGUAGE_INFO[language].letters)]
