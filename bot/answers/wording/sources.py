"""The line below each statement with its source and date.

A statement is shown with the source and the date of its entry, unless its fact names its own. An area has no source of
its own: its date is that of the project that was confirmed longest ago.
"""

from datetime import date

from bot.answers.answer import Finding
from bot.answers.reply import LocalizedKnowledge
from bot.knowledge import Area, Fact, KnowledgeBase, Project


def project_source(project: Project, localized: LocalizedKnowledge) -> str:
    return _line(project.source, project.as_of, localized)


def area_source(area: Area, localized: LocalizedKnowledge) -> str:
    """The source of the area's project that was confirmed longest ago; empty for an area without projects."""
    oldest = _oldest(localized.knowledge.projects_of(area.id))
    return project_source(oldest, localized) if oldest else ""


def finding_source(finding: Finding, localized: LocalizedKnowledge) -> str:
    """The source of a finding: that of its fact, or else of its project or area."""
    project, area = finding.match.project, finding.match.area
    if finding.fact:
        return fact_source(finding.fact, area, localized)
    return project_source(project, localized) if project else area_source(area, localized)


def fact_source(fact: Fact, area: Area, localized: LocalizedKnowledge) -> str:
    """The source of a fact of an area or of one of its projects; empty if it has none."""
    knowledge = localized.knowledge
    owner = fact_owner(fact, area, knowledge)
    concerned = [knowledge.project_by_id[name] for name in fact.concerns if name in knowledge.project_by_id]
    entry = owner or _oldest(concerned or knowledge.projects_of(area.id))
    if entry is None:
        return ""
    source = fact.source or entry.source
    published = knowledge.city.sources[source].date
    as_of = fact.as_of or (entry.as_of if source == entry.source else published)
    return _line(source, as_of, localized)


def fact_owner(fact: Fact, area: Area, knowledge: KnowledgeBase) -> Project | None:
    """The project that a fact belongs to; None for a fact of the area itself."""
    projects = knowledge.projects_of(area.id)
    return next((project for project in projects if any(fact is known for known in project.facts)), None)


def _oldest(projects: list[Project]) -> Project | None:
    return min(projects, key=lambda project: project.as_of, default=None)


def _line(name: str, as_of: date, localized: LocalizedKnowledge) -> str:
    """Source and date, with a note if the date is older than the city's limit."""
    source, gettext = localized.knowledge.city.sources[name], localized.translator.gettext
    line = gettext(
        "Source: {publisher}, {date}.", publisher=source.publisher, date=localized.translator.date(source.date)
    )
    old, confirmed = localized.is_old(as_of), localized.translator.date(as_of)
    if as_of == source.date:
        return line + (localized.translator.space + gettext("May be out of date.") if old else "")
    sentence = (
        gettext("As of {date}: may be out of date.", date=confirmed)
        if old
        else gettext("As of {date}.", date=confirmed)
    )
    return line + localized.translator.space + sentence
