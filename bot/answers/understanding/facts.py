"""Which fact of a project or area a question asks for."""

from collections.abc import Sequence
from dataclasses import replace

from bot.answers.answer import Finding, Match
from bot.answers.learning.engine import Scores
from bot.answers.learning.phrasings import AREA
from bot.answers.learning.vocabulary import QueryAnalysis
from bot.answers.snapshot import Snapshot
from bot.answers.understanding.candidates import (
    CLOSE_ALONE,
    LIKE,
    MORE_LIKE,
    PLAIN_ASPECTS,
    Candidate,
    as_price_question,
    aspects_answered,
    candidates_of,
    is_asked_for_its_date,
    words_beyond_area,
)
from bot.answers.understanding.extra_fact import extra_fact
from bot.knowledge import Aspect, Fact, Project
from bot.knowledge.denials import denies, states

#: A fact with a requested aspect needs at least this similarity to the question.
_CLOSE_WITH_ASPECT = 0.15
#: A fact that contains this share of the question's new words is asked for, even if another is closer.
_MOSTLY_STATED = 0.5
#: A fact must be this much closer than the card if the question contains only words of the card.
_CLOSER = 0.03
#: If a project has exactly one fact for one of these aspects, it is told, however it was asked.
_TOLD_ALONE: tuple[Aspect, ...] = (*PLAIN_ASPECTS, "who")


def find_fact(match: Match, scores: Scores, meant: QueryAnalysis, snapshot: Snapshot) -> Finding:
    """The match with the fact that the question asks for, or with the requested aspect that the source leaves open.

    A fact about one project makes the answer one about that project. If no fact is certain, the most probable one is
    shown beside the card.
    """
    left_open = open_aspects(match, snapshot)
    candidates = list(candidates_of(match, scores, meant, snapshot))
    meant = as_price_question(meant, candidates)
    closeness, owner, fact = _asked_fact(match, candidates, scores, meant, snapshot, left_open=left_open)
    projects = snapshot.knowledge.project_by_id
    if fact and match.project is None and owner in projects and not _is_of_one(fact, closeness, match, meant, snapshot):
        fact = None  # the cost of one project is not the cost of the area
    if fact is None:
        unknown = next((aspect for aspect in meant.aspects if aspect in left_open), None)
        extra = None if unknown else extra_fact(match, candidates, scores, meant, snapshot)
        return Finding(_with_the_date(match, meant, snapshot), left_open=unknown, extra=extra)
    concerned = tuple(projects[name] for name in (fact.concerns or (owner,)) if name in projects)
    if len(concerned) == 1 and closeness >= CLOSE_ALONE:
        match = replace(match, project=concerned[0])
    return Finding(match, fact, concerned if len(concerned) > 1 else ())


def _is_of_one(fact: Fact, closeness: float, match: Match, meant: QueryAnalysis, snapshot: Snapshot) -> bool:
    """Whether a question about an area asks for a fact of one project: by its aspect, or by a word of its own."""
    asks_more = meant.asks_aspect(fact.answers) or bool(words_beyond_area(match, meant, snapshot))
    return closeness >= CLOSE_ALONE and asks_more


def _with_the_date(match: Match, meant: QueryAnalysis, snapshot: Snapshot) -> Match:
    """The only project of an area that has a date, if the question asks for a date."""
    if match.project or not meant.asks_aspect(("when",)):
        return match
    dated = [project for project in snapshot.knowledge.projects_of(match.area.id) if states(project, "when")]
    return replace(match, project=dated[0]) if len(dated) == 1 else match


def _asked_fact(
    match: Match,
    candidates: Sequence[Candidate],
    scores: Scores,
    meant: QueryAnalysis,
    snapshot: Snapshot,
    *,
    left_open: set[Aspect],
) -> tuple[float, str, Fact | None]:
    """The requested fact, its owner, and its similarity; None if nothing particular is asked."""
    best = max(candidates, key=lambda candidate: candidate.fit(meant), default=None)
    nothing = (0.0, "", None)
    general = snapshot.engine.places_of_entry[match.project.id if match.project else AREA + match.area.id]
    card = float(scores.meanings[general].max())
    asked = best is not None and meant.asks_aspect(best.answers)
    dated = is_asked_for_its_date(match.project, meant)
    if best and asked and best.closeness >= _CLOSE_WITH_ASPECT and not best.is_unlike(card, meant, dated=dated):
        return best.closeness, best.owner, best.fact
    if match.project and (only := _only_fact(match.project, meant)):
        return _CLOSE_WITH_ASPECT, match.project.id, only
    unpriced = "cost" in meant.aspects and "cost" in left_open
    if best and not asked and not unpriced and match.project and best.is_clearly_meant(card, meant):
        return best.closeness, best.owner, best.fact
    if best is None or asked or dated or meant.asks_aspect(left_open):
        return nothing
    generally = float(scores.similarities[general].max())
    return (best.closeness, best.owner, best.fact) if _is_near(best, match, meant, generally, card) else nothing


def _is_near(best: Candidate, match: Match, meant: QueryAnalysis, generally: float, card: float) -> bool:
    """Whether a fact is asked for by its words or meaning, without any evidence from an aspect.

    `generally` is the similarity of the nearest phrasing that asks for no particular fact; `card` is the same by
    meaning.
    """
    stated = best.share >= _MOSTLY_STATED or best.meaning >= max(LIKE, card + MORE_LIKE)
    if match.project and stated and best.closeness >= _CLOSE_WITH_ASPECT:
        return True
    closer = _CLOSER if match.project and not best.is_new else 0.0
    return not meant.asks_aspect(PLAIN_ASPECTS) and best.closeness >= max(CLOSE_ALONE, generally + closer)


def answered_aspects(finding: Finding) -> set[Aspect]:
    """The aspects that the fact of a finding answers; without a fact those of the card, which shows a date."""
    if finding.fact:
        return set(finding.fact.answers)
    project = finding.match.project
    return {"when"} if project and project.expected_completion else set()


def _only_fact(project: Project, meant: QueryAnalysis) -> Fact | None:
    """The only fact in which a project states the requested cost, time, place or builder, however it was asked."""
    dated = is_asked_for_its_date(project, meant)
    # A message without content words ("and who pays?") asks for any aspect just as clearly.
    asked = {aspect for aspect in meant.aspects if aspect in _TOLD_ALONE or not meant.content}
    found = [(fact, asked.intersection(aspects_answered(fact, meant))) for fact in project.facts]
    # A fact about progress says when the work is to be finished; a fact with another date does not answer that.
    facts = [fact for fact, of in found if of and not (dated and of == {"when"} and "progress" not in fact.answers)]
    return facts[0] if len(facts) == 1 and not denies(facts[0].statement) else None


def open_aspects(match: Match, snapshot: Snapshot) -> set[Aspect]:
    """The aspects that the source leaves open about a project, or about every project of an area."""
    projects = [match.project] if match.project else snapshot.knowledge.projects_of(match.area.id)
    left_open = [{aspect for aspect in project.left_open if not states(project, aspect)} for project in projects]
    return set.intersection(*left_open) if left_open else set()
