"""Sentences that contradict later knowledge: a project's status, or a date that has passed.

A source describes the day on which it was written: “is expected to be finished by the end of the year”. Once the
project is completed or cancelled, or the year is over, that sentence is false if stated as a fact. The rules here find
such sentences by the words in `contradictions.yaml`. The bot never states them as facts
(`bot.answers.wording.dated_text`), and staff see them before they publish (`bot.publishing.contradictions`).

If a rule matches too much, a sentence is told with its date, which is still true. If it matches too little, a false
sentence remains. So the words for the future are broad, and the words for a deadline are narrow.

Tests: tests/knowledge/test_contradictions.py; with replies, tests/answers/test_truth.py.
"""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.i18n.languages import LANGUAGE_INFO
from bot.i18n.word_patterns import read_word_patterns
from bot.knowledge.deadlines import last_day
from bot.knowledge.status import Status

_WORDS = read_word_patterns(Path(__file__).with_name("contradictions.yaml"))
_AHEAD = _WORDS.any_of("ahead")
_NOT_AHEAD = _WORDS.any_of("not_ahead")
_UP_TO = _WORDS.any_of("up_to")
_OPEN = _WORDS.any_of("open")
_BEGUN = _WORDS.any_of("begun")
_GOAL = _WORDS.any_of("goal")
_INTENDED = _WORDS.any_of("intended")
_DELAYED = _WORDS.any_of("delayed")
_CALLED_OFF = _WORDS.any_of("called_off")
_BY = _WORDS.any_of("by")
_READY = _WORDS.any_of("ready")
_REPORTED = _WORDS.any_of("reported")
#: The small letters of languages in which sentences begin with a capital letter.
_LETTERS = "".join(info.letters for info in LANGUAGE_INFO.values() if info.spaced)
#: A quotation is never split, so that it is not judged or shortened without the words that date it.
_SENTENCE = re.compile(
    r"(?:“[^”]*”|«[^»]*»|[^“«]|[“«](?![^”»]*[”»]))+?"
    rf"(?:(?<=[。！？][”»])(?![，、；。])|(?<=[.!?][”»])(?=\s+(?![{_LETTERS}\d])|$)"
    r"|[。！？!?](?=\s|[^\s!?”»])|[.!?](?=\s+(?!\d)|$)|\n|$)\s*",
    re.DOTALL,
)


@lru_cache(maxsize=1024)
def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a text of the knowledge with trailing spaces; joined they are the text."""
    return tuple(found for found in _SENTENCE.findall(text) if found)


def contradicts_status(sentence: str, status: Status) -> bool:
    """Whether a sentence says that something is in the future or unknown, although the status settles it."""
    plain = sentence.casefold()
    if says_its_day(plain):
        return False
    if status.ends_expectations and not status.info.is_done and not _UP_TO.search(plain):
        plain = _NOT_AHEAD.sub(" ", plain)
    if status.info.is_given_up and _INTENDED.search(plain):
        return True
    if status.is_over:
        return bool(_AHEAD.search(plain) or _OPEN.search(plain))
    if status.ends_expectations:
        return bool(_AHEAD.search(plain) and _BY.search(plain)) and not _DELAYED.search(plain)
    return bool(status.info.has_begun and _BEGUN.search(plain))


def speaks_of_cancelling(text: str) -> bool:
    """Whether a text speaks of the end of a project, or of the past, and so was written after a cancellation."""
    return _CALLED_OFF.search(text.casefold()) is not None


def says_its_day(sentence: str) -> bool:
    """Whether a sentence itself says when it was reported, so that it stays true."""
    return _REPORTED.match(sentence.casefold().lstrip()) is not None


def outdated_note(note: str, status: Status) -> bool:
    """Whether a note belongs to an earlier status."""
    plain = note.casefold()
    if status.ends_expectations and any(rule.search(plain) for rule in (_GOAL, _OPEN, _REPORTED)):
        return True
    return contradicts_status(note, status)


def deadline_in(sentence: str, written: date) -> date | None:
    """The last day by which a sentence, written on the day `written`, expects something; None if it expects nothing."""
    plain = sentence.casefold()
    if says_its_day(plain) or not _AHEAD.search(plain) or not _BY.search(plain):
        return None
    return last_day(sentence, written)


def expects_completion(sentence: str) -> bool:
    """Whether a sentence expects that something is ready."""
    return _READY.search(sentence.casefold()) is not None
