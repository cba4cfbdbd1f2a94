"""Cards that are too long for one reply."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeAlias

from bot.answers.reply import LocalizedKnowledge
from bot.answers.wording.cards import area_text, project_text
from bot.i18n.languages import LANGUAGES, Language
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
from bot.knowledge import Area, Diagnostic, Document, KnowledgeBase, Project, ValuePath
from bot.knowledge.diagnostics import quoted

_Fault: TypeAlias = tuple[LazyMessage, LazyMessage] | None  #: a message and what to do


def long_replies(
    document: Document, knowledge: KnowledgeBase, translator_in: Callable[[Language], Translator]
) -> Iterator[Diagnostic]:
    """Cards that do not fit into a reply: of areas, and of projects alone and with each of their facts.

    They are measured with the note that they may be out of date, when they are longest.
    """
    for language in LANGUAGES:
        localized = LocalizedKnowledge(knowledge, translator_in(language), date.max)
        for place, area in enumerate(knowledge.areas):
            yield from _warning(document, ("areas", place, "overview", language), _long_area(area, localized))
        for place, project in enumerate(knowledge.projects):
            yield from _warning(document, ("projects", place, "summary", language), _long_project(project, localized))


def _warning(document: Document, path: ValuePath, fault: _Fault) -> Iterator[Diagnostic]:
    if fault:
        yield Diagnostic(document.key_mark(path), "warning", *fault)


def _long_area(area: Area, localized: LocalizedKnowledge) -> _Fault:
    length = len(area_text(area, "", localized))
    hint = lazy_gettext("shorten the overview by {over} characters; else it is not shown")
    return _fault(quoted(area.id), length, hint, localized)


def _long_project(project: Project, localized: LocalizedKnowledge) -> _Fault:
    """What is too long: the card alone, or else the card with its longest fact."""
    alone = len(project_text(project, "", localized))
    leads = [localized.text(fact.statement) for fact in project.facts]
    length = max([alone, *(len(project_text(project, lead, localized)) for lead in leads)])
    name = quoted(project.id)
    if alone <= localized.room:
        name = lazy_gettext("{entry} with a fact first", entry=name)
    hint = lazy_gettext("shorten its texts by {over} characters; else only “More” shows the summary")
    return _fault(name, length, hint, localized)


def _fault(name: LazyMessage, length: int, hint: LazyMessage, localized: LocalizedKnowledge) -> _Fault:
    if length <= localized.room:
        return None
    sentence = lazy_gettext(
        "the card of {entry} has {length} characters in `{language}`, and {room} fit into a reply",
        entry=name,
        length=length,
        language=localized.translator.language,
        room=localized.room,
    )
    return sentence, hint.filled(over=length - localized.room)
