"""Turns what a citizen typed into a Query: one chain of normalisation, for questions and phrasings alike."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

from bot.i18n.languages import LANGUAGE_INFO, Language, LanguageInfo, share_script
from bot.matching.numerals import in_digits

#: The characters of a long text that are matched: people explain first and ask at the end.
HEAD_CHARACTERS, TAIL_CHARACTERS = 128, 384
#: The rest of a longer text is ignored; a Telegram message has at most 4,096 characters.
_MAX_LENGTH = 8192
#: A text in which each word is repeated this often is not a question.
_MONOTONOUS = 8

_SIMPLIFY = opencc.OpenCC("t2s")
_MAYBE_CHINESE = re.compile("[\u2e80-\U0010ffff]")
_CYRILLIC = re.compile("[а-яё]")
_LATIN = re.compile("[a-z]")
_LETTERS = {code: re.compile(f"[{info.letters}]") for code, info in LANGUAGE_INFO.items()}


def _word_pattern(info: LanguageInfo) -> str:
    # A word is not cut at a letter that only another language of the same script has.
    written = (other.letters for other in LANGUAGE_INFO.values() if share_script(info.code, other.code))
    letters = f"[{''.join(written)}]"
    return f"{letters}+(?:'{letters}+)?" if info.spaced else letters


#: Words of the bot's languages, numbers, and words in other letters, which only an encoder may know.
_WORD = re.compile("|".join([*map(_word_pattern, LANGUAGE_INFO.values()), r"\d+", r"[^\W\d_]+"]))

#: Invisible characters, and loose accents; accents that belong to a letter of a language are composed with it before.
_NOISE = re.compile("[\u00ad\u0300-\u036f\u0488\u0489\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20dd-\u20e4\ufeff]")
#: Cyrillic letters that occur in no word of the encoder.
_WITHOUT_GRAVE = str.maketrans("ѐѝ", "еи")

_WITHOUT_CONTROL = dict.fromkeys(range(ord(" ")), " ")

#: Normalisation would turn "1½" into "11/2".
_HALF = re.compile(r"(\d?) ?½")

# Look-alike letters in Latin and Cyrillic; a word that mixes both contains letters of the wrong script.
_LATIN_LOOKALIKE, _CYRILLIC_LOOKALIKE = "aceopxyikmtbh", "асеорхуикмтвн"
_TO_CYRILLIC = str.maketrans(_LATIN_LOOKALIKE, _CYRILLIC_LOOKALIKE)
_TO_LATIN = str.maketrans(_CYRILLIC_LOOKALIKE, _LATIN_LOOKALIKE)
_MIXED_WORD = re.compile(r"[a-zа-яё]*(?:[a-z][а-яё]|[а-яё][a-z])[a-zа-яё]*")


@dataclass(frozen=True, slots=True)
class Query:
    """The normalised form of a text; matching sees nothing else."""

    text: str  #: folded text, at most 513 characters
    tokens: tuple[str, ...]  #: words, numbers and single Chinese characters, in order
    language: Language | None  #: by script; None if the text has no letter


#: The same message is prepared for several purposes; this many results are cached.
_RECENT = 64


@lru_cache(maxsize=_RECENT)
def to_query(text: str) -> Query:
    """Normalise any text; never fails. A text without letters or digits gives a Query without tokens."""
    folded = fold(text)
    counted = bounded(in_digits(folded)).strip()
    return Query(text=counted, tokens=words_in(counted), language=_language_of_folded(folded))


def words_in(normalised: str) -> tuple[str, ...]:
    """The words, numbers and single Chinese characters of a text that is normalised already."""
    return tuple(_WORD.findall(normalised))


def part_of(query: Query, normalised: str) -> Query:
    """A part of a query's text, which is not normalised again: that would change nothing."""
    return Query(normalised.strip(), words_in(normalised), query.language)


@lru_cache(maxsize=_RECENT)
def fold(text: str) -> str:
    """Remove case, width, accents and invisible, traditional and look-alike letters; at most 513 characters."""
    if text.isascii():  # only case and control characters change
        return bounded(text[:_MAX_LENGTH].translate(_WITHOUT_CONTROL).lower())
    decimal = _HALF.sub(lambda half: f"{half[1] or 0}.5", text[:_MAX_LENGTH])
    visible = "".join(map(_bare, unicodedata.normalize("NFC", decimal)))
    return bounded(_alike(bounded(visible)))


def without_noise(text: str) -> str:
    """Remove invisible characters and case from a text in any language; at most 513 characters.

    Unlike in `fold`, letters keep their accents.
    """
    composed = unicodedata.normalize("NFKC", text[:_MAX_LENGTH]).lower()
    return bounded(_NOISE.sub("", composed).translate(_WITHOUT_GRAVE))


def language_of(text: str, preferred: Language | None = None) -> Language | None:
    """The language that the letters of a text suggest; None without letters.

    A Chinese character counts as four letters. If several languages share the letters, `preferred` wins, or else the
    first one in the table.
    """
    return _language_of_folded(fold(text), preferred)


def _language_of_folded(text: str, preferred: Language | None = None) -> Language | None:
    weights = {code: LANGUAGE_INFO[code].letter_weight * len(found.findall(text)) for code, found in _LETTERS.items()}
    best = max(weights, key=lambda language: (weights[language], language == preferred))
    return best if weights[best] else None


def is_han(token: str) -> bool:
    """Whether a token is a Chinese character."""
    first = token[:1]
    return "㐀" <= first <= "䶿" or "一" <= first <= "鿿"


def is_noise(query: Query) -> bool:
    """Whether a text has no words, or hardly anything but repetitions of the same words."""
    words = {token for token in query.tokens if token.isalpha() and (len(token) > 1 or is_han(token))}
    return not words or _MONOTONOUS * len(words) < len(query.tokens)


def bounded(text: str) -> str:
    """The beginning and the end of a long text, at most 513 characters."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"


def _alike(text: str) -> str:
    text = "".join(map(_bare, unicodedata.normalize("NFKC", text).casefold()))
    if _MAYBE_CHINESE.search(text):
        text = _SIMPLIFY.convert(text)
    if _LATIN.search(text) and _CYRILLIC.search(text):
        text = _MIXED_WORD.sub(lambda word: _one_script(word[0]), text)
    return text


#: Accents have at least this combining class (Unicode Standard, table 4-3); voicing marks and nuktas have lower ones.
_ACCENT = 200


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    """The character without its accent; empty for invisible ones and loose accents (й stays й, ё becomes е).

    Only marks above, below or through a letter are accents. Others make another letter: か is not が, and 가 is not ㄱ.
    """
    if character == "й" or character.isascii():
        return max(character, " ")
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cs"):
        return ""
    if category not in ("Ll", "Lo"):
        return character
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if all(unicodedata.combining(mark) >= _ACCENT for mark in parts[1:]) else character


def _one_script(word: str) -> str:
    """A word of mixed Latin and Cyrillic letters in its main script, if look-alikes explain the other letters."""
    cyrillic = sum("а" <= letter <= "я" for letter in word)
    one = word.translate(_TO_CYRILLIC if 2 * cyrillic >= len(word) else _TO_LATIN)
    return word if _MIXED_WORD.fullmatch(one) else one
