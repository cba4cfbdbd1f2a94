"""Decide what the bot answers: question and conversation focus in, `Answer` out.

`interpret` scores every area, topic elsewhere and kind of small talk. Its `confidence` is the probability that the best
area is the one that is meant. `decide` chooses one case of `Answer`. It tries these rules in order; the first rule that
applies decides:

0. An emergency gets the numbers to call, whatever else the message says.
1. A bare number, or "the other one", picks a project from the focus, "what else?" its area (`picked`).
2. Small talk, or a request for the whole list, is answered as such.
3. A question that depends on the previous one is answered about the focus (`depends_on_context`).
4. If a message asks several things, each one that is certain enough by itself is answered (`_each_asked`). In a long
   message only the last sentence counts, if it is clearer than the whole. Several details of one area are answered
   together (`each_detail`).
5. Otherwise the action with the lowest expected cost is chosen (`_cheapest`). The knowledge file sets `costs`:

       answer the best area       (1 - confidence) * costs.wrong
       ask back                   costs.ask
       say "I don't know"         in_scope * costs.refuse

   Instead of asking back, it answers a question whose words only the best area says (`only_area_saying`), unless a
   wrong answer costs more than 12 times as much as asking.
   `in_scope` is the probability that the question is about the list at all. Before it says "I don't know", the bot
   offers a project or area that has far fewer phrasings than the others, if it is closer than the topics elsewhere
   (`offered_when_new`).

   If nothing is answered, three more rules are tried: the hours or the price of a listed project are stated
   (`_hours_or_price`); if the source leaves the price open, the answer says so (`_unpriced`); and a certain part of the
   message is answered although another part is about a topic elsewhere (`_beside_a_topic`).
6. Within the area, `finding_in` chooses the project that was named, or the area as a whole, and then the fact.

Invariants:
1. A decision is a pure function of the text, the snapshot and the focus. The clock, the chat and the reader's language
   are used only later, in `render`. `minsheng ask --explain` calls the same function.
2. `decide` never fails: every text gets an answer.
3. A focus holds ids only. If its area is no longer in the knowledge, the focus is ignored.
4. An answer contains only what the snapshot contains. No sentence about a project is made up.

Each threshold is defined next to the rule that uses it. Measure a change of one with `minsheng evaluate`.
Tests: tests/answers/test_decision.py; with citizens' questions, tests/answers/test_citizens.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answers.answer import Answer, Emergency, Finding, Found, NotFound, Overview, Several, Smalltalk, Unsure
from bot.answers.learning.phrasings import OVERVIEW, SMALLTALK, TOPIC
from bot.answers.learning.vocabulary import QueryAnalysis, analyze_query
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.details import each_detail
from bot.answers.understanding.findings import (
    finding_in,
    finding_of_fact,
    is_numbered_otherwise,
    names_another_institution,
    numbers_in,
    offered_when_new,
    only_area_saying,
)
from bot.answers.understanding.follow_ups import (
    FEW_SUBJECTS,
    STANDS_ALONE,
    TOPIC_WINS_FROM,
    Focus,
    asks_for_several,
    depends_on_context,
    picked,
)
from bot.answers.understanding.hours_and_prices import asked_hours_or_price
from bot.answers.understanding.interpretation import (
    LONG_MESSAGE,
    SCORED_IN_THE_WHOLE,
    Interpretation,
    Parts,
    each_question,
    interpret,
    parts_of,
)
from bot.answers.understanding.patterns import PATTERNS
from bot.answers.understanding.stated import tells_what_happens
from bot.i18n.languages import Language
from bot.knowledge import INTENTS, Aspect, Status, TopicElsewhere
from bot.matching.normalize import is_noise

#: The maximum number of things that are answered together, or offered when the bot asks back.
MAX_OFFERS = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer and what it is based on."""

    answer: Answer
    interpretation: Interpretation
    analysis: QueryAnalysis
    language: Language | None  #: the language of the question; None if it cannot be detected
    used_focus: Focus | None = None  #: the focus, if the answer depends on it


def decide(text: str, snapshot: Snapshot, focus: Focus | None = None) -> Decision:
    """Decide what to answer; never raises. O(features of the text x labels + postings of its features)."""
    interpretation, language = interpret(text, snapshot)
    meant = analyze_query(interpretation.query, snapshot.vocabulary)
    decision = Decision(NotFound(), interpretation, meant, language)
    if emergency := snapshot.emergency_in(text):
        return replace(decision, answer=Emergency(emergency.kind), language=emergency.language or language)
    if focus and (there := picked(interpretation.query, focus, snapshot)):
        return replace(decision, answer=_about_focus(there, interpretation, meant, snapshot), used_focus=focus)
    if is_noise(interpretation.query):
        return decision
    smalltalk = _smalltalk_or_overview(interpretation, meant, snapshot)
    if smalltalk and not (focus and _asks_for_a_detail(interpretation, meant, focus)):
        return replace(decision, answer=smalltalk)
    if focus and depends_on_context(interpretation, meant, focus, snapshot):
        return replace(decision, answer=_about_focus(focus, interpretation, meant, snapshot), used_focus=focus)
    parts = parts_of(interpretation, snapshot)
    questions = each_question(interpretation, parts)
    if len(findings := _each_asked(interpretation, questions, snapshot)) > 1:
        return replace(decision, answer=Found(findings))
    if last := _question_of_a_long_message(interpretation, questions):
        return replace(decision, answer=_cheapest(last, analyze_query(last.query, snapshot.vocabulary), snapshot))
    findings = each_detail(interpretation, parts, snapshot)
    if len(findings) > 1 and not _gives_another_number(interpretation, snapshot):
        return replace(decision, answer=Found(findings))
    answer = _cheapest(interpretation, meant, snapshot)
    if isinstance(answer, NotFound | Unsure):
        found = (
            _hours_or_price(answer, interpretation, meant, snapshot, focus)
            or _unpriced(interpretation, meant, snapshot)
            or _beside_a_topic(answer, interpretation, parts, snapshot)
        )
        answer = Found((found,)) if found else answer
    return replace(decision, answer=answer)


# --- Small talk and overviews ----------------------------------------------------------------------------------------

#: A message with at most this many content words is short.
_FEW_WORDS = 2
#: A message is small talk from the first score on, if it is not about an area. If it asks for a detail of the focus
#: ("great, and when?"), it is small talk only from the second score on.
_SMALLTALK_AT, _CLEARLY_SMALLTALK = 0.35, 0.5
#: Small talk must score this much higher than the best area.
_SMALLTALK_AHEAD = 0.1


def _smalltalk_or_overview(interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Answer | None:
    """Small talk or an overview, if that is the most likely meaning."""
    label, score = interpretation.smalltalk
    if interpretation.areas[0][1] > _SMALLTALK_AT or score < max(
        _SMALLTALK_AT, interpretation.areas[0][1] + _SMALLTALK_AHEAD, interpretation.topic[1]
    ):
        return None
    if label.startswith(OVERVIEW):
        if len(meant.content) > _FEW_WORDS and score < _CLEARLY_SMALLTALK:
            return None  # "... on the east side, is anything planned" names a subject first
        if not snapshot.vocabulary.naming.isdisjoint(meant.content):
            return None  # "which schools are finished"
        status = label.removeprefix(OVERVIEW)
        return Overview(Status(status) if status else None)
    intent = label.removeprefix(SMALLTALK)
    return next((Smalltalk(known) for known in INTENTS if known == intent), None)


#: Aspects that the list of all projects answers; any other aspect is asked of a single thing.
_OF_THE_LIST = frozenset[Aspect](("which", "how-many", "progress"))

_IT, _THE_LIST = PATTERNS.any_of("it"), PATTERNS.any_of("the_list")


def _asks_whether_it_is(interpretation: Interpretation, meant: QueryAnalysis) -> bool:
    """Whether a question asks for the progress of one thing ("is it finished already?"), not which are finished."""
    asks = "progress" in meant.aspects and _OF_THE_LIST.isdisjoint({*meant.aspects} - {"progress"})
    return asks and tells_what_happens(meant) and _IT.search(interpretation.query.text) is not None


def _asks_for_a_detail(interpretation: Interpretation, meant: QueryAnalysis, focus: Focus) -> bool:
    """Whether what scores as small talk or an overview asks for a detail of the focus ("why the delay?")."""
    label, score = interpretation.smalltalk
    if _asks_whether_it_is(interpretation, meant):
        return True
    if not label.startswith(OVERVIEW):
        return "why" in meant.aspects or (bool(meant.aspects) and score < _CLEARLY_SMALLTALK)
    query = interpretation.query
    if focus.project and not _THE_LIST.search(query.text) and not asks_for_several(query):
        return bool(meant.aspects) or score < _CLEARLY_SMALLTALK
    if meant.aspects:
        return score < _CLEARLY_SMALLTALK or not _OF_THE_LIST.issuperset(meant.aspects)
    return meant.points_back and score < _CLEARLY_SMALLTALK and len(meant.content) <= _FEW_WORDS


# --- Questions that depend on the focus -------------------------------------------------------------------------------


def _about_focus(focus: Focus, interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Answer:
    """An answer about the focus, or about something else in the same area if the question asks for that."""
    alone = finding_in(focus.area, interpretation, meant, snapshot)
    few = len(meant.content) <= FEW_SUBJECTS
    if focus.project and alone.concerned and few and asks_for_several(interpretation.query):
        return Found((alone,))  # "which ones are new?" after one of them
    if (
        alone.fact
        and meant.content
        and interpretation.areas[0][0] == focus.area
        and interpretation.confidence >= STANDS_ALONE
    ):
        return Found((alone,))  # "which hospitals are new?" after the beds of the hospitals
    return Found((finding_in(focus.area, interpretation, meant, snapshot, focus),))


# --- Several things asked -------------------------------------------------------------------------------------------

#: The least confidence of a part that is answered beside others.
_SURE_ENOUGH_TOGETHER = 0.7
#: The least confidence of the last sentence of a long message, and of a part beside a topic elsewhere.
_CLEAR = 0.95


def _each_asked(whole: Interpretation, parts: Sequence[Interpretation], snapshot: Snapshot) -> tuple[Finding, ...]:
    """One finding for each part, if the parts ask about different areas and are certain enough."""
    findings: dict[str, tuple[float, Finding]] = {}
    whole_scores = dict(whole.areas)
    for part in parts:
        area = part.areas[0][0]
        meant = analyze_query(part.query, snapshot.vocabulary)
        if part.confidence < _SURE_ENOUGH_TOGETHER or whole_scores[area] < SCORED_IN_THE_WHOLE:
            continue
        if len(whole.query.tokens) > LONG_MESSAGE and not meant.aspects:
            continue  # part of a story, not a question
        if area not in findings or part.confidence > findings[area][0]:
            finding = finding_in(area, part, meant, snapshot)
            findings[area] = (part.confidence, finding)
    return tuple(finding for _, finding in findings.values())[:MAX_OFFERS]


def _question_of_a_long_message(whole: Interpretation, parts: Sequence[Interpretation]) -> Interpretation | None:
    """The last part of a long message, if it is clear and more certain than the whole message."""
    if not parts or len(whole.query.tokens) <= LONG_MESSAGE:
        return None
    return parts[-1] if parts[-1].confidence > max(_CLEAR, whole.confidence) else None


def _beside_a_topic(
    answer: NotFound | Unsure, whole: Interpretation, parts: Parts, snapshot: Snapshot
) -> Finding | None:
    """The finding of the most certain part of a refused message, if another part is about a topic elsewhere."""
    if isinstance(answer, Unsure) or len(whole.query.tokens) > LONG_MESSAGE or len(parts.queries) < 2:
        return None
    best = max(parts.interpretations, key=lambda part: part.confidence)
    if best.confidence < _CLEAR:
        return None
    others = [part for part in parts.interpretations if part is not best]
    if not any(part.topic[1] > max(TOPIC_WINS_FROM, part.areas[0][1]) for part in others):
        return None
    return finding_in(best.areas[0][0], best, analyze_query(best.query, snapshot.vocabulary), snapshot)


def _hours_or_price(
    answer: NotFound | Unsure,
    interpretation: Interpretation,
    meant: QueryAnalysis,
    snapshot: Snapshot,
    focus: Focus | None,
) -> Finding | None:
    """The hours or the price of a listed thing, if the question was read as one about a place that is not listed."""
    if isinstance(answer, Unsure) or not (asked := asked_hours_or_price(interpretation, meant, snapshot, focus)):
        return None
    return finding_of_fact(*asked, interpretation, snapshot)


#: The least score of the area whose price is asked, and the most that a topic elsewhere may score relative to it.
_PRICED, _SHARE_OF_TOPIC = 0.35, 0.6


def _unpriced(interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Finding | None:
    """The area or project whose price is asked, if the source gives none; safe to say even when not certain."""
    area, score = interpretation.areas[0]
    if "cost" not in meant.aspects or score < _PRICED or interpretation.topic[1] > _SHARE_OF_TOPIC * score:
        return None
    finding = finding_in(area, interpretation, meant, snapshot)
    return finding if finding.left_open == "cost" else None


# --- One question ---------------------------------------------------------------------------------------------------

#: Areas with at least this share of the best score are offered beside it.
_WORTH_OFFERING = 0.5
#: Areas with at least this share of the best score are answered beside it, if all of them have the requested fact.
_AS_GOOD = 0.45
#: Areas with a lower score are neither offered nor answered.
_MIN_SCORE = 0.1
#: Areas are answered side by side only if the question is about the list with at least this probability.
_IN_SCOPE_TOGETHER = 0.6
#: From this confidence on only the best area is answered, however close the second one is.
_CERTAIN = 0.9
#: The probability that the best area is meant if no other area says all words: 10 of 10 such questions of all sets were
#: about it, which by Laplace's rule of succession is 11 of 12.
_IF_ONLY_ONE_SAYS = 11 / 12


def _cheapest(interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Answer:
    """Answer, ask back or refuse, whichever has the lowest expected cost."""
    costs = snapshot.knowledge.city.costs
    if together := _side_by_side(interpretation, meant, snapshot):
        return together
    if (1 - interpretation.confidence) * costs.wrong <= min(costs.ask, interpretation.in_scope * costs.refuse):
        if _gives_another_number(interpretation, snapshot):
            return _offer(interpretation, meant, snapshot)
        return Found((finding_in(interpretation.areas[0][0], interpretation, meant, snapshot),))
    if costs.ask < interpretation.in_scope * costs.refuse:
        if area := _named_by_number(interpretation, snapshot):
            return Found((finding_in(area, interpretation, meant, snapshot),))
        best, is_certain = interpretation.areas[0][0], (1 - _IF_ONLY_ONE_SAYS) * costs.wrong <= costs.ask
        if is_certain and best == only_area_saying(meant, snapshot):
            return Found((finding_in(best, interpretation, meant, snapshot),))
        return _offer(interpretation, meant, snapshot)
    if new := offered_when_new(interpretation, snapshot):
        return Unsure((new,))
    return NotFound(_topic(interpretation, snapshot))


#: In a message of more words a number may be incidental ("my mother is 85"). There it counts only from `_LARGE` on and
#: next to a word that the area has with another number ("there will be 2500 beds").
_FEW_TOKENS, _LARGE = 4, 100


def _gives_another_number(interpretation: Interpretation, snapshot: Snapshot) -> bool:
    """Whether a message names a number that the best area does not, though it names others ("Hospital No 7").

    A number counts with the word beside it: an area with a "7th floor" and a "6th hospital" has no 7th hospital.
    """
    query, area = interpretation.query, interpretation.areas[0][0]
    if names_another_institution(area, query, snapshot):
        return True
    numbers, is_short = numbers_in(query), len(query.tokens) <= _FEW_TOKENS
    if not is_short:
        numbers = {number for number in numbers if int(number) >= _LARGE}
    if not numbers:
        return False
    words = snapshot.engine.learned.words_of_area.get(area, frozenset())
    if is_short and not numbers <= words:
        return any(word.isdigit() for word in words)
    return is_numbered_otherwise(query, words, numbers)


def _named_by_number(interpretation: Interpretation, snapshot: Snapshot) -> str | None:
    """The only likely area that contains the large number of a short message ("3,000 beds")."""
    query, words = interpretation.query, snapshot.engine.learned.words_of_area
    numbers = {number for number in numbers_in(query) if int(number) >= _LARGE}
    if not numbers or len(query.tokens) > _FEW_TOKENS:
        return None
    named = [area for area in _near_the_best(interpretation, _WORTH_OFFERING) if numbers <= words[area]]
    return named[0] if len(named) == 1 else None


#: The city's own topic elsewhere wins if it has at least this share of the best topic's score.
_OWN_SHARE = 0.4


def _topic(interpretation: Interpretation, snapshot: Snapshot) -> TopicElsewhere | None:
    """The topic elsewhere that the question is about. The city's own topic wins a near tie, because it says more."""
    label, score = interpretation.topic
    own, own_score = interpretation.own_topic
    if own_score >= max(TOPIC_WINS_FROM, _OWN_SHARE * score):
        label, score = own, own_score
    return snapshot.topic_by_id.get(label.removeprefix(TOPIC)) if score > TOPIC_WINS_FROM else None


def _offer(interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Answer:
    """The areas that may be meant: several are asked back about, a single one is offered."""
    matches = tuple(
        finding_in(area, interpretation, meant, snapshot).match
        for area in _near_the_best(interpretation, _WORTH_OFFERING)
    )
    if not matches:  # no area scores enough to be offered
        return NotFound(_topic(interpretation, snapshot))
    return Several(matches) if len(matches) > 1 else Unsure(matches)


def _side_by_side(interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot) -> Answer | None:
    """The requested fact of every area that fits about as well as the best, if each of them has it."""
    near = _near_the_best(interpretation, _AS_GOOD)
    if (
        len(near) < 2
        or not meant.aspects
        or interpretation.in_scope < _IN_SCOPE_TOGETHER
        or interpretation.confidence > _CERTAIN
    ):
        return None
    findings = tuple(finding_in(area, interpretation, meant, snapshot) for area in near)
    have_it = all(finding.fact and meant.asks_aspect(finding.fact.answers) for finding in findings)
    return Found(findings) if have_it else None


def _near_the_best(interpretation: Interpretation, share: float) -> list[str]:
    """The areas with at least this share of the best score, best first."""
    least = max(share * interpretation.areas[0][1], _MIN_SCORE)
    return [area for area, score in interpretation.areas if score >= least][:MAX_OFFERS]
