"""Why the bot answers what it answers: from a question, and what the chat talked about, to an Answer.

Rules, in the order in which they are tried:
1. Talk with the bot, or a wish for the whole list, is answered as such.
2. A question that leans on what was said before is about that, unless it stands on its own.
3. Several things asked in one message are all answered, each when it is certain enough by itself.
4. Else the likeliest area is answered when that costs less than asking back, and asked back when that costs less
   than saying "I don't know". The costs stand in the head of the knowledge file.
5. Within the area: the project that was named, or the area as a whole; then the fact that was asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from bot.core.answers import Answer, Finding, Found, Match, NotFound, Overview, Several, Smalltalk, Unsure
from bot.core.facts import choose_facts
from bot.core.knowledge import INTENTS, Aspect, Costs, Status
from bot.core.lexicon import Gist, gist
from bot.core.matching.understanding import AREA, OVERVIEW, TALK, TOPIC, Reading
from bot.core.readings import other_readings
from bot.core.snapshot import Snapshot
from bot.core.text import Language, Query, to_query

#: At most so many things are offered when the bot asks back.
MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class Focus:
    """What a chat talked about last: ids, for the knowledge may change in between."""

    area: str
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a message may be about, and how sure that is."""

    query: Query
    reading: Reading
    areas: tuple[tuple[str, float], ...]  #: area id and score, best first
    rival: tuple[str, float]  #: the best label that is no area, and its score
    confidence: float  #: probability that the best area is what was asked for
    in_scope: float  #: probability that any area is


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and what it was decided on."""

    answer: Answer
    outlook: Outlook
    gist: Gist
    language: Language | None  #: that of the question; None when it shows none
    leaned_on: Focus | None = None  #: what was said before, when the question was read with it


def decide(text: str, snapshot: Snapshot, focus: Focus | None = None) -> Decision:
    """Decide what to answer; never fails. O(features of the text x labels + postings of its features)."""
    outlook, language = _most_sensible(text, snapshot)
    meant = gist(outlook.query, snapshot.lexicon)
    decision = Decision(NotFound(), outlook, meant, language)
    if not (outlook.query.tokens or outlook.query.syllables):
        return decision
    if talk := _talk(outlook, meant):
        return replace(decision, answer=talk)
    if focus and _leans_back(outlook, meant, focus, snapshot):
        return replace(decision, answer=_about(focus, outlook, meant, snapshot), leaned_on=focus)
    if len(findings := _each_asked(text, outlook, snapshot)) > 1:
        return replace(decision, answer=Found(findings))
    return replace(decision, answer=_cheapest(outlook, meant, snapshot))


# --- What the message may be about ----------------------------------------------------------------------------------

#: Sentences, numbered points, and clauses.
_PARTS = re.compile(r"[.!?。！？;；:：…\n]+|[,，、]|(?<!\d)\d\)")
#: Words that join two questions.
_JOINTS = re.compile(
    r"[.!?。！？;；:：…\n]+|[,，、]|(?<!\d)\d\)|\b(?:and|plus|also|as well as|или|и|а также|ещё|еще|заодно|плюс)\b|还有|以及|顺便|和|跟|又"
)
#: A reading in other letters must explain the text so much better than the letters that were typed.
_MUCH_BETTER = 0.25


def _most_sensible(text: str, snapshot: Snapshot) -> tuple[Outlook, Language | None]:
    """The text as it was typed, or, where that means nothing, in the letters that it was meant in."""
    typed = _outlook(to_query(text), snapshot, _split(text, _PARTS))
    if typed.reading.known > 0.5:
        return typed, typed.query.language
    readings = [(_outlook(query, snapshot), language) for language, query in other_readings(text)]
    best, language = max(readings, key=lambda reading: reading[0].confidence, default=(typed, None))
    if best.confidence > typed.confidence + _MUCH_BETTER and best.rival[1] < best.areas[0][1]:
        return best, language
    return typed, typed.query.language


def _split(text: str, joints: re.Pattern[str]) -> list[Query]:
    """The parts of a message that have something to say; none when it is one piece."""
    parts = [query for part in joints.split(text) if len((query := to_query(part)).tokens) > 1]
    return parts if len(parts) > 1 else []


def _outlook(query: Query, snapshot: Snapshot, parts: Sequence[Query] = ()) -> Outlook:
    reading = snapshot.understanding.read(query, parts)
    areas = sorted(((area.id, reading.labels[AREA + area.id]) for area in snapshot.knowledge.areas), key=_score, reverse=True)
    rival = max(((name, score) for name, score in reading.labels.items() if not name.startswith(AREA)), key=_score)
    return _weighed(Outlook(query, reading, tuple(areas), rival, 0.0, 0.0))


def _score(named: tuple[str, float]) -> float:
    return named[1]


def _weighed(outlook: Outlook) -> Outlook:
    """Turn scores into probabilities: logistic models fitted on labelled questions of citizens."""
    best = outlook.areas[0][1]
    second = outlook.areas[1][1] if len(outlook.areas) > 1 else 0.0
    lead = best - max(outlook.rival[1], 0.0)
    confidence = _logistic(1.5 * best + 5.0 * lead + 2.9 * (best - second) - 2.1)
    return replace(outlook, confidence=confidence, in_scope=max(confidence, _logistic(3.3 * best + 5.0 * lead - 2.1)))


def _logistic(value: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, value))))


# --- Talk and overviews ---------------------------------------------------------------------------------------------

_TALK_AT = 0.35


def _talk(outlook: Outlook, meant: Gist) -> Answer | None:
    """Small talk or an overview, when that is what the message most likely is."""
    label, score = outlook.rival
    if score < _TALK_AT or score < outlook.areas[0][1] + 0.1:
        return None
    if label.startswith(OVERVIEW):
        status = label.removeprefix(OVERVIEW)
        return Overview(Status(status) if status else None)
    intent = label.removeprefix(TALK)
    return next((Smalltalk(known) for known in INTENTS if known == intent), None)


# --- Leaning on what was said before --------------------------------------------------------------------------------

#: From this confidence on a question stands on its own.
_STANDS_ALONE = 0.6
#: A rival with this score draws a question away from what was said before.
_DRAWS_AWAY = 0.3


def _leans_back(outlook: Outlook, meant: Gist, focus: Focus, snapshot: Snapshot) -> bool:
    """Whether a question only makes sense with what the chat talked about."""
    if focus.area not in snapshot.knowledge.area_by_id:
        return False
    best, score = outlook.areas[0]
    if best != focus.area and outlook.confidence >= _STANDS_ALONE:
        return False
    if not meant.content:
        return bool(meant.aspects) or meant.points_back
    if outlook.rival[1] >= max(_DRAWS_AWAY, score + 0.1) and outlook.rival[0].startswith(TOPIC):
        return False
    return best == focus.area and score > 0.2 or _share_known(meant, focus, snapshot) >= 0.5


def _share_known(meant: Gist, focus: Focus, snapshot: Snapshot) -> float:
    """Which share of the words that say something is used of the area that the chat talked about."""
    words = snapshot.understanding.words_of_area.get(focus.area, frozenset())
    return sum(word in words for word in meant.content) / len(meant.content)


def _about(focus: Focus, outlook: Outlook, meant: Gist, snapshot: Snapshot) -> Answer:
    """An answer about what the chat talked about, or about another project of the same area if that is named."""
    match = _match(focus.area, outlook, snapshot, focus)
    return Found((_finding(match, outlook.reading, meant, snapshot),))


# --- Several things asked -------------------------------------------------------------------------------------------

_SURE_ENOUGH_TOGETHER = 0.6


def _each_asked(text: str, whole: Outlook, snapshot: Snapshot) -> tuple[Finding, ...]:
    """What each part of a message asks for, when the parts ask for different areas and are certain enough."""
    findings: dict[str, tuple[float, Finding]] = {}
    whole_scores = dict(whole.areas)
    for query in _split(text, _JOINTS):
        part = _outlook(query, snapshot)
        area = part.areas[0][0]
        if part.confidence < _SURE_ENOUGH_TOGETHER or whole_scores[area] < 0.15:
            continue
        if area not in findings or part.confidence > findings[area][0]:
            match = _match(area, part, snapshot)
            findings[area] = (part.confidence, _finding(match, part.reading, gist(query, snapshot.lexicon), snapshot))
    return tuple(finding for _, finding in findings.values())[:3]


# --- One thing asked ------------------------------------------------------------------------------------------------


def _cheapest(outlook: Outlook, meant: Gist, snapshot: Snapshot) -> Answer:
    """Answer, ask back or refuse, whichever is expected to cost least."""
    costs = snapshot.knowledge.city.costs
    if (1 - outlook.confidence) * costs.wrong <= min(costs.ask, outlook.in_scope * costs.refuse):
        match = _match(outlook.areas[0][0], outlook, snapshot)
        return Found((_finding(match, outlook.reading, meant, snapshot),))
    if costs.ask < outlook.in_scope * costs.refuse:
        return _offer(outlook, snapshot)
    label = outlook.rival[0]
    topic = snapshot.knowledge.topic_by_id.get(label.removeprefix(TOPIC)) if label.startswith(TOPIC) else None
    return NotFound(topic if outlook.rival[1] > _DRAWS_AWAY else None)


def _offer(outlook: Outlook, snapshot: Snapshot) -> Answer:
    """The areas that may be meant: asked back when several fit well, offered when none does."""
    best = outlook.areas[0][1]
    near = [area for area, score in outlook.areas if score > max(0.5 * best, 0.1)][:MOST_OFFERS]
    matches = tuple(_match(area, outlook, snapshot) for area in near)
    return Several(matches) if len(matches) > 1 else Unsure(matches)


#: A project must fit so much better than its siblings and its area as a whole.
_AHEAD = 0.12


def _match(area_id: str, outlook: Outlook, snapshot: Snapshot, focus: Focus | None = None) -> Match:
    """The project of an area that is asked for, or the area as a whole."""
    knowledge, scores = snapshot.knowledge, outlook.reading.entries
    area = knowledge.area_by_id[area_id]
    ranked = sorted(knowledge.projects_of(area_id), key=lambda project: scores[project.id], reverse=True)
    best = ranked[0] if ranked else None
    if best and len(ranked) > 1:
        others = max(scores[ranked[1].id], scores[AREA + area_id])
        best = best if scores[best.id] > max(others + _AHEAD, 0.2) else None
    if not best and focus and focus.project:
        best = knowledge.project_by_id.get(focus.project)
    entry = best.id if best else AREA + area_id
    return Match(area, best, round(outlook.confidence, 4), _closest(entry, AREA + area_id, outlook, snapshot))


def _closest(entry: str, label: str, outlook: Outlook, snapshot: Snapshot) -> str:
    """The phrasing of an entry, or else of its area, that is nearest to the question."""
    similarities, phrasings = outlook.reading.similarities, snapshot.understanding.phrasings
    places = [place for place, phrasing in enumerate(phrasings) if phrasing.entry == entry] or [
        place for place, phrasing in enumerate(phrasings) if phrasing.label == label
    ]
    return phrasings[max(places, key=lambda place: similarities[place])].text


def _finding(match: Match, reading: Reading, meant: Gist, snapshot: Snapshot) -> Finding:
    """The match with the fact that was asked for, or with the aspect that the source leaves open."""
    facts = choose_facts(match, reading, meant, snapshot)
    open_aspect = None if facts else _left_open(match, meant, snapshot)
    return Finding(match, facts, open_aspect)


def _left_open(match: Match, meant: Gist, snapshot: Snapshot) -> Aspect | None:
    """The first asked aspect that the source does not give for the project, or for any project of the area."""
    projects = [match.project] if match.project else snapshot.knowledge.projects_of(match.area.id)
    return next((aspect for aspect in meant.aspects if all(aspect in project.left_open for project in projects)), None)
