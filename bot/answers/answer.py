"""What the bot decided to answer, before it is put into words."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.knowledge import Area, Aspect, Fact, Intent, KnowledgeBase, Project, Status, TopicElsewhere


@dataclass(frozen=True, slots=True)
class Match:
    """What a question may be about: a project, or an area as a whole."""

    area: Area
    project: Project | None  #: None means the area as a whole
    confidence: float  #: the probability, 0 to 1, that the question is about this
    phrasing: str  #: the phrasing that matched best

    @property
    def id(self) -> str:
        """The id of the project, or of the area if there is no project."""
        return self.project.id if self.project else self.area.id


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was asked, with the fact that answers it or the aspect that the source leaves open."""

    match: Match
    fact: Fact | None = None
    concerned: tuple[Project, ...] = ()  #: the projects that a fact of the area is about
    left_open: Aspect | None = None
    extra: "Finding | None" = None  #: a second fact that may be asked for, if `fact` is None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer is known: one finding for each thing that was asked."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The question asks for all projects, or all with one status."""

    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """Two or three things fit equally well; the bot asks back."""

    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Unsure:
    """Something may fit, but not well enough for an answer; the bot offers it."""

    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing fits, or only a topic that this bot does not cover."""

    topic: TopicElsewhere | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """Someone is in danger or distress; the reply starts with whom to call."""

    kind: str  #: see emergencies/signs.yaml


@dataclass(frozen=True, slots=True)
class About:
    """A question about the bot or its source; see requests.yaml for the kinds."""

    kind: str
    area: Area | None = None  #: the area in focus
    project: Project | None = None
    text: str = ""  #: the message itself, if it has no words


@dataclass(frozen=True, slots=True)
class Smalltalk:
    """Small talk with the bot."""

    intent: Intent


Answer: TypeAlias = Found | Overview | Several | Unsure | NotFound | Smalltalk | Emergency | About


@dataclass(frozen=True, slots=True)
class Opening:
    """What a reply says in addition to the answer."""

    contact: bool = False  #: whether a telephone number was asked for
    contact_area: str | None = None  #: the area whose number is given; None means the city's number
    polar: str | None = None  #: the kind of yes-or-no question, see polar.yaml
    stated: bool = True  #: whether the file covers everything that a yes-or-no question asks, so that "yes" is true
    touched: bool = False  #: whether the reply shows words of it, so that "the source does not say so" is false
    other_language: bool = False  #: whether the message is in a language that the bot understands but does not speak
    other_city: bool = False  #: whether the message names a city that the knowledge says nothing about


def kind_of(answer: Answer) -> Literal["answer", "suggestions", "smalltalk", "unknown"]:
    """The kind of the answer in the output for scripts."""
    match answer:
        case Found() | Overview():
            return "answer"
        case Several() | Unsure():
            return "suggestions"
        case Smalltalk() | About():
            return "smalltalk"
        case NotFound() | Emergency():
            return "unknown"


def outcome_of(answer: Answer) -> str:
    """The class of the answer in snake case, for metrics."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", type(answer).__name__).lower()


def matches_of(answer: Answer) -> tuple[Match, ...]:
    """What is answered or offered, best first."""
    match answer:
        case Found(findings=findings):
            return tuple(finding.match for finding in findings)
        case Several(matches=matches) | Unsure(matches=matches):
            return matches
        case _:
            return ()


def areas_of(answer: Answer, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The areas that are answered or offered, for scripts, best first; all areas for an overview."""
    if isinstance(answer, Overview):
        return tuple(area.id for area in knowledge.areas)
    return tuple(dict.fromkeys(match.area.id for match in matches_of(answer)))


def projects_of(answer: Answer) -> dict[str, Match]:
    """The projects that are answered or offered, best first, then those that a fact of an area is about."""
    projects = {match.project.id: match for match in matches_of(answer) if match.project}
    if isinstance(answer, Found):
        projects |= {project.id: finding.match for finding in answer.findings for project in finding.concerned}
    return projects
