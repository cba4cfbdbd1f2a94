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
from dataclasses import dataclass, replace
from math import exp

from bot.core.answers import Answer, Finding, Found, Match, NotFound, Overview, Several, Smalltalk, Unsure
from bot.core.facts import find_fact
from bot.core.knowledge import INTENTS, Status
from bot.core.lexicon import Gist, gist, topics_named
from bot.core.matching.index import Floats
from bot.core.matching.spelling import corrected
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
    topic: tuple[str, float]  #: the best topic elsewhere and its score
    talk: tuple[str, float]  #: the best kind of talk, or overview, and its score
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
    if not outlook.query.tokens:
        return decision
    talk = _talk(outlook)
    if talk and not (focus and meant.aspects):
        return replace(decision, answer=talk)
    if focus and _leans_back(outlook, meant, focus, snapshot):
        return replace(decision, answer=_about(focus, outlook, meant, snapshot), leaned_on=focus)
    if len(findings := _each_asked(text, outlook, snapshot)) > 1:
        return replace(decision, answer=Found(findings))
    return replace(decision, answer=_cheapest(outlook, meant, snapshot))


# --- What the message may be about ----------------------------------------------------------------------------------

#: Sentences, numbered points, and clauses.
_PARTS = re.compile(r"[.!?。！？;；:：…\n]+|[,，、]|(?<!\d)\d\)")
#: The same, and words that join two questions.
_JOINTS = re.compile(
    _PARTS.pattern + r"|\b(?:and|plus|also|as well as|или|и|а также|ещё|еще|заодно|плюс)\b|还有|以及|顺便|和|跟|又"
)
#: What a part begins with that says what is not meant, as in "no, not the plant, the hospital".
_DENIED = re.compile(r"(?:no |нет )?(?:not|i do not mean|i don't mean|не|не про|это не)\b|不是|不要|没问")
#: From so many words on a part is also heard in pieces of so many.
_LONG, _PIECE = 24, 12
#: A reading in other letters must explain the text so much better than the letters that were typed.
_MUCH_BETTER = 0.2


def _most_sensible(text: str, snapshot: Snapshot) -> tuple[Outlook, Language | None]:
    """The text as it was typed, or, where that means nothing, in the letters that it was meant in."""
    typed = _hear(text, snapshot)
    if typed.reading.vector.known > 0.5:
        return typed, typed.query.language
    others = [
        (_outlook(query, snapshot.understanding.read(query), snapshot), language)
        for language, query in other_readings(text, snapshot.understanding.spelling)
    ]
    best, language = max(others, key=lambda other: other[0].confidence, default=(typed, None))
    if best.confidence > typed.confidence + _MUCH_BETTER:
        return best, language
    return typed, typed.query.language


def _hear(text: str, snapshot: Snapshot) -> Outlook:
    """A message as a whole and in its parts, without those that are mere talk or say what is not meant."""
    understanding = snapshot.understanding
    whole = corrected(to_query(text), understanding.spelling)
    parts = [corrected(part, understanding.spelling) for part in _split(text, _PARTS)]
    readings = [understanding.read(part) for part in parts]
    telling = [
        (part, reading)
        for part, reading in zip(parts, readings, strict=True)
        if not _DENIED.match(part.text) and not _is_talk(reading, snapshot)
    ]
    if telling and len(telling) < len(parts):
        tokens = tuple(token for part, _ in telling for token in part.tokens)
        whole = replace(whole, text=" ".join(part.text for part, _ in telling), tokens=tokens)
    pieces = [understanding.read(piece) for piece in _pieces(whole)]
    heard = [reading for _, reading in telling] if len(telling) > 1 else []
    return _outlook(whole, understanding.read(whole).with_parts(heard + pieces), snapshot)


def _split(text: str, joints: re.Pattern[str]) -> list[Query]:
    """The parts of a message that have something to say; none when it is one piece."""
    parts = [query for part in joints.split(text) if len((query := to_query(part)).tokens) > 1]
    return parts if len(parts) > 1 else []


def _pieces(query: Query) -> list[Query]:
    """A long text without stops, in pieces that overlap by half."""
    tokens = query.tokens
    if len(tokens) < _LONG:
        return []
    return [
        replace(query, text="", tokens=tokens[start : start + _PIECE])
        for start in range(0, len(tokens) - _PIECE // 2, _PIECE // 2)
    ]


def _is_talk(reading: Reading, snapshot: Snapshot) -> bool:
    """Whether a part of a message is nothing but talk."""
    scores = snapshot.understanding.by_name(reading.labels, snapshot.understanding.by_label)
    talk = max(score for name, score in scores.items() if name.startswith(TALK))
    return talk >= _MERE_TALK and talk > _MERE_TALK / 2 + max(
        score for name, score in scores.items() if not name.startswith(TALK)
    )


#: From this score on a part of a message is talk, if nothing else comes near.
_MERE_TALK = 0.5


#: How much a topic's own word speaks for the topic, in a message of at most so many words.
_NAMED_TOPIC, _SHORT = 0.6, 12


def _outlook(query: Query, reading: Reading, snapshot: Snapshot) -> Outlook:
    scores = snapshot.understanding.by_name(reading.labels, snapshot.understanding.by_label)
    areas = sorted(((area.id, scores[AREA + area.id]) for area in snapshot.knowledge.areas), key=_score, reverse=True)
    for name in topics_named(query, snapshot.lexicon):
        scores[TOPIC + name] += _NAMED_TOPIC * min(1.0, _SHORT / len(query.tokens))
    topic = max(
        ((name, score) for name, score in scores.items() if name.startswith(TOPIC)),
        key=_score,
        default=("", 0.0),
    )
    talk = max(((name, score) for name, score in scores.items() if name.startswith((TALK, OVERVIEW))), key=_score)
    return _weighed(Outlook(query, reading, tuple(areas), topic, talk, 0.0, 0.0))


def _score(named: tuple[str, float]) -> float:
    return named[1]


def _weighed(outlook: Outlook) -> Outlook:
    """Turn scores into probabilities: logistic models fitted on labelled questions of citizens."""
    best = outlook.areas[0][1]
    second = outlook.areas[1][1] if len(outlook.areas) > 1 else 0.0
    lead = best - max(outlook.topic[1], _TALK_WEIGHT * outlook.talk[1], 0.0)
    confidence = _logistic(0.9 * best + 6.0 * lead + 1.6 * (best - second) - 1.4)
    return replace(outlook, confidence=confidence, in_scope=max(confidence, _logistic(2.7 * best + 6.4 * lead - 1.3)))


#: Somebody who names a matter means the matter, however chatty the rest.
_TALK_WEIGHT = 0.5


def _logistic(value: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, value))))


# --- Talk and overviews ---------------------------------------------------------------------------------------------

_TALK_AT = 0.35


def _talk(outlook: Outlook) -> Answer | None:
    """Small talk or an overview, when that is what the message most likely is."""
    label, score = outlook.talk
    if outlook.areas[0][1] > _TALK_AT or score < max(_TALK_AT, outlook.areas[0][1] + 0.1, outlook.topic[1]):
        return None
    if label.startswith(OVERVIEW):
        status = label.removeprefix(OVERVIEW)
        return Overview(Status(status) if status else None)
    intent = label.removeprefix(TALK)
    return next((Smalltalk(known) for known in INTENTS if known == intent), None)


# --- Leaning on what was said before --------------------------------------------------------------------------------

#: What a message begins with that takes back what was understood before.
_CORRECTED = re.compile(r"(?:no|nope|wrong|нет|не то|неправильно)\b|不是|不对|错")
#: From this confidence on a question stands on its own.
_STANDS_ALONE = 0.6
#: A rival with this score draws a question away from what was said before.
_DRAWS_AWAY = 0.3


def _leans_back(outlook: Outlook, meant: Gist, focus: Focus, snapshot: Snapshot) -> bool:
    """Whether a question only makes sense with what the chat talked about."""
    if focus.area not in snapshot.knowledge.area_by_id or _CORRECTED.match(outlook.query.text):
        return False
    if not meant.content:
        return bool(meant.aspects) or meant.points_back
    best, score = outlook.areas[0]
    if best != focus.area and outlook.confidence >= _STANDS_ALONE:
        return False
    if outlook.topic[1] >= max(_DRAWS_AWAY, score):
        return False
    return (best == focus.area and score > 0.2) or _share_known(meant, focus, snapshot) >= 0.5


def _share_known(meant: Gist, focus: Focus, snapshot: Snapshot) -> float:
    """Which share of the words that say something is used of the area that the chat talked about."""
    words = snapshot.understanding.words_of_area.get(focus.area, frozenset())
    return sum(word in words for word in meant.content) / len(meant.content)


def _about(focus: Focus, outlook: Outlook, meant: Gist, snapshot: Snapshot) -> Answer:
    """An answer about what the chat talked about, or about another project of the same area if that is named."""
    return Found((_finding(focus.area, outlook, meant, snapshot, focus),))


# --- Several things asked -------------------------------------------------------------------------------------------

_SURE_ENOUGH_TOGETHER = 0.7
#: What a part asks for must be heard in the whole message too, or it was a turn of phrase.
_HEARD_IN_THE_WHOLE = 0.3


def _each_asked(text: str, whole: Outlook, snapshot: Snapshot) -> tuple[Finding, ...]:
    """What each part of a message asks for, when the parts ask for different areas and are certain enough."""
    findings: dict[str, tuple[float, Finding]] = {}
    whole_scores = dict(whole.areas)
    for piece in _split(text, _JOINTS):
        query = corrected(piece, snapshot.understanding.spelling)
        if _DENIED.match(query.text):
            continue
        part = _outlook(query, snapshot.understanding.read(query), snapshot)
        area = part.areas[0][0]
        if part.confidence < _SURE_ENOUGH_TOGETHER or whole_scores[area] < _HEARD_IN_THE_WHOLE:
            continue
        if area not in findings or part.confidence > findings[area][0]:
            finding = _finding(area, part, gist(query, snapshot.lexicon), snapshot)
            findings[area] = (part.confidence, finding)
    return tuple(finding for _, finding in findings.values())[:3]


# --- One thing asked ------------------------------------------------------------------------------------------------


def _cheapest(outlook: Outlook, meant: Gist, snapshot: Snapshot) -> Answer:
    """Answer, ask back or refuse, whichever is expected to cost least."""
    costs = snapshot.knowledge.city.costs
    if (1 - outlook.confidence) * costs.wrong <= min(costs.ask, outlook.in_scope * costs.refuse):
        return Found((_finding(outlook.areas[0][0], outlook, meant, snapshot),))
    if costs.ask < outlook.in_scope * costs.refuse:
        return _offer(outlook, meant, snapshot)
    topic = snapshot.knowledge.topic_by_id.get(outlook.topic[0].removeprefix(TOPIC))
    return NotFound(topic if outlook.topic[1] > _DRAWS_AWAY else None)


def _offer(outlook: Outlook, meant: Gist, snapshot: Snapshot) -> Answer:
    """The areas that may be meant: told side by side when each has the asked fact, else asked back."""
    best = outlook.areas[0][1]
    near = [area for area, score in outlook.areas if score > max(_NEAR_THE_BEST * best, 0.1)][:MOST_OFFERS]
    findings = tuple(_finding(area, outlook, meant, snapshot) for area in near)
    if len(findings) > 1 and all(finding.fact and meant.asks_aspect(finding.fact.answers) for finding in findings):
        return Found(findings)
    matches = tuple(finding.match for finding in findings)
    return Several(matches) if len(matches) > 1 else Unsure(matches)


#: What scores at least this share of the best is offered beside it.
_NEAR_THE_BEST = 0.5
#: A project must fit so much better than its siblings and its area as a whole.
_AHEAD = 0.12


def _finding(area: str, outlook: Outlook, meant: Gist, snapshot: Snapshot, focus: Focus | None = None) -> Finding:
    """What an area is asked about: the project, and the fact that was asked for or the aspect that is left open."""
    similarities = snapshot.understanding.index.similarities(outlook.reading.vector)
    return find_fact(_match(area, outlook, similarities, snapshot, focus), similarities, meant, snapshot)


def _match(area_id: str, outlook: Outlook, similarities: Floats, snapshot: Snapshot, focus: Focus | None) -> Match:
    """The project of an area that is asked for, or the area as a whole."""
    knowledge, understanding = snapshot.knowledge, snapshot.understanding
    scores = understanding.by_name(outlook.reading.entries, understanding.by_entry)
    area = knowledge.area_by_id[area_id]
    ranked = sorted(knowledge.projects_of(area_id), key=lambda project: scores[project.id], reverse=True)
    best = ranked[0] if ranked else None
    if best and len(ranked) > 1:
        others = max(scores[ranked[1].id], scores[AREA + area_id])
        best = best if scores[best.id] > max(others + _AHEAD, 0.2) else None
    if not best and focus and focus.project:
        best = knowledge.project_by_id.get(focus.project)
    places = understanding.places_of_entry[best.id if best else AREA + area_id]
    phrasing = understanding.phrasings[places[similarities[places].argmax()]].text
    return Match(area, best, round(outlook.confidence, 4), phrasing)
