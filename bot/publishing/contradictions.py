"""Texts of a project that contradict its status or are out of date, with replacements for staff."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from bot.answers.wording.dated_text import Background, dated_whole, reworded
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City, KnowledgeBase, Project, Sentence, Summary, Translated, ValuePath
from bot.knowledge.contradictions import outdated_note
from bot.knowledge.edits import Edit


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that may no longer be stated as fact."""

    project: Project
    place: ValuePath  #: the place within the project, such as ("summary", "en")
    field: LazyMessage
    language: Language
    sentence: str
    offered: str  #: the replacement that the bot uses until staff change it; empty if the sentence should be deleted
    whole: str = ""  #: the whole text of this place as the bot tells it


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
        translator, written = translator_in(language), text.text_in(language) or ""
        whole = dated_whole(written, background, translator)
        for sentence, offered in reworded(written, background, translator):
            yield Contradiction(project, (*place, language), field, language, sentence.strip(), offered, whole)


def changed_contradictions(old: KnowledgeBase, new: KnowledgeBase, now: datetime) -> list[Contradiction]:
    """The contradictions in the projects that a new version changes or adds."""
    changed = [project for project in new.projects if old.project_by_id.get(project.id) != project]
    return [found for project in changed for found in contradictions_of(project, new.city, new.city.day_at(now))]


def offered_edits(found: Iterable[Contradiction]) -> list[Edit]:
    """Edits that insert the suggested wording, one for each text; none if it would become too long.

    In `found` the contradictions of a text are adjacent, as in `contradictions_of`.
    """
    by_text = groupby(found, key=lambda each: (each.project.id, each.place))
    edits = (_offered_edit(list(of_text)) for _, of_text in by_text)
    return [edit for edit in edits if edit]


def _offered_edit(found: Sequence[Contradiction]) -> Edit | None:
    project, place, language = found[0].project, found[0].place, found[0].language
    match place:
        case ("status_note", _):
            return Edit(project.id, "status_note", language, None)
        case ("summary", _):
            text = _reworded_text(project.summary.text_in(language) or "", found, Summary.limit)
            return Edit(project.id, "summary", language, text) if text else None
        case (_, int(number), *_):
            fact = project.facts[number]
            text = _reworded_text(fact.statement.text_in(language) or "", found, Sentence.limit)
            return Edit(project.id, "statement", language, text, fact.id) if text else None
        case _:
            return None


def _reworded_text(text: str, found: Sequence[Contradiction], limit: int) -> str:
    """The reworded text; if it is too long, without the longest suggested sentences; possibly empty."""
    if len(found[0].whole) <= limit:
        return found[0].whole
    offers = {each.sentence: each.offered for each in found}
    while True:
        new = text
        for sentence, offered in offers.items():
            new = new.replace(sentence if offered or f"{sentence} " not in new else f"{sentence} ", offered, 1)
        new = new.strip()
        longest = max(offers, key=lambda sentence: len(offers[sentence]))
        if len(new) <= limit or not offers[longest]:
            return new if len(new) <= limit else ""
        offers[longest] = ""
