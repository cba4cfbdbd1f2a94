"""The hours and prices of a listed thing, for questions that could be asked about any place.

"Open on Sundays?" and "ticket price for the museum ship" are close to the general topics elsewhere. If the project in
focus, or one that the question identifies by a distinctive word, states its hours or price, that is the answer. A day
on which something first opens is not.
"""

import re

from bot.answers.learning.phrasings import TOPIC
from bot.answers.learning.service_topics import PREFIX
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import is_budget, tells_hours
from bot.answers.understanding.follow_ups import Focus
from bot.answers.understanding.interpretation import Interpretation
from bot.answers.understanding.patterns import PATTERNS
from bot.knowledge import Aspect, Fact, Project
from bot.knowledge.denials import denies
from bot.matching.features import stem
from bot.matching.normalize import is_han

#: The aspect of a place that each general topic is about.
_ASPECT: dict[str, Aspect] = {
    "opening-hours": "when",
    "timetables": "when",
    "prices-tickets": "cost",
    "bills-payments": "cost",
}
#: A sum, or that a visitor pays nothing.
_PRICE = re.compile(rf"\d|{PATTERNS.any_of('costs_nothing').pattern}", re.IGNORECASE)
#: A message with at most this many content words, of which no area has more than this share, continues the
#: conversation.
_FEW_WORDS, _NAMES_NOTHING = 2, 0.15


def asked_hours_or_price(
    interpretation: Interpretation, meant: QueryAnalysis, snapshot: Snapshot, focus: Focus | None
) -> tuple[Project, Fact] | None:
    """The project whose hours or price a question asks for, and the fact that states them, or None."""
    aspect = _ASPECT.get(interpretation.topic[0].removeprefix(TOPIC + PREFIX))
    if aspect is None:
        return None
    goes_on = focus and len(meant.content) <= _FEW_WORDS and interpretation.areas[0][1] < _NAMES_NOTHING
    in_focus = snapshot.knowledge.project_by_id.get(focus.project or "") if focus and goes_on else None
    project = in_focus or _named_alone(meant, snapshot)
    fact = _telling(project, aspect) if project else None
    return (project, fact) if project and fact else None


def _telling(project: Project, aspect: Aspect) -> Fact | None:
    """The first fact in which a project states its hours or its price."""
    tells = _tells_hours if aspect == "when" else tells_price
    return next((fact for fact in project.facts if tells(fact)), None)


def tells_price(fact: Fact) -> bool:
    """Whether a fact says what a visitor pays."""
    return _tells("cost", fact) and any(map(_has_price, fact.statement.texts))


def _tells_hours(fact: Fact) -> bool:
    return _tells("when", fact) and any(map(tells_hours, fact.statement.texts))


def _tells(aspect: Aspect, fact: Fact) -> bool:
    return aspect in fact.answers and not denies(fact.statement)


def _has_price(text: str) -> bool:
    return _PRICE.search(text) is not None and not is_budget(text)


def _named_alone(meant: QueryAnalysis, snapshot: Snapshot) -> Project | None:
    """The only project whose card contains a content word of the question; None if there are several or none.

    A number names nothing: the card of a 5 km track does not answer for bus 5.
    """
    cards, projects = snapshot.engine.words_of_card, snapshot.knowledge.projects
    telling = [stem(word) for word in meant.content if not word.isdigit() and (not is_han(word) or len(word) > 1)]
    owners = ([each for each in projects if word in cards.get(each.id, ())] for word in telling)
    named = {found[0].id: found[0] for found in owners if len(found) == 1}
    return next(iter(named.values())) if len(named) == 1 else None
