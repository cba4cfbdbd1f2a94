"""Reads a message as it is meant: “not the pier, the beach” asks about the beach, and “rjulf” is «когда»."""

import re

from bot.answers.learning.vocabulary import analyze_query
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.patterns import PATTERNS
from bot.matching.normalize import fold, to_query
from bot.matching.other_languages import is_other_language
from bot.matching.transliterate import pinyin_syllables, transliterations

#: `not` matches what is not meant, `but` what is meant instead.
_CORRECTIONS = [re.compile(rf"(?:{each.pattern})[.!?。！？ ]*") for each in PATTERNS.each("corrections")]
_DENIED = PATTERNS.any_of("denied")
_NEWS_OF = PATTERNS.each("news_of")
_INTRODUCES = PATTERNS.any_of("introduces")
_ARTICLES, _BEFORE_A_NUMBER = PATTERNS.any_of("articles"), PATTERNS.any_of("before_a_number")
#: A longer text that consists of pinyin only is not English.
_FEW_WORDS = 2
_IN_HASTE = PATTERNS.replacements("in_haste")
_COURTESIES = PATTERNS.any_of("courtesies")
#: What separates a courtesy from the question before or after it.
_SEPARATORS = " ,.!:;、。-–—"


def as_meant(text: str, snapshot: Snapshot, *, follows: bool) -> str:
    """The message without courtesies and what it says is not meant, in the intended letters.

    Of an emergency only the courtesies are left out. `follows`: whether the chat has a focus that a question such as
    "when" may refer to.
    """
    text = _without_courtesies(text, snapshot)
    meant = _with_whole_words(_instead(text))
    if meant != text and snapshot.emergency_in(text):
        return text
    return (_question_in_other_letters(meant, snapshot) or meant) if follows else meant


def subject_of_news(text: str) -> str | None:
    """What a message wants news about ("any news about the pier?"), or None."""
    folded = fold(text)
    return next((found["subject"] for pattern in _NEWS_OF if (found := pattern.fullmatch(folded))), None)


def is_denied(part: str) -> bool:
    """Whether a folded part of a message says what is not meant."""
    return _DENIED.match(part) is not None


def _without_courtesies(text: str, snapshot: Snapshot) -> str:
    """A message without greetings, thanks and the like, if it says something besides them."""
    folded = fold(text)
    bare = _COURTESIES.sub(" ", folded).strip(_SEPARATORS)
    if bare == folded.strip(_SEPARATORS) or is_other_language(text):
        return text
    query, known = to_query(bare), snapshot.engine.learned.spelling.known
    if len(query.tokens) == 1 and (query.tokens[0] not in known or snapshot.emergency_in(bare)):
        return text  # "hello, darling"; "that's fire, thanks"
    return bare if analyze_query(query, snapshot.vocabulary).says_something else text


def _instead(text: str) -> str:
    """What a message asks for instead of something else; the message itself if it corrects nothing."""
    folded = fold(text)
    for pattern in _CORRECTIONS:
        if found := pattern.fullmatch(folded):
            return _with_noun(_INTRODUCES.sub("", found["but"].strip()), found["not"])
    return text


def _with_whole_words(text: str) -> str:
    """The text with abbreviated question words spelt out."""
    folded = whole = fold(text)
    if len(folded.split()) > _FEW_WORDS and pinyin_syllables(folded):
        return text
    for pattern, word in _IN_HASTE:
        whole = pattern.sub(word, whole)
    return text if whole == folded else whole


def _with_noun(meant: str, denied: str) -> str:
    """Add the noun of the other number to a bare one: “not the first hospital but the second”."""
    if all(token.isdecimal() for token in to_query(_BEFORE_A_NUMBER.sub("", meant)).tokens):
        nouns = (word for word in denied.split() if not _ARTICLES.fullmatch(word))
        words = [word for word in nouns if not all(map(str.isdecimal, to_query(word).tokens))]
        return " ".join([meant, *words])
    return meant


def _question_in_other_letters(text: str, snapshot: Snapshot) -> str | None:
    """A question without a subject that was typed in pinyin, in Latin letters or on the wrong keyboard, or None."""
    typed = analyze_query(to_query(text), snapshot.vocabulary)
    if not typed.content or any(word in snapshot.engine.learned.spelling.known for word in typed.content):
        return None
    for _, query in transliterations(fold(text), snapshot.engine.learned.spelling):
        meant = analyze_query(query, snapshot.vocabulary)
        if meant.aspects and not meant.content:
            return query.text
    return None
