"""Requests to the bot itself, as opposed to questions about projects.

A message may ask for the source, another language, a shorter answer or help. Then that is the answer. It may also ask
for a telephone number, or be a yes-or-no question. Then the answer about projects stays, and the reply begins with the
number, or with yes, no, or "not known". A message that says nothing but a status ("which ones have started?") asks for
the projects with it, if nothing clearer was found.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import yaml

from bot.answers.answer import (
    About,
    Emergency,
    Finding,
    Found,
    Match,
    NotFound,
    Opening,
    Overview,
    Several,
    Smalltalk,
    Unsure,
    matches_of,
)
from bot.answers.decision import Decision, decide
from bot.answers.emergencies.contacts import number_of
from bot.answers.signs.file import read_signs
from bot.answers.signs.reader import Recognised, SignReader
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import is_free_of_charge
from bot.answers.understanding.corrections import as_meant, subject_of_news
from bot.answers.understanding.follow_ups import Focus
from bot.answers.understanding.hours_and_prices import tells_price
from bot.answers.understanding.other_cities import names_another_city
from bot.answers.understanding.stated import is_stated, is_touched
from bot.i18n.languages import LANGUAGE_INFO
from bot.knowledge import INTENTS, Area, Intent, Project, Status, TopicElsewhere
from bot.knowledge.denials import denies
from bot.matching.features import terms
from bot.matching.normalize import fold, to_query

#: A message of more words tells a story; a request to the bot within it is not its question.
_MAX_WORDS = 14
#: In a message of more words, yes or no would seem to refer to the story instead of the project.
_MAX_OF_POLAR = 10
#: A statement with this many of the question's words, and this share of them, says yes or no by itself.
_WORDS_STATED, _SHARE_STATED = 2, 0.6
_LANGUAGE, _TALK = "language-", "talk-"
#: A message of more words is not only small talk.
_MAX_WORDS_OF_TALK = 8
#: The kind of a yes-or-no question that a fact of the file answers with no.
_DENIED = "denied"
#: The kind that asks for what no status says (“is it free?”), see polar.yaml.
_EFFECT = "effect"
#: The kinds that the status of a project answers.
_OF_STATUS = frozenset({"stopped", "delayed", "finished", "started", "ongoing"})
#: A message that asks for a number is about an area from this score on.
_LIKELY_AREA = 0.25
#: A complaint in which nothing else was understood is about an area from this score on.
_CLEARLY_AREA = 0.5
#: Words that ask for these may also ask about a project; they do if the confidence is at least this.
_ALSO_OF_PROJECTS, _CLEARLY_A_PROJECT = frozenset({"valid", "date", "complete"}), 0.9


def decide_message(text: str, snapshot: Snapshot, focus: Focus | None = None) -> tuple[Decision, Opening]:
    """Decide what to answer to a message, and what else the reply says."""
    decision, opening = _decide_request(text, snapshot, focus)
    tells = isinstance(decision.answer, Found | Overview | Several | Unsure)
    return decision, replace(opening, other_city=tells and names_another_city(text, snapshot))


def _decide_request(text: str, snapshot: Snapshot, focus: Focus | None) -> tuple[Decision, Opening]:
    text = as_meant(text, snapshot, follows=focus is not None)
    decision = _decide_on_subject(text, snapshot, focus)
    if isinstance(decision.answer, Emergency):
        return decision, Opening()
    if not any(character.isalnum() for character in text):
        return replace(decision, answer=About("wordless", text=text)), Opening()
    known = snapshot.engine.learned.spelling.known
    request = recognise_request(text, known)
    kind = request.kind if request else None
    language = (request and request.language) or decision.language
    if kind and kind.startswith(_TALK) and _is_talk(decision):
        return replace(decision, answer=Smalltalk(_intent(kind)), language=language), Opening()
    if kind == "details":
        return replace(decision, answer=_details(text, focus, snapshot), language=language), Opening()
    if kind in ("contact", "fault") or _asks_a_price_elsewhere(decision):
        return _with_contact(kind, replace(decision, language=language), focus, snapshot)
    if request and kind in ("overview", "count") and _is_overview(request, decision):
        return replace(decision, answer=Overview()), Opening()
    if kind and kind not in ("overview", "count") and not kind.startswith(_TALK) and _is_request(kind, decision):
        language = kind.removeprefix(_LANGUAGE) if kind.startswith(_LANGUAGE) else language
        return replace(decision, answer=_request_of(kind, decision, focus, snapshot), language=language), Opening()
    if isinstance(decision.answer, NotFound | Unsure | Several | Overview) and (status := asked_status(text, known)):
        return replace(decision, answer=Overview(status)), Opening()
    if denial := _denial(text, decision, snapshot):
        return replace(decision, answer=Found((denial,))), Opening(polar=_DENIED)
    by_meaning = decision.language is None and decision.interpretation.by_meaning
    return decision, replace(_yes_or_no(text, decision, snapshot), other_language=by_meaning)


def _decide_on_subject(text: str, snapshot: Snapshot, focus: Focus | None) -> Decision:
    """The decision on a message; on its subject alone if the news as such were found in "any news about the pier?"."""
    decision = decide(text, snapshot, focus)
    subject = subject_of_news(text) if _topic_of(decision) else None
    about = decide(subject, snapshot, focus) if subject else decision
    return about if isinstance(about.answer, Found | Several | Unsure) else decision


def _yes_or_no(text: str, decision: Decision, snapshot: Snapshot) -> Opening:
    """What the reply to a yes-or-no question begins with; nothing if a fact states what no status answers."""
    match decision.answer:
        case Found(findings=(finding,)) if not _is_long(decision, _MAX_OF_POLAR):
            kind = polar_kind(text, snapshot.engine.learned.spelling.known)
        case _:
            return Opening()
    if kind is None or (kind not in _OF_STATUS and _tells_it(finding, decision)):
        return Opening()
    stated = is_stated(text, finding, snapshot)
    if kind == _EFFECT and finding.fact and (stated or (_asks_a_price(text, decision) and tells_price(finding.fact))):
        return Opening()
    return Opening(polar=kind, stated=stated, touched=kind == _EFFECT and is_touched(text, finding, snapshot))


def _asks_a_price(text: str, decision: Decision) -> bool:
    """Whether a message asks what a visitor pays, or whether that is nothing ("is the rink free")."""
    return decision.analysis.asks_price or is_free_of_charge(text)


def _is_overview(request: Recognised, decision: Decision) -> bool:
    """Whether a message wants the list of projects: it says nothing else, or nothing else was found."""
    return request.whole or not isinstance(decision.answer, Found | Overview)


def _with_contact(
    kind: str | None, decision: Decision, focus: Focus | None, snapshot: Snapshot
) -> tuple[Decision, Opening]:
    """Add whom to call about the area: always if a contact was asked for, otherwise only if a number is known."""
    area = _area_of(decision, focus)
    asked = kind == "contact" or bool(number_of(area, snapshot.knowledge))
    if kind == "fault":
        decision = _about_the_fault(decision, area, snapshot)
    return decision, Opening(contact=asked, contact_area=area)


def _about_the_fault(decision: Decision, area: str | None, snapshot: Snapshot) -> Decision:
    """The area of a complaint in which nothing else was understood ("heating is terrible"), as an answer."""
    is_likely = decision.interpretation.areas[0][1] >= _CLEARLY_AREA
    if area is None or not is_likely or isinstance(decision.answer, Found) or _topic_of(decision):
        return decision
    about = Match(snapshot.knowledge.area_by_id[area], None, decision.interpretation.confidence, "")
    return replace(decision, answer=Found((Finding(about),)))


def _topic_of(decision: Decision) -> TopicElsewhere | None:
    return decision.answer.topic if isinstance(decision.answer, NotFound) else None


def _asks_a_price_elsewhere(decision: Decision) -> bool:
    """Whether the question asks for a price that no project list contains ("how much is the heating tariff")."""
    return "cost" in decision.analysis.aspects and _topic_of(decision) is not None


def _tells_it(finding: Finding, decision: Decision) -> bool:
    """Whether the statement of a fact already says what is asked."""
    fact, content = finding.fact, set(decision.analysis.content)
    if fact is None or denies(fact.statement):
        return False
    stated = {word for text in fact.statement.texts for word in _terms_of_knowledge(text)}
    return len(content & stated) >= max(_WORDS_STATED, _SHARE_STATED * len(content))


def _is_long(decision: Decision, words: int) -> bool:
    spaced = decision.language is None or LANGUAGE_INFO[decision.language].spaced
    return len(decision.interpretation.query.tokens) > words * (1 if spaced else 2)


def _is_request(kind: str, decision: Decision) -> bool:
    """Whether the message is mainly this request; a request for the list of projects is answered with the list."""
    if _is_long(decision, _MAX_WORDS):
        return False
    if kind in _ALSO_OF_PROJECTS and _names_a_project(decision):
        return False
    wants_the_list = isinstance(decision.answer, Overview) and decision.answer.status is None
    return not (kind == "help" and wants_the_list)


def _is_talk(decision: Decision) -> bool:
    return not _is_long(decision, _MAX_WORDS_OF_TALK)


def _intent(kind: str) -> Intent:
    """The intent of a request such as "talk-insult"."""
    return next(intent for intent in INTENTS if _TALK + intent == kind)


def _names_a_project(decision: Decision) -> bool:
    """Whether a message is clearly about a project: "will the tram still be built" does not ask about the source."""
    project = any(match.project for match in matches_of(decision.answer))
    return isinstance(decision.answer, Found) and project and decision.interpretation.confidence >= _CLEARLY_A_PROJECT


def _denial(text: str, decision: Decision, snapshot: Snapshot) -> Finding | None:
    """A fact of the most likely area that answers a yes-or-no question with no, or None."""
    (area_id, score), *_ = decision.interpretation.areas or [("", 0.0)]
    if score < _LIKELY_AREA or not _is_polar(text):
        return None
    area, asked = snapshot.knowledge.area_by_id[area_id], frozenset(terms(decision.interpretation.query))
    for project, fact in snapshot.knowledge.denying_facts[area_id]:
        if any(asked.issuperset(_terms_of_knowledge(words)) for _, words in fact.denied.by_language()):
            return Finding(Match(area, project, decision.interpretation.confidence, text), fact)
    return None


@lru_cache(maxsize=4096)
def _terms_of_knowledge(text: str) -> tuple[str, ...]:
    return tuple(terms(to_query(text)))


def _is_polar(text: str) -> bool:
    """Whether a message contains no word that asks for more than yes or no."""
    signs = _signs("polar").written.values()
    return not any(each.has_matter(f" {fold(text)} ") for each in signs)


def _request_of(kind: str, decision: Decision, focus: Focus | None, snapshot: Snapshot) -> About:
    """The request, about the project that the message names, or else about the focus."""
    if _names_a_project(decision):
        focus = next(Focus(match.area.id, match.project.id) for match in matches_of(decision.answer) if match.project)
    return About(kind, *_entries_of(focus, snapshot))


def _entries_of(focus: Focus | None, snapshot: Snapshot) -> tuple[Area | None, Project | None]:
    """The area and project of the focus, if the knowledge still contains them."""
    if focus is None:
        return None, None
    return snapshot.knowledge.area_by_id.get(focus.area), snapshot.knowledge.project_by_id.get(focus.project or "")


def _details(text: str, focus: Focus | None, snapshot: Snapshot) -> Found | About:
    """The card of the focus; without a focus the bot asks what is meant."""
    area, project = _entries_of(focus, snapshot)
    return Found((Finding(Match(area, project, 1.0, text)),)) if area else About("details")


def _area_of(decision: Decision, focus: Focus | None) -> str | None:
    """The area that a message is about, or else that of the focus."""
    matches = matches_of(decision.answer)
    if matches:
        return matches[0].area.id
    best, score = decision.interpretation.areas[0] if decision.interpretation.areas else ("", 0.0)
    if score >= _LIKELY_AREA:
        return best
    return focus.area if focus else None


def recognise_request(text: str, known: AbstractSet[str] = frozenset()) -> Recognised | None:
    """The request that a message makes, of a kind in `requests.yaml`, or None."""
    return _signs("requests").recognise(text, known)


def asked_status(text: str, known: AbstractSet[str] = frozenset()) -> Status | None:
    """The status whose projects a message asks for, if it says nothing else ("which ones have started?"), or None."""
    found = _signs("overviews").recognise(text, known)
    return Status(found.kind) if found and found.whole else None


def polar_kind(text: str, known: AbstractSet[str] = frozenset()) -> str | None:
    """The kind of yes-or-no question, as `polar.yaml` names it, or None."""
    found = _signs("polar").recognise(text, known)
    return found.kind if found else None


@cache
def _signs(name: str) -> SignReader:
    path = Path(__file__).with_name(f"{name}.yaml")
    return read_signs(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
