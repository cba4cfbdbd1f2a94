"""Stale projects: confirmed too long ago, or not complete by the expected date."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.i18n.message import Translator
from bot.knowledge import Area, City, KnowledgeBase, Project
from bot.knowledge.deadlines import deadline_of
from bot.publishing.project_list import expected_time


@dataclass(frozen=True, slots=True)
class StaleProject:
    """A project that staff should check, for one or both reasons."""

    project: Project
    unconfirmed: int | None  #: days since `as_of`, if too many
    deadline: date | None  #: the last day of the expected completion
    overdue: int | None  #: days since `deadline`, if it has passed


@dataclass(frozen=True, slots=True)
class StaleArea:
    """The stale projects of one area, in the order of the file."""

    area: Area
    projects: tuple[StaleProject, ...]


def stale_areas(knowledge: KnowledgeBase, today: date) -> tuple[StaleArea, ...]:
    """Every stale project by area, in the order of the file; other areas are left out. O(projects x areas)."""
    by_area = (
        StaleArea(area, tuple(_stale(knowledge.projects_of(area.id), today, knowledge.city)))
        for area in knowledge.areas
    )
    return tuple(found for found in by_area if found.projects)


def overdue_days(project: Project, city: City, today: date) -> int | None:
    """The number of days since the expected completion; None if the project is over or still has time."""
    deadline = None if project.status.is_over else _deadline(project, city)
    return (today - deadline).days if deadline and deadline < today else None


def _stale(projects: Iterable[Project], today: date, city: City) -> Iterable[StaleProject]:
    for project in projects:
        unconfirmed = (today - project.as_of).days if city.is_stale(project.as_of, today) else None
        overdue = overdue_days(project, city, today)
        if unconfirmed is not None or overdue is not None:
            yield StaleProject(project, unconfirmed, _deadline(project, city), overdue)


def _deadline(project: Project, city: City) -> date | None:
    return deadline_of(project, city.sources[project.source].date)


# --- In words -------------------------------------------------------------------------------------------------------


def format_stale(areas: Iterable[StaleArea], city: City, translator: Translator) -> str:
    """The whole list as one text, or a friendly sentence if it is empty."""
    areas = tuple(areas)
    blocks = [format_stale_head(areas, city, translator)]
    for found in areas:
        title = found.area.title.in_language(translator.language, city.default_language)
        blocks.append(
            "\n".join([title, *(f"• {format_stale_line(each, city, translator)}" for each in found.projects)])
        )
    return "\n\n".join(blocks)


def format_stale_head(areas: Iterable[StaleArea], city: City, translator: Translator) -> str:
    """The heading of the list: the number of projects, and why."""
    count = sum(len(found.projects) for found in areas)
    if not count:
        return translator.gettext("Everything is up to date: no project needs re-confirming.")
    return translator.ngettext(
        "{number} project needs re-confirming: confirmed more than {limit} days ago, or expected to be ready by now.",
        "{number} projects need re-confirming: confirmed more than {limit} days ago, or expected to be ready by now.",
        count,
        limit=city.stale_after_days,
    )


def format_stale_line(stale: StaleProject, city: City, translator: Translator) -> str:
    """One project of the list: its title and status, and each reason with its number of days."""
    project = stale.project
    title = project.title.in_language(translator.language, city.default_language)
    return translator.gettext(
        "{title} ({status}): {reasons}",
        title=title,
        status=project.status.info.label.render(translator),
        reasons=translator.gettext("; ").join(_reasons(stale, city, translator)),
    )


def _reasons(stale: StaleProject, city: City, translator: Translator) -> Iterator[str]:
    if stale.unconfirmed is not None:
        yield translator.ngettext(
            "confirmed {number} day ago, on {day}",
            "confirmed {number} days ago, on {day}",
            stale.unconfirmed,
            day=translator.date(stale.project.as_of),
        )
    if stale.overdue is not None:
        yield translator.ngettext(
            "expected “{time}”, which was over {number} day ago",
            "expected “{time}”, which was over {number} days ago",
            stale.overdue,
            time=expected_time(stale.project, city, translator),
        )
