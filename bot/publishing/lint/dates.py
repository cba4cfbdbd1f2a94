"""Days that cannot be right: confirmed in the future, or promised for a day that is past."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.i18n.message import lazy_gettext
from bot.knowledge import Diagnostic, Document, KnowledgeBase, Project
from bot.knowledge.deadlines import due_instead_of_words, last_day, names_a_year
from bot.knowledge.diagnostics import quoted
from bot.publishing.staleness import overdue_days


def wrong_dates(document: Document, knowledge: KnowledgeBase, today: date) -> Iterator[Diagnostic]:
    """Projects confirmed after today, with a `due` that cannot be right, or that should be completed by now."""
    for place, project in enumerate(knowledge.projects):
        path, name = ("projects", place), quoted(project.id)
        if project.as_of > today:
            yield Diagnostic(
                document.mark((*path, "as_of")),
                "warning",
                lazy_gettext("`as_of` of {project} is in the future: {day}", project=name, day=project.as_of),
                lazy_gettext("write the day on which this was last confirmed"),
            )
        written = knowledge.city.sources[project.source].date
        if project.due and project.due < written and not project.status.ends_expectations:
            yield Diagnostic(
                document.mark((*path, "due")),
                "warning",
                lazy_gettext(
                    "`due` of {project} is {day}, before its source was published", project=name, day=project.due
                ),
                lazy_gettext("correct the day, or name the source that gives it; until then it is not used"),
            )
        elif project.expected_completion and (due := due_instead_of_words(project, written)):
            yield Diagnostic(
                document.key_mark((*path, "expected_completion")),
                "warning",
                lazy_gettext("`expected_completion` and `due` of {project} name different times", project=name),
                lazy_gettext("write the same time in both; until then I say: {day}", day=due),
            )
        overdue = overdue_days(project, knowledge.city, today)
        if overdue and not project.status.ends_expectations and not _is_placed(project):
            yield Diagnostic(
                document.key_mark((*path, "expected_completion")),
                "warning",
                lazy_gettext(
                    "{project} was expected to be completed by {day}, and its status is still `{status}`",
                    project=name,
                    day=today - timedelta(days=overdue),
                    status=str(project.status),
                ),
                lazy_gettext("ask for the current status, and write `status`, `expected_completion` and `as_of` again"),
            )


def _is_placed(project: Project) -> bool:
    """Whether readers see which year is meant, and that nothing later is known.

    “By the end of the year” is what the source said; a status note with the day of `as_of` says when it said so. A day
    with its year is past for every reader.
    """
    times = project.expected_completion.texts if project.expected_completion else ()
    dated = any(last_day(note, project.as_of) == project.as_of for note in project.status_note.texts)
    return dated and not any(map(names_a_year, times))
