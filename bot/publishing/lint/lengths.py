"""Cards that are too long for one reply."""

from collections.abc import Callable, Iterator
from datetime import date

from bot.answers.cards import area_text, project_text
from bot.answers.reply import LocalizedKnowledge
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Area, Diagnostic, Document, KnowledgeBase, Mark, Project, ValuePath
from bot.knowledge.diagnostics import quoted


def long_replies(
    document: Document, knowledge: KnowledgeBase, translator_in: Callable[[Language], Translator]
) -> Iterator[Diagnostic]:
    """Cards that do not fit into a reply: of areas, and of projects alone and with each of their facts first.

    They are measured as they are once they may be out of date, which is when they are longest.
    """
    for language in LANGUAGES:
        for place, area in enumerate(knowledge.areas):
            yield from _long_area(
                area, ("areas", place), document, LocalizedKnowledge(knowledge, translator_in(language), date.max)
            )
        for place, project in enumerate(knowledge.projects):
            localized = LocalizedKnowledge(knowledge, translator_in(language), date.max)
            yield from _long_project(project, ("projects", place), document, localized)


def _long_area(area: Area, path: ValuePath, document: Document, localized: LocalizedKnowledge) -> Iterator[Diagnostic]:
    length = len(area_text(area, "", localized))
    if length > localized.room:
        hint = lazy_gettext(
            "shorten the overview by {over} characters; else it is not shown", over=length - localized.room
        )
        mark = document.key_mark((*path, "overview", localized.translator.language))
        yield _warning(mark, quoted(area.id), length, hint, localized)


def _long_project(
    project: Project, path: ValuePath, document: Document, localized: LocalizedKnowledge
) -> Iterator[Diagnostic]:
    """One warning, for the card alone or else for that with its longest fact."""
    alone = len(project_text(project, "", localized))
    leads = [localized.text(fact.statement) for fact in project.facts]
    length = max([alone, *(len(project_text(project, lead, localized)) for lead in leads)])
    if length <= localized.room:
        return
    name = (
        quoted(project.id)
        if alone > localized.room
        else lazy_gettext("{entry} with a fact first", entry=quoted(project.id))
    )
    hint = lazy_gettext(
        "shorten its texts by {over} characters; else only “More” shows the summary", over=length - localized.room
    )
    yield _warning(document.key_mark((*path, "summary", localized.translator.language)), name, length, hint, localized)


def _warning(
    mark: Mark, name: str | LazyMessage, length: int, hint: LazyMessage, localized: LocalizedKnowledge
) -> Diagnostic:
    sentence = lazy_gettext(
        "the card of {entry} has {length} characters in `{language}`, and {room} fit into a reply",
        entry=name,
        length=length,
        language=localized.translator.language,
        room=localized.room,
    )
    return Diagnostic(mark, "warning", sentence, hint)
