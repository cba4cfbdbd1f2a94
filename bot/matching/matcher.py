"""The engine for any list of entries: which entry a text means, with what probability, and whether to answer.

The city's bot uses the same index and features for areas and projects (`bot/answers/learning/engine.py`). Here every
entry is its own label, and there may be 100,000 of them.

1. The phrasings that share the rarest features with the query are its neighbours (inverted index).
2. A kernel ridge regression over the squared cosine of the nearest neighbours scores each entry. An entry is scored by
   what its phrasings add, so repeating the same phrasing does not help it.
3. Entries with several phrasings are also ranked by a softmax regression that is trained on them.
4. Confidence is calibrated on the entries alone: each phrasing is used as a question with itself left out, and with its
   whole entry left out, in which case no answer is the right one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from bot.matching.arrays import Doubles, Flags, Floats, Integers
from bot.matching.calibration import Calibration, calibrate, cutoff
from bot.matching.classifier import SoftmaxHead, train_head
from bot.matching.encoder import Encoder, encode
from bot.matching.index import Index, Vector, build_index
from bot.matching.normalize import Query, fold, is_noise, to_query
from bot.matching.spelling import Spelling, corrected, learn_spelling
from bot.matching.transliterate import transliterations

if TYPE_CHECKING:
    from scipy import sparse

Advice = Literal["answer", "suggest", "none"]

# The numbers below were chosen by hand on question lists that are not about a city: decision 11.

#: The most entries that are returned, best first.
MAX_NAMED = 10
#: How many phrasings a query is compared with closely, and the ridge of their regression.
_NEIGHBOURS, _SOFTENED = 64, 0.1
#: Phrasings below this similarity are ignored.
_DISTANT = 0.02
#: Without a common word and above-threshold similarity, shared letters are chance (random key presses).
_CHANCE = 0.05
#: The right answer must be at least as likely as no answer.
_AS_LIKELY_AS_NOT = 0.5
#: The same for a text without known words whose nearest meaning is below this.
_MEANT = 0.5
#: The weight of the trained head in the ranking, and the largest phrasings² x entries for which it is trained.
_HEAD, _AFFORDABLE = 1.5, 1e9
#: The number of phrasings used as questions for the calibration (half as many for a long list, where each takes
#: longer), and the number of cross-validation folds of the head.
_ASKED, _FOLDS = 600, 3
#: The assumed share of questions that are about none of the entries.
_UNRELATED = 0.25
#: The required share of right answers in the calibration, and the confidence that suggestions need.
_RIGHT, _WORTH_SUGGESTING = 0.92, 0.15
#: If this share of the words is known, by weight, a text is not read in other letters. Otherwise such a reading needs
#: this much more confidence than the letters as typed.
_MOSTLY_KNOWN, _MUCH_SURER = 0.5, 0.2
#: The head is trained if more than this share of the entries have several phrasings.
_MOSTLY_SEVERAL = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a text may mean, and its phrasings."""

    id: str
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry, and the probability, 0 to 1, that the text means it."""

    id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a text may mean, best first, and what to do about it."""

    candidates: tuple[Candidate, ...]  #: at most ten
    advice: Advice


@dataclass(frozen=True, slots=True)
class Matcher:
    """A list of entries, ready for queries; see `build_matcher`."""

    ids: tuple[str, ...]
    owners: Integers  #: phrasing -> its entry
    index: Index
    rows: "sparse.csr_array"  #: the phrasings' vectors
    spelling: Spelling
    head: SoftmaxHead | None
    belonging: Calibration  #: the probability, by score, that the best entry is right; best against unrelated questions
    certainty: Calibration  #: the same by score and lead; best between right and wrong entries
    answers_from: float  #: the certainty from which on an answer is given
    encoder: Encoder | None  #: None: only words and letters are compared

    def rank(self, text: str) -> Ranking:
        """Rank the entries for a text, including one typed on the wrong keyboard or in other letters; never fails.

        O(postings of its features, at most 250,000, and phrasings); with a trained head O(phrasings x entries).
        """
        query = corrected(to_query(text), self.spelling)
        # A bare number is a question if an entry contains it: "110", "12306".
        if is_noise(query) and not (len(query.tokens) == 1 and query.tokens[0] in self.spelling.known):
            return Ranking((), "none")
        vector = self.vector(query)
        best = self._ranked(vector)
        if vector.known > _MOSTLY_KNOWN:
            return best
        others = [self._ranked(self.vector(other)) for _, other in transliterations(fold(text), self.spelling)]
        other = max(others, key=_sureness, default=best)
        # A text rarely makes sense on another keyboard by chance, but it is a guess even at a high confidence.
        return other if _sureness(other) > _sureness(best) + _MUCH_SURER else best

    def vector(self, query: Query) -> Vector:
        """A query in the space of the phrasings."""
        return self.index.vectors([query], encode([query], self.encoder))[0]

    def _ranked(self, vector: Vector) -> Ranking:
        similarities = self.index.similarities(vector)
        if not vector.known and similarities.max() < _CHANCE + _MEANT * self.index.shares[1]:
            return Ranking((), "none")
        entries, scores = self.scores(similarities)
        if not len(entries):
            return Ranking((), "none")
        best, lead = _signals(scores).tolist()
        confidence, certainty = self.belonging.probability(best), self.certainty.probability(best, lead)
        shares = np.maximum(scores[:MAX_NAMED], 0) / max(float(scores[0]), 1e-9)
        candidates = tuple(
            Candidate(self.ids[entry], round(confidence * float(share), 4))
            for entry, share in zip(entries[:MAX_NAMED], shares, strict=True)
        )
        return Ranking(candidates, self._advice(confidence, certainty))

    def _advice(self, confidence: float, certainty: float) -> Advice:
        if certainty >= self.answers_from and confidence >= _AS_LIKELY_AS_NOT:
            return "answer"
        return "suggest" if confidence >= _WORTH_SUGGESTING else "none"

    def scores(self, similarities: Floats) -> tuple[Integers, Doubles]:
        """The entries related to the query with their scores, best first."""
        near = _nearest(similarities)
        found, scores = _among_neighbours(near, similarities, self)
        if self.head and len(near):
            shares = self.head.shares(similarities[None])[0]
            totals = _HEAD * shares.astype(np.float64)
            totals[found] += scores
            found, scores = np.arange(len(self.ids)).astype(np.int32), totals
        order = np.argsort(-scores, kind="stable")
        return found[order], scores[order]


def build_matcher(entries: Sequence[Entry], encoder: Encoder | None = None) -> Matcher:
    """Index, train and calibrate; raises ValueError if no entry has a phrasing.

    O(features of the phrasings). The trained head takes O(phrasings² x entries); it is trained only for lists of
    limited size with several phrasings for most entries.
    """
    entries = [entry for entry in entries if entry.phrasings]  # an entry without phrasings cannot be found
    queries = [to_query(text) for entry in entries for text in entry.phrasings]
    if not queries:
        raise ValueError("there is no phrasing to match with")
    owners = np.array([place for place, entry in enumerate(entries) for _ in entry.phrasings], np.int32)
    index = build_index(queries, range(len(queries)), encode(queries, encoder))
    matcher = Matcher(
        ids=tuple(entry.id for entry in entries),
        owners=owners,
        index=index,
        rows=index.postings.matrix().tocsr(),
        spelling=learn_spelling(queries),
        head=None,
        belonging=Calibration(np.zeros(2), np.zeros(1), np.ones(1)),
        certainty=Calibration(np.zeros(3), np.zeros(2), np.ones(2)),
        answers_from=1.01,
        encoder=encoder,
    )
    return _calibrated(matcher, queries)


# --- Similarity ------------------------------------------------------------------------------------------------------


def _nearest(similarities: Floats) -> Integers:
    """The indices of the phrasings that are compared closely."""
    count = min(_NEIGHBOURS, len(similarities))
    near = np.argpartition(-similarities, count - 1)[:count]
    return near[similarities[near] > _DISTANT].astype(np.int32)


def _among_neighbours(near: Integers, similarities: Floats, matcher: Matcher) -> tuple[Integers, Doubles]:
    """Kernel ridge regression of the entries on the nearest phrasings, with the squared cosine as kernel."""
    kernel = _similarities(matcher, near).astype(np.float64) ** 2
    wanted = similarities[near].astype(np.float64) ** 2
    weights = np.linalg.solve(kernel + _SOFTENED * np.eye(len(near)), wanted)
    found, places = np.unique(matcher.owners[near], return_inverse=True)
    return found, np.bincount(places, weights, len(found)).astype(np.float64)


def _similarities(matcher: Matcher, places: Integers) -> Floats:
    """The similarities between some phrasings, computed as for queries."""
    rows, meanings = matcher.rows[places], matcher.index.meanings.taken(places).floats()
    literal, meant = matcher.index.shares
    similarities: Floats = np.float32(literal) * (rows @ rows.T).toarray().astype(np.float32)
    return similarities + np.float32(meant) * (meanings @ meanings.T)


def _signals(scores: Doubles) -> Doubles:
    """The inputs of the confidence: the best score, and its lead over the second."""
    return np.array([scores[0], scores[0] - (scores[1] if len(scores) > 1 else 0.0)])


def _sureness(ranking: Ranking) -> float:
    return ranking.candidates[0].confidence if ranking.candidates else 0.0


# --- Calibration -----------------------------------------------------------------------------------------------------


def _calibrated(matcher: Matcher, queries: Sequence[Query]) -> Matcher:
    """The matcher with its trained head, if it can have one, and with a calibrated confidence."""
    several = np.bincount(matcher.owners, minlength=len(matcher.ids)) > 1
    if several.mean() > _MOSTLY_SEVERAL and len(matcher.owners) ** 2 * len(matcher.ids) <= _AFFORDABLE:
        kernel = _similarities(matcher, np.arange(len(matcher.owners), dtype=np.int32))
        observed = _with_head(matcher, kernel)
        matcher = replace(matcher, head=train_head(kernel, matcher.owners, len(matcher.ids)))
    else:
        observed = _without_head(matcher, queries, several)
    signals, outcomes, unrelated = observed
    known = max(1, int((~unrelated).sum()))
    importance = np.where(unrelated, _UNRELATED / max(1, int(unrelated.sum())), (1 - _UNRELATED) / known)
    belonging = calibrate(signals[:, :1], outcomes, importance)
    certainty = calibrate(signals, outcomes, importance)
    threshold = cutoff(certainty.probabilities(signals), outcomes, importance, _RIGHT)
    # A list that is too small or too uniform for a cut-off still gets a calibrated certainty.
    return replace(matcher, belonging=belonging, certainty=certainty, answers_from=min(threshold, _RIGHT))


def _with_head(matcher: Matcher, kernel: Floats) -> tuple[Doubles, Doubles, Flags]:
    """Signals, outcomes and whether unrelated, of phrasings asked of heads that were trained without them."""
    # The phrasings of an entry are dealt out in turn, so that every fold has some of each.
    parts = _places_within(matcher.owners) % _FOLDS
    observed = [
        *_asked_of_others(matcher, kernel, parts, strange=False),
        *_asked_of_others(matcher, kernel, matcher.owners % _FOLDS, strange=True),
    ]
    return _gathered(observed)


_Observed = tuple[Doubles, bool, bool]  #: signals, whether the best entry was right, whether the question was unrelated


def _asked_of_others(matcher: Matcher, kernel: Floats, parts: Integers, *, strange: bool) -> list[_Observed]:
    """Ask each fold of the phrasings against a matcher that contains only the other folds."""
    observed: list[_Observed] = []
    for part in range(_FOLDS):
        kept, asked = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        if not len(kept) or not len(asked):
            continue
        others, owners = np.unique(matcher.owners[kept], return_inverse=True)
        rest = replace(
            matcher,
            ids=tuple(matcher.ids[entry] for entry in others),
            owners=owners.astype(np.int32),
            rows=matcher.rows[kept],
            index=replace(matcher.index, meanings=matcher.index.meanings.taken(kept)),
            head=train_head(kernel[np.ix_(kept, kept)], owners.astype(np.int32), len(others)),
        )
        for place in asked[:: max(1, _FOLDS * len(asked) // _ASKED)]:
            found, scores = rest.scores(kernel[place, kept])
            if len(found):
                right = not strange and int(others[found[0]]) == int(matcher.owners[place])
                observed.append((_signals(scores), right, strange))
    return observed


def _without_head(matcher: Matcher, queries: Sequence[Query], several: Flags) -> tuple[Doubles, Doubles, Flags]:
    """The same for long lists, with a sample of the phrasings.

    If a phrasing is the only one of its entry, it is kept, and a third of its words is left out of the question.
    """
    step = max(1, 2 * len(queries) // _ASKED)
    observed: list[_Observed] = []
    for place in range(0, len(queries), step):
        owner = int(matcher.owners[place])
        alone = not several[owner]
        query = _shortened(queries[place]) if alone else queries[place]
        similarities = matcher.index.similarities(matcher.vector(query))
        for strange in (False, True):
            left = similarities.copy()
            if strange:
                left[matcher.owners == owner] = 0
            elif not alone:
                left[place] = 0
            found, scores = matcher.scores(left)
            if len(found):
                observed.append((_signals(scores), not strange and int(found[0]) == owner, strange))
    return _gathered(observed)


def _gathered(observed: Sequence[_Observed]) -> tuple[Doubles, Doubles, Flags]:
    rows = observed or [(np.zeros(2), False, True)]
    return (
        np.array([signals for signals, _, _ in rows]),
        np.array([float(right) for _, right, _ in rows]),
        np.array([strange for _, _, strange in rows], np.bool_),
    )


def _places_within(owners: Integers) -> Integers:
    """The number of each phrasing within its entry; phrasings of an entry are adjacent."""
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    return (np.arange(len(owners)) - np.repeat(starts, np.diff(np.r_[starts, len(owners)]))).astype(np.int32)


def _shortened(query: Query) -> Query:
    """The query without every third token."""
    tokens = tuple(token for place, token in enumerate(query.tokens) if place % 3 != 1)
    return replace(query, tokens=tokens or query.tokens)
