"""Reads a message as it is meant: “not the pier, the beach” asks about the beach, and “rjulf” is «когда»."""

import re

from bot.answers.learning.vocabulary import analyze_query
from bot.answers.snapshot import Snapshot
from bot.matching.normalize import fold, to_query
from bot.matching.transliterate import pinyin_syllables, transliterations

#: `not` matches what is not meant, `but` what is meant instead.
_CORRECTIONS = [
    re.compile(rf"(?:{pattern})[.!?。！？ ]*")
    for pattern in (
        (
            r"(?:no,? |sorry,? |well,? )?not (?!only|just|working|warm|sure)(?P<not>[^,.;]+?)(?:, ?| [-–—] )"
            r"(?P<but>(?:the|a|my|for|in|about|how|when|where|what|which|who|why|only)\b.*?)"
        ),
        r"(?:no,? |sorry,? |well,? )?not (?!only|just|working|warm|sure)(?P<not>[^,.;]+?),? but (?P<but>.+?)",
        (
            r"(?:no,? )?i (?:do not|don'?t) (?:want|mean|need|ask about|care about) (?P<not>[^,.;]+?)"
            r"[,.;](?: but)? (?:i (?:want|mean|need|ask about) |just |only )?(?P<but>.+?)"
        ),
        r"(?:forget|never mind|skip|leave) (?P<not>[^,.;]+?)[,.;] (?:tell me about |and )?(?P<but>.+?)",
        (
            r"(?:нет,? |да )?(?:я )?не (?!только|просто|\w+(?:ют|ит|ет|ят|ат|ут|ла|ли|ть|но)\b)(?P<not>[^,.;]+?)"
            r"(?:,? (?:а|но)| [-–—]) (?P<but>.+?)"
        ),
        r"(?:нет,? )?я не (?:про|о|об|обо) (?P<not>[^,.;]+?)[,.;] я (?P<but>(?:про|о|об|обо) .+?)",
        r"(?:про|о|об|обо) (?P<not>[^,.;]+?) не надо[,.;] (?P<but>.+?)",
        (
            r"我?(?:不是问|不是说|不问|别说|先不说|不说|别管|不要说)(?P<not>[^，,。吗呢？?]{1,14})[，,。 ]+"
            r"我?想?(?:而是|是|只?问|说说|说一下|说)?(?P<but>[^吗]{1,20}?)"
        ),
        r"我?不是(?P<not>[^，,。吗呢？?是]{1,12})[，,。 ]*(?:而)?是(?P<but>[^吗]{1,20}?)",
    )
]
#: The beginning of a part that says what is not meant, as in "no, not the plant, the hospital".
_DENIED = re.compile(
    r"(?:(?:no|and|but) )?(?:not|i do not mean|i don't mean|never mind|forget|apart from|except|leave .*aside)\b"
    r"|i (?:was not|wasn't|am not|did not|didn't) (?:ask|mean|talk)(?:ing)?\b"
    r"|(?:(?:нет|а|и) )?(?:не|не про|это не|кроме|не считая|помимо|оставим|забудь(?:те)?)\b"
    r"|я (?:же )?не (?:про|о|об|спрашивал[аи]?)\b"
    "|不是|不要|我?没问|我问的不是|别管|先不说|.*先放(?:放|一放|一边|下)"
)
#: A folded request for news about a subject, which is not a question about the news as such.
_NEWS_OF = re.compile(
    r"(?:.{0,25}\b)?(?:news|updates?) (?:about|on|of|from|with|regarding|concerning) (?P<subject>.+)"
    r"|(?:.{0,25}\b)?новост\w* (?:по|про|о|об|обо|с|со|насч[её]т|относительно) (?P<subject_ru>.+)"
    r"|(?:.{0,4}(?:关于|有没有))?(?P<subject_zh>.{2,20}?)的?(?:最新|新)?(?:消息|新闻)(?:吗|没有|没|呢)?[?？]?"
)
#: Words that only introduce what is meant.
_LEADING = re.compile(r"^(?:но|а|but) ")
#: Articles, which may stand before the first number.
_ARTICLES = frozenset(("the", "a"))
#: A longer text that consists of pinyin only is not English.
_FEW_WORDS = 2
#: Abbreviated question words, and a bare “how much”, which asks for a price.
_IN_HASTE = (
    (re.compile(r"\b(?:скока|скоко|скок)\b"), "сколько"),
    (re.compile(r"\b(?:када|кагда)\b"), "когда"),
    (re.compile(r"\b(?:адресс)\b"), "адрес"),
    (re.compile(r"\b(?:mutch|mush|mach)\b"), "much"),
    (re.compile(r"\b(?:wen|whn)\b"), "when"),
    (re.compile(r"\b(?:whre|wher|were is)\b"), "where"),
    (re.compile(r"^(?:and |so |ok )?how much *\??$"), "how much does it cost"),
)


def as_meant(text: str, snapshot: Snapshot, *, follows: bool) -> str:
    """The message without what it says is not meant, in the intended letters; an emergency is left unchanged.

    `follows`: whether the chat has a focus that a question such as "when" may refer to.
    """
    meant = _with_whole_words(_instead(text))
    if meant != text and snapshot.emergency_in(text):
        return text
    return (_question_in_other_letters(meant, snapshot) or meant) if follows else meant


def subject_of_news(text: str) -> str | None:
    """What a message wants news about ("any news about the pier?"), or None."""
    found = _NEWS_OF.fullmatch(fold(text))
    return next(filter(None, found.groups()), None) if found else None


def is_denied(part: str) -> bool:
    """Whether a folded part of a message says what is not meant."""
    return _DENIED.match(part) is not None


def _instead(text: str) -> str:
    """What a message asks for instead of something else; the message itself if it corrects nothing."""
    folded = fold(text)
    for pattern in _CORRECTIONS:
        if found := pattern.fullmatch(folded):
            return _with_noun(_LEADING.sub("", found["but"].strip()), found["not"])
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
    if all(token.isdecimal() for token in to_query(meant.removeprefix("the ")).tokens):
        nouns = (word for word in denied.split() if word not in _ARTICLES)
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
