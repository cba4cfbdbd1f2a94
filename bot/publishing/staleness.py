"""Stale projects: confirmed too long ago, or not complete by the expected date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.knowledge import Area, City, KnowledgeBase, Project
from bot.knowledge.deadlines import deadline_of


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
