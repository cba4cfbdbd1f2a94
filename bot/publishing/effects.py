"""What a draft changes for citizens: answers about new projects, and questions that lose their answer.

Both versions are asked the questions that the files themselves contain. Only the areas with a changed entry are asked
again, with a few phrasings of each entry; this takes about a second for a city's file. Nothing is asked if no text that
is learned has changed, for example after a change of status.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.answers.answer import areas_of, projects_of
from bot.answers.decision import decide
from bot.answers.learning.phrasings import learns_the_same
from bot.answers.render import compose, show
from bot.answers.reply import Target
from bot.answers.requests import decide_message
from bot.answers.snapshot import Snapshot
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import Translator
from bot.i18n.text_length import shorten
from bot.knowledge import Area, Project
from bot.publishing.contradictions import Contradiction, changed_contradictions

#: The number of phrasings of an entry, and of questions of a fact, that are asked in each language.
_SAMPLE = 4
#: The number of questions asked about a new project, and the characters of each reply that are shown.
_TRIES, _SHOWN = 10, 90
#: The number of new projects that are shown with cards and questions.
_NEW = 5


@dataclass(frozen=True, slots=True)
class LostQuestion:
    """A question that only the old version answers."""

    question: str
    before: str  #: the id of the project or area that it was answered with


@dataclass(frozen=True, slots=True)
class TriedQuestion:
    """A question about a new project, and the beginning of the reply."""

    question: str
    reply: str
    is_about_it: bool


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project that the draft adds, as citizens will see it."""

    project: Project
    card: str
    tried: tuple[TriedQuestion, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a draft changes for citizens."""

    contradictions: Sequence[Contradiction] = ()
    new_projects: Mapping[Language, Sequence[NewProject]] = field(default_factory=dict)  #: by the reader's language
    lost_questions: Sequence[LostQuestion] = ()


def effects_of(old: Snapshot, new: Snapshot, now: datetime) -> Effects:
    """The effects of a draft; takes a second or two for a city's file if texts have changed."""
    return Effects(
        changed_contradictions(old.knowledge, new.knowledge, now),
        {language: new_projects(old, new, translator_in(language), now) for language in LANGUAGES},
        lost_questions(old, new),
    )


def lost_questions(old: Snapshot, new: Snapshot) -> list[LostQuestion]:
    """The questions in both versions' files that the old version answers and the new one does not."""
    if learns_the_same(old.knowledge, new.knowledge):
        return []
    areas = _changed_areas(old, new)
    asked = dict.fromkeys((text, entry) for text, entry in _questions(old) if _area_of(entry, old) in areas)
    return [
        LostQuestion(text, entry)
        for text, entry in asked
        if _area_of(entry, new) and _answers(text, entry, old) and not _answers(text, entry, new)
    ]


def new_projects(old: Snapshot, new: Snapshot, translator: Translator, now: datetime) -> list[NewProject]:
    """The first five projects that only the new version has, with their cards and ten questions about each."""
    come = [project for project in new.knowledge.projects if project.id not in old.knowledge.project_by_id]
    return [_tried(project, new, translator, now) for project in come[:_NEW]]


def _tried(project: Project, new: Snapshot, translator: Translator, now: datetime) -> NewProject:
    card = show(Target("project", project.id), new.knowledge, translator, new.knowledge.city.day_at(now))
    questions = questions_about(project, translator, new.knowledge.city.default_language)
    tried = tuple(_try(question, project, new, translator, now) for question in questions)
    return NewProject(project, card.text if card else "", tried)


def _try(question: str, project: Project, new: Snapshot, translator: Translator, now: datetime) -> TriedQuestion:
    decision, opening = decide_message(question, new)
    day = new.knowledge.city.day_at(now)
    reply = compose(decision.answer, new.knowledge, translator, day, opening=opening)
    begins = reply.text.split("\n", 1)[0]
    return TriedQuestion(question, shorten(begins, _SHOWN), project.id in projects_of(decision.answer))


def questions_about(project: Project, translator: Translator, default: Language) -> list[str]:
    """Ten questions about a project, from its title, facts and phrasings."""
    gettext, language = translator.gettext, translator.language
    title = project.title.in_language(language, default)
    of_facts = [text for fact in project.facts for text in fact.questions.texts_in(language)[:2]]
    questions = [
        title,
        gettext("when will this be finished: {title}", title=title),
        gettext("how much does it cost: {title}", title=title),
        gettext("where is it: {title}", title=title),
        gettext("what is happening with this: {title}", title=title),
        *of_facts,
        *project.phrasings.texts_in(language),
        *(project.title.text_in(other) or "" for other in LANGUAGES),
    ]
    return list(dict.fromkeys(filter(None, questions)))[:_TRIES]


def _changed_areas(old: Snapshot, new: Snapshot) -> set[str]:
    """The ids of the areas with a changed entry; all areas if a topic elsewhere changed."""
    before, after = old.knowledge, new.knowledge
    if before.topics_elsewhere != after.topics_elsewhere:
        return set(after.area_by_id)
    areas = {area.id for area in after.areas if before.area_by_id.get(area.id) != area}
    for one, other in ((before, after), (after, before)):
        areas |= {project.area for project in one.projects if other.project_by_id.get(project.id) != project}
    return areas


def _questions(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """A few questions about each area and project, with its id."""
    entries: Iterable[Area | Project] = (*snapshot.knowledge.areas, *snapshot.knowledge.projects)
    for entry in entries:
        for ways in (entry.phrasings, *(fact.questions for fact in entry.facts)):
            yield from ((text, entry.id) for text in ways.sample(_SAMPLE))


def _area_of(entry: str, snapshot: Snapshot) -> str:
    """The id of an entry's area; empty if there is no such entry."""
    project = snapshot.knowledge.project_by_id.get(entry)
    return project.area if project else entry if entry in snapshot.knowledge.area_by_id else ""


def _answers(text: str, entry: str, snapshot: Snapshot) -> bool:
    """Whether a question gets an answer about the entry, or about its area."""
    answer = decide(text, snapshot).answer
    return entry in projects_of(answer) or _area_of(entry, snapshot) in areas_of(answer, snapshot.knowledge)
