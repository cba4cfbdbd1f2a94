"""Texts of a project that its status, or a date that has passed, makes false, with what staff may write instead."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.answers.dated_text import Background, reworded
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City, Project, Translated, ValuePath
from bot.knowledge.contradictions import outdated_note, sentences_of


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that is not told flatly any more."""

    project: Project
    place: ValuePath  #: within the project, such as ("summary", "en")
    field: LazyMessage
    language: Language
    sentence: str
    offered: str  #: what is told instead until staff change it; empty where the sentence should go


def contradictions_of(project: Project, city: City, today: date) -> Iterator[Contradiction]:
    """The contradictions in a project's note, summary and facts, in every language."""
    for language in LANGUAGES:
        note = project.status_note.text_in(language)
        if note and outdated_note(note, project.status):
            field = lazy_gettext("note on the status")
            yield Contradiction(project, ("status_note", language), field, language, note, "")
    background = Background((project,), city.sources[project.source].date, today)
    yield from _in_text(project, project.summary, ("summary",), lazy_gettext("summary"), background)
    for place, fact in enumerate(project.facts):
        written = city.sources[fact.source].date if fact.source else background.written
        field = lazy_gettext("fact “{name}”", name=fact.id)
        of_fact = Background((project,), written, today)
        yield from _in_text(project, fact.statement, ("facts", place, "statement"), field, of_fact)


def _in_text(
    project: Project, text: Translated, place: ValuePath, field: LazyMessage, background: Background
) -> Iterator[Contradiction]:
    for language in LANGUAGES:
        for sentence in sentences_of(text.text_in(language) or ""):
            if offered := reworded(sentence, background, translator_in(language)):
                yield Contradiction(project, (*place, language), field, language, sentence.strip(), offered)


def contradictions_in(projects: Iterable[Project], city: City, today: date) -> list[Contradiction]:
    """The contradictions of several projects."""
    return [found for project in projects for found in contradictions_of(project, city, today)]
