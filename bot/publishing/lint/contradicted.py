"""Texts that contradict their project's status, or contain times relative to the date of their source."""

from collections.abc import Iterator
from datetime import date

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import Diagnostic, Document, KnowledgeBase
from bot.knowledge.contradictions import contradicts_status
from bot.knowledge.diagnostics import quoted, shortened
from bot.knowledge.relative_dates import depends_on_its_day
from bot.publishing.contradictions import Contradiction, contradictions_of


def contradicted(document: Document, knowledge: KnowledgeBase) -> Iterator[Diagnostic]:
    """A warning for each sentence that cannot be told as fact on any day; for dates see `wrong_dates`."""
    for place, project in enumerate(knowledge.projects):
        for found in contradictions_of(project, knowledge.city, date.min):
            hint = (
                lazy_gettext("write what is true now; until then I say: {text}", text=found.offered)
                if found.offered
                else lazy_gettext("remove it, or write what is true now")
            )
            yield Diagnostic(document.mark(("projects", place, *found.place)), "warning", _fault(found), hint)


def _fault(found: Contradiction) -> LazyMessage:
    text, name = quoted(shortened(found.sentence)), quoted(found.project.id)
    status = found.project.status
    if depends_on_its_day(found.sentence) and not contradicts_status(found.sentence, status):
        return lazy_gettext(
            "{text} of {project} names a time that only the day of its source gives", text=text, project=name
        )
    return lazy_gettext(
        "{text} contradicts the status `{status}` of {project}", text=text, status=str(status), project=name
    )
