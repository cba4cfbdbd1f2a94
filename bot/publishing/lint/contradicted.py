"""Texts that contradict their project's status."""

from collections.abc import Iterator
from datetime import date

from bot.i18n.message import lazy_gettext
from bot.knowledge import Diagnostic, Document, KnowledgeBase
from bot.knowledge.diagnostics import quoted, shortened
from bot.publishing.contradictions import contradictions_of


def contradicted(document: Document, knowledge: KnowledgeBase) -> Iterator[Diagnostic]:
    """A warning for each sentence that the status of its project makes false; see wrong_dates for dates."""
    for place, project in enumerate(knowledge.projects):
        for found in contradictions_of(project, knowledge.city, date.min):
            sentence = lazy_gettext(
                "{text} contradicts the status `{status}` of {project}",
                text=quoted(shortened(found.sentence)),
                status=str(project.status),
                project=quoted(project.id),
            )
            hint = (
                lazy_gettext("write what is so now; until then I say: {text}", text=found.offered)
                if found.offered
                else lazy_gettext("take it out, or write what is so now")
            )
            yield Diagnostic(document.mark(("projects", place, *found.place)), "warning", sentence, hint)
