"""Dates that cannot be right: confirmed in the future, or expected on a day that has passed."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import City, Diagnostic, Document, KnowledgeBase, Project
from bot.knowledge.deadlines import due_instead_of_words, last_day, names_a_year
from bot.knowledge.diagnostics import quoted
from bot.publishing.staleness import overdue_days

_Fault: TypeAlias = tuple[LazyMessage, LazyMessage] | None  #: a message and what to do


def wrong_dates(document: Document, knowledge: KnowledgeBase, today: date) -> Iterator[Diagnostic]:
    """Projects confirmed after today, with an impossible `due`, or with an expected completion in the past."""
    for place, project in enumerate(knowledge.projects):
        path, written = ("projects", place), knowledge.city.sources[project.source].date
        expected = document.key_mark((*path, "expected_completion"))
        found = (
            (document.mark((*path, "as_of")), _confirmed_later(project, today)),
            (document.mark((*path, "due")), _due_too_early(project, written)),
            (expected, _other_time(project, written)),
            (expected, _overdue(project, knowledge.city, today)),
        )
        for mark, fault in found:
            if fault:
                yield Diagnostic(mark, "warning", *fault)


def _confirmed_later(project: Project, today: date) -> _Fault:
    if project.as_of <= today:
        return None
    return (
        lazy_gettext("`as_of` of {project} is in the future: {day}", project=quoted(project.id), day=project.as_of),
        lazy_gettext("write the day on which this was last confirmed"),
    )


def _due_too_early(project: Project, written: date) -> _Fault:
    if not project.due or project.due >= written or project.status.ends_expectations:
        return None
    name = quoted(project.id)
    return (
        lazy_gettext("`due` of {project} is {day}, before its source was published", project=name, day=project.due),
        lazy_gettext("correct the day, or name the source that gives it; until then it is not used"),
    )


def _other_time(project: Project, written: date) -> _Fault:
    due = due_instead_of_words(project, written)
    if not project.expected_completion or not due:
        return None
    return (
        lazy_gettext("`expected_completion` and `due` of {project} name different times", project=quoted(project.id)),
        lazy_gettext("write the same time in both; until then I say: {day}", day=due),
    )


def _overdue(project: Project, city: City, today: date) -> _Fault:
    days = overdue_days(project, city, today)
    if not days or project.status.ends_expectations or _is_placed(project):
        return None
    return (
        lazy_gettext(
            "{project} was expected to be completed by {day}, and its status is still `{status}`",
            project=quoted(project.id),
            day=today - timedelta(days=days),
            status=str(project.status),
        ),
        lazy_gettext("ask for the current status, and write `status`, `expected_completion` and `as_of` again"),
    )


def _is_placed(project: Project) -> bool:
    """Whether readers see which year is meant, and that nothing later is known.

    “By the end of the year” is what the source said; a status note with the day of `as_of` shows when. A date with its
    year is recognisably past.
    """
    times = project.expected_completion.texts if project.expected_completion else ()
    dated = any(last_day(note, project.as_of) == project.as_of for note in project.status_note.texts)
    return dated and not any(map(names_a_year, times))
