"""Cards: what is told of a project, an area, several things at once, and the whole list."""

from collections.abc import Sequence

from bot.answers.answer import Finding
from bot.answers.labels import left_open, status_word
from bot.answers.reply import (
    MOST_OPTIONS,
    LocalizedKnowledge,
    Option,
    Reply,
    Target,
    all_of,
    area_option,
    first_sentences,
    lines_that_fit,
    one_page,
    options_for,
    paragraphs,
    project_option,
    status_counts,
)
from bot.knowledge import Area, Project, Status


def one_finding(finding: Finding, voice: LocalizedKnowledge) -> Reply:
    lead, project, area = lead_of(finding, voice), finding.match.project, finding.match.area
    return project_card(project, lead, voice) if project else area_card(area, lead, voice, finding.concerned)


def one_detail(project: Project, lead: str, voice: LocalizedKnowledge) -> Reply:
    """Another detail of a project that was just told; the whole card stands behind "More"."""
    text = paragraphs(lead, f"{_project_head(project, voice)}\n{_source_line(project, voice)}")
    return Reply(text, (Option(voice.phrases.gettext("More"), Target("project", project.id)),))


def lead_of(finding: Finding, voice: LocalizedKnowledge) -> str:
    """The very fact that was asked for, or that the source does not give it; nothing when nothing special was asked."""
    if finding.fact:
        return voice.spoken(finding.fact.statement)
    return left_open(finding.left_open, voice.phrases) if finding.left_open else ""


def project_card(project: Project, lead: str, voice: LocalizedKnowledge, page: int = 1) -> Reply:
    """A project: fact first, then what it is and how far. What does not fit is the second page, behind "More"."""
    area = voice.knowledge.area_by_id[project.area]
    related = [voice.knowledge.project_by_id[other] for other in project.related]
    options = [project_option(other, voice) for other in related[: MOST_OPTIONS - 2]] + [all_of(area, voice)]
    text = project_text(project, lead, voice)
    if len(text) <= voice.room:
        return Reply(text, tuple(options))
    status = _status_lines(project, voice)
    if page > 1:
        return Reply(paragraphs(status, voice.spoken(project.summary)), tuple(options))
    more = Option(voice.phrases.gettext("More"), Target("project", project.id, page=2))
    head = _project_head(project, voice) if lead else ""
    return Reply(paragraphs(lead or status, head, _project_footer(project, voice)), (more, *options))


def project_text(project: Project, lead: str, voice: LocalizedKnowledge) -> str:
    """All that a project's card says, however long that is."""
    return paragraphs(
        lead, _status_lines(project, voice), voice.spoken(project.summary), _project_footer(project, voice)
    )


def area_card(
    area: Area, lead: str, voice: LocalizedKnowledge, concerned: Sequence[Project] = (), page: int = 1
) -> Reply:
    """An area: the asked fact, how many projects are how far, its overview, and as options the projects concerned."""
    options = [project_option(project, voice) for project in concerned or voice.knowledge.projects_of(area.id)]
    whole = Target("area", area.id)
    text = area_text(area, lead, voice)
    if len(text) > voice.room:
        more = Option(voice.phrases.gettext("More"), whole)
        shorter = paragraphs(lead, _area_head(area, voice), _area_source(area, voice))
        return Reply(shorter, (*options[: MOST_OPTIONS - 1], more))
    if concerned:
        return Reply(text, (*options[: MOST_OPTIONS - 1], all_of(area, voice)))
    return Reply(text, one_page(options, page, whole, voice.phrases))


def area_text(area: Area, lead: str, voice: LocalizedKnowledge) -> str:
    """All that an area's card says, however long that is."""
    return paragraphs(lead, _area_head(area, voice), voice.spoken(area.overview), _area_source(area, voice))


def findings_together(findings: Sequence[Finding], voice: LocalizedKnowledge) -> Reply:
    """What was asked, one after the other, each with its fact or its summary; shorter where it does not fit."""
    told = list(findings)
    options = options_for([finding.match for finding in findings], voice)
    while True:
        sources = list(dict.fromkeys(_source_line(project, voice) for project in _projects_behind(told, voice)))
        room = voice.room - len(paragraphs(*(_brief(finding, voice, 0) for finding in told), *sources))
        if room >= 0 or len(told) == 1:
            return Reply(
                paragraphs(*(_brief(finding, voice, room // len(told)) for finding in told), *sources), options
            )
        told.pop()  # it stands among the options


def overview(status: Status | None, voice: LocalizedKnowledge, page: int = 1) -> Reply:
    """The whole list: how many projects are how far, in all and by area; with `status`, only those."""
    knowledge = voice.knowledge
    projects = [project for project in knowledge.projects if status in (None, project.status)]
    lines = [
        "• "
        + voice.phrases.gettext(
            "{area}: {counts}", area=voice.spoken(area.title), counts=status_counts(inside, voice.phrases)
        )
        for area in knowledge.areas
        if (inside := [project for project in projects if project.area == area.id])
    ]
    options = [area_option(area, voice) for area in knowledge.areas]
    if status and 0 < len(projects) <= MOST_OPTIONS:
        options = [project_option(project, voice) for project in projects]
    head = _overview_head(status, projects, voice)
    text = paragraphs(head, lines_that_fit(lines, voice.room - len(head) - 2))
    return Reply(text, one_page(options, page, Target("overview"), voice.phrases))


def _overview_head(status: Status | None, projects: Sequence[Project], voice: LocalizedKnowledge) -> str:
    """How many projects there are, or how many of them have the status, and what the others have."""
    phrases, all_projects = voice.phrases, voice.knowledge.projects
    counts = status_counts(all_projects, phrases)
    if status is None:
        return phrases.ngettext(
            "{city} lists {number} livelihood project: {counts}.",
            "{city} lists {number} livelihood projects: {counts}.",
            len(all_projects),
            city=voice.spoken(voice.knowledge.city.name),
            counts=counts,
        )
    head = phrases.gettext(
        "{status}: {number} of {total} projects.",
        status=status_word(status, phrases).capitalize(),
        number=len(projects),
        total=len(all_projects),
    )
    all_counts = "" if len(projects) == len(all_projects) else phrases.gettext("All: {counts}.", counts=counts)
    return phrases.space.join(filter(None, [head, all_counts]))


def _brief(finding: Finding, voice: LocalizedKnowledge, room: int) -> str:
    """One of several findings: what it is, and the asked fact or as much of its summary as fits into `room`."""
    project, area = finding.match.project, finding.match.area
    head = _project_head(project, voice) if project else _area_head(area, voice)
    body = voice.spoken(project.summary) if project else voice.spoken(area.overview)
    lead = lead_of(finding, voice)
    body = "" if finding.fact else first_sentences(body, room - 1)
    return "\n".join(filter(None, [head, lead, body]))


def _projects_behind(findings: Sequence[Finding], voice: LocalizedKnowledge) -> list[Project]:
    return [
        finding.match.project or voice.knowledge.projects_of(finding.match.area.id)[0]
        for finding in findings
        if finding.match.project or voice.knowledge.projects_of(finding.match.area.id)
    ]


def _project_head(project: Project, voice: LocalizedKnowledge) -> str:
    return f"{voice.spoken(project.title)} · {status_word(project.status, voice.phrases)}"


def _area_head(area: Area, voice: LocalizedKnowledge) -> str:
    return f"{voice.spoken(area.title)} · {status_counts(voice.knowledge.projects_of(area.id), voice.phrases)}"


def _area_source(area: Area, voice: LocalizedKnowledge) -> str:
    """The source of the project of an area that was confirmed longest ago."""
    oldest = min(voice.knowledge.projects_of(area.id), key=lambda project: project.as_of, default=None)
    return _source_line(oldest, voice) if oldest else ""


def _project_footer(project: Project, voice: LocalizedKnowledge) -> str:
    """Which area a project belongs to, and its source."""
    area = voice.spoken(voice.knowledge.area_by_id[project.area].title)
    return voice.phrases.gettext("Part of: {area}", area=area) + "\n" + _source_line(project, voice)


def _status_lines(project: Project, voice: LocalizedKnowledge) -> str:
    lines = [_project_head(project, voice)]
    if note := voice.spoken(project.status_note):
        lines.append(note)
    if project.expected_completion:
        expected = voice.spoken(project.expected_completion)
        lines.append(voice.phrases.gettext("Expected completion: {time}", time=expected))
    return "\n".join(lines)


def _source_line(project: Project, voice: LocalizedKnowledge) -> str:
    """Who said so and when; that it may be out of date once the city's limit is past."""
    source, gettext = voice.knowledge.city.sources[project.source], voice.phrases.gettext
    line = gettext("Source: {publisher}, {date}.", publisher=source.publisher, date=voice.phrases.date(source.date))
    old, same_day, confirmed = (
        voice.is_old(project.as_of),
        project.as_of == source.date,
        voice.phrases.date(project.as_of),
    )
    if same_day:
        return line + (voice.phrases.space + gettext("May be out of date.") if old else "")
    sentence = (
        gettext("As of {date}: may be out of date.", date=confirmed)
        if old
        else gettext("As of {date}.", date=confirmed)
    )
    return line + voice.phrases.space + sentence
