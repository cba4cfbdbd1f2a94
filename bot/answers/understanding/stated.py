"""Whether the file says everything that a yes-or-no question asks; otherwise the reply must not begin with "yes".

"Will the hospital be built in Nangang?" finds the hospital, and it is true that it will be built. But a "yes" would
also confirm the place, which no source gives. So the sentences of the finding must cover every word of the question:

- an action ("built", "repaired", "moved") by an action of the same group in `stated.yaml`;
- a restriction ("all", "my", "this year"; `limits` in that file) by the same expression;
- any other content word by the same or almost the same word; in Chinese by two characters in a row.

Sentences that say what the source leaves out cover nothing. Area titles and everyday words name the thing; they do not
say what happens to it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from bot.answers.answer import Finding
from bot.answers.learning.vocabulary import QueryAnalysis, names_of
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.patterns import PATTERNS
from bot.i18n.languages import LANGUAGE_INFO
from bot.knowledge import Translated
from bot.knowledge.denials import is_denial
from bot.matching.features import stem
from bot.matching.normalize import is_han, to_query

_HAN = re.compile("[\u4e00-\u9fff]+")
_NUMBER = re.compile(r"\d")  #: the number of another project of the area
_COUNTED = PATTERNS.each("counted")
#: Chinese digits before a counted thing; "one" is not among them, because it also means "a".
_DIGITS = str.maketrans({**dict(zip("两二三四五六七八九", "223456789", strict=True)), "十": "10"})
_SENTENCE = re.compile(r"[^.!?;。！？；]+")
#: Words are almost the same if they share their first letters: at least this many, and all but the last two.
_SAME_LETTERS, _ENDING = 4, 2
#: The least words that a statement shares with a question that it partly answers.
_MIN_WORDS = 2


@dataclass(frozen=True, slots=True)
class _Content:
    """What a text says."""

    actions: frozenset[str] = frozenset()  #: groups of `stated.yaml`
    limits: frozenset[str] = frozenset()  #: expressions that restrict it
    words: frozenset[str] = frozenset()  #: other words, and numbers
    runs: frozenset[str] = frozenset()  #: Chinese characters in a row


def is_stated(question: str, finding: Finding, snapshot: Snapshot) -> bool:
    """Whether a finding says everything that the question asks."""
    asked, stated = _content_of(question), _joined(map(_content_of_knowledge, _own_texts(finding)))
    named = _joined([stated, *map(_content, _names(finding)), *map(_content, names_of(snapshot.knowledge.city))])
    grammar = snapshot.vocabulary.function_words
    pairs = {pair for run in named.runs for pair in _pairs(run)}
    stems = set(map(stem, named.words))
    return (
        asked.actions <= stated.actions
        and asked.limits <= stated.limits
        and all(word in grammar or _is_among(stem(word), stems) for word in asked.words)
        and all(_is_covered(run, pairs) for run in asked.runs)
    )


def is_touched(question: str, finding: Finding, snapshot: Snapshot) -> bool:
    """Whether the finding states at least two words, and half of the words, that a question asks about the thing.

    The name of the thing does not count. "It may be drunk without boiling" partly answers "can you drink it unboiled?".
    """
    project = finding.match.project
    shown = finding.fact.statement if finding.fact else project.summary if project else finding.match.area.overview
    stated = _joined(map(_content_of_knowledge, _texts([shown])))
    named = _joined(map(_content, _texts([project.title if project else finding.match.area.title])))
    asked, grammar = _content_of(question), snapshot.vocabulary.function_words
    stems, names = set(map(stem, stated.words)), set(map(stem, named.words))
    words = [stem(word) for word in asked.words if word not in grammar]
    said = [word for word in words if not _is_among(word, names)]
    return sum(_is_among(word, stems) for word in said) >= max(_MIN_WORDS, len(said) / 2)


def tells_what_happens(meant: QueryAnalysis) -> bool:
    """Whether all words of a question say what happens and none names a thing ("when will it finally open?")."""
    return all(map(_is_action, meant.content))


def asks_how_it_goes(meant: QueryAnalysis) -> bool:
    """Whether a question without a subject asks when, how far or why ("will it open soon?", "why is it late?")."""
    return meant.asks_aspect(("when", "progress", "why")) and tells_what_happens(meant)


def actions_asked(meant: QueryAnalysis) -> frozenset[str]:
    """The groups of the actions in a question ("renovated")."""
    return frozenset().union(*map(_actions_of, meant.content))


def actions_stated(statement: Translated) -> frozenset[str]:
    """The groups of the actions in a statement, in any of its languages."""
    return frozenset().union(*(_content(text).actions for text in statement.texts))


@lru_cache(maxsize=4096)
def _actions_of(word: str) -> frozenset[str]:
    return _expressions().actions.taken_from(word)[1]


@lru_cache(maxsize=4096)
def _is_action(word: str) -> bool:
    expressions = _expressions()
    rest, _ = expressions.actions.taken_from(word)
    return not expressions.particles.taken_from(rest)[0].strip()


def _own_texts(finding: Finding) -> Iterator[str]:
    area, project = finding.match.area, finding.match.project
    texts = [project.title, project.summary, project.status_note] if project else [area.title, area.overview]
    if project and project.expected_completion:
        texts.append(project.expected_completion)
    texts += [fact.statement for fact in (project or area).facts]
    texts += [finding.fact.statement] if finding.fact else []
    return _texts(texts)


def _names(finding: Finding) -> Iterator[str]:
    area, project = finding.match.area, finding.match.project
    yield from _texts([area.title])
    yield from (text for _, text in area.words.by_language() if not (project and _has_number(text)))
    yield from (text for _, text in project.words.by_language()) if project else ()


def _texts(texts: Iterable[Translated]) -> Iterator[str]:
    return (text for translated in texts for language in LANGUAGE_INFO if (text := translated.text_in(language)))


@lru_cache(maxsize=4096)
def _has_number(text: str) -> bool:
    return _NUMBER.search(to_query(text).text) is not None


@lru_cache(maxsize=4096)
def _content_of_knowledge(text: str) -> _Content:
    """What a text of the knowledge says, without sentences that deny something."""
    return _joined(_content(sentence) for sentence in _SENTENCE.findall(text) if not is_denial(sentence))


def _joined(contents: Iterable[_Content]) -> _Content:
    each = list(contents)
    return _Content(
        frozenset().union(*(content.actions for content in each)),
        frozenset().union(*(content.limits for content in each)),
        frozenset().union(*(content.words for content in each)),
        frozenset().union(*(content.runs for content in each)),
    )


def _content_of(text: str) -> _Content:
    expressions = _expressions()
    rest, limits = expressions.limits.taken_from(to_query(text).text)
    in_digits = rest.translate(_DIGITS)
    counted = [f"{number} of them" for pattern in _COUNTED for number in pattern.findall(in_digits)]
    # First what asks for a status: "建好了吗" asks whether something is ready, whatever is done there.
    rest, _ = expressions.particles.taken_from(rest)
    rest, actions = expressions.actions.taken_from(rest)
    words = [token for token in to_query(rest).tokens if not is_han(token)]
    return _Content(actions, limits, frozenset(words + counted), frozenset(_HAN.findall(rest)))


#: Cached for texts of the knowledge. What citizens write must not be kept.
_content = lru_cache(maxsize=20_000)(_content_of)


def _is_among(word: str, words: AbstractSet[str]) -> bool:
    return word in words or any(_is_nearly(word, each) for each in words)


def _is_nearly(word: str, other: str) -> bool:
    same = max(_SAME_LETTERS, min(len(word), len(other)) - _ENDING)
    return len(word) >= same and word[:same] == other[:same]


def _is_covered(run: str, pairs: AbstractSet[str]) -> bool:
    """Whether each character is part of a pair that the file contains; a single character may be in any."""
    if len(run) == 1:
        return any(run in pair for pair in pairs)
    stated = [pair in pairs for pair in _pairs(run)]
    return all(before or after for before, after in pairwise([False, *stated, False]))


def _pairs(run: str) -> list[str]:
    return list(map("".join, pairwise(run)))


@dataclass(frozen=True, slots=True)
class _Expressions:
    """Expressions, each with a meaning."""

    places: re.Pattern[str]  #: any of them; without groups, which would make the search ten times slower
    pattern: re.Pattern[str]  #: the same, with a group for each
    meanings: tuple[str, ...]  #: the meanings of the pattern's groups

    def taken_from(self, text: str) -> tuple[str, frozenset[str]]:
        """The text without the expressions, and their meanings."""
        found = [self.pattern.match(text, place.start()) for place in self.places.finditer(text)]
        meanings = {self.meanings[match.lastindex - 1] for match in found if match and match.lastindex}
        return self.places.sub(" ", text), frozenset(meanings)


@dataclass(frozen=True, slots=True)
class _Stated:
    actions: _Expressions
    limits: _Expressions
    particles: _Expressions


@cache
def _expressions() -> _Stated:
    path = Path(__file__).with_name("stated.yaml")
    data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    actions = [(action, texts) for action, languages in data["actions"].items() for texts in languages.items()]
    return _Stated(
        actions=_compile(
            (text, language, action) for action, (language, texts) in actions for text in texts.split("|")
        ),
        limits=_compile(_meaning_themselves(data["limits"])),
        particles=_compile(_meaning_themselves(data["particles"])),
    )


def _meaning_themselves(languages: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    return ((text, language, text) for language, texts in languages.items() for text in texts.split("|"))


def _compile(expressions: Iterable[tuple[str, str, str]]) -> _Expressions:
    """Compile (expression, language, meaning), longest first; `*` is any ending."""
    ordered = sorted(expressions, key=lambda each: len(each[0]), reverse=True)
    pieces = [(_piece(text), LANGUAGE_INFO[language].spaced) for text, language, _ in ordered]
    words, dense = ([piece for piece, spaced in pieces if spaced is kind] for kind in (True, False))
    groups = [rf"(?<!\w)({piece})(?!\w)" if spaced else f"({piece})" for piece, spaced in pieces]
    return _Expressions(
        re.compile(rf"(?<!\w){_any_of(words)}(?!\w)|{_any_of(dense)}"),
        re.compile("|".join(groups)),
        tuple(meaning for *_, meaning in ordered),
    )


def _any_of(pieces: Sequence[str]) -> str:
    """A pattern for any of some pieces; it checks the first letter first."""
    return f"(?=[{''.join(sorted({piece[0] for piece in pieces}))}])(?:{'|'.join(pieces)})" if pieces else "(?!)"


def _piece(text: str) -> str:
    return re.escape(text).replace(r"\*", r"\w*").replace(r"\ ", " ")
