"""Cards: the text about a project, an area, several things at once, and the whole list."""

from collections.abc import Sequence

from bot.answers.answer import Finding
from bot.answers.reply import (
    MAX_OPTIONS,
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
    unsaid_sentences,
    without_repetition,
)
from bot.answers.wording.dated_text import (
    background_of_area,
    background_of_project,
    changed_statuses,
    dated_completion,
    dated_note,
    dated_text,
    is_dated,
    status_now,
)
from bot.answers.wording.sources import area_source, fact_owner, finding_source, project_source
from bot.i18n.message import Translator
from bot.knowledge import Area, Aspect, Fact, Project, Status

#: The most characters of the body of a short form, and of what follows a yes or no.
_SHORT, _KNOWN = 200, 320
#: The most characters of a fact with its title and notes: of a project, and of an area.
_BRIEF, _BRIEF_OF_AREA = 240, 400


def one_finding(finding: Finding, localized: LocalizedKnowledge) -> Reply:
    """What was asked; an option shows the rest of the card."""
    project, area = finding.match.project, finding.match.area
    if project is None:
        lead = _lead_with_source(finding, area_source(area, localized), localized)
        return with_extra_fact(area_card(area, lead, localized, finding.concerned), finding, localized)
    whole = project_card(project, "", localized)
    if not lead_of(finding, localized):
        return with_extra_fact(whole, finding, localized)
    detail = one_detail(project, finding, localized)
    return Reply(detail.text, (*detail.options, *whole.options[-(MAX_OPTIONS - 1) :]))


def with_extra_fact(reply: Reply, finding: Finding, localized: LocalizedKnowledge) -> Reply:
    """Add the extra fact of the finding, unless the reply already contains it or has no room for it."""
    extra = finding.extra
    if extra is None:
        return reply
    lead, source, own = (
        lead_of(extra, localized),
        finding_source(finding, localized),
        finding_source(extra, localized),
    )
    if not unsaid_sentences(lead, reply.text, len(lead)):
        return reply
    project = extra.match.project if finding.match.project is None else None
    extra_lead = f"{localized.text(project.title)}: {lead}" if project else lead
    card = reply.text.removesuffix(source).rstrip()
    text = paragraphs(card, extra_lead, source) if own == source else paragraphs(card, source, f"{extra_lead}\n{own}")
    return Reply(text, reply.options) if len(text) <= localized.room else reply


def short_form(project: Project | None, area: Area, localized: LocalizedKnowledge) -> str:
    """A project or area in two lines, and a third if a completion is expected."""
    head = _project_head(project, localized) if project else _area_head(area, localized)
    completion = dated_completion(project, localized) if project else ""
    body = _summary(project, localized, completion) if project else _overview(area, localized, head)
    return "\n".join(filter(None, [head, completion, first_sentences(body, _SHORT - len(completion))]))


def known_of(finding: Finding, localized: LocalizedKnowledge, *, headed: bool = False) -> str:
    """What follows a yes or no: the fact, or else what the project or area is; `headed` adds its status."""
    project, area = finding.match.project, finding.match.area
    head = _project_head(project, localized) if project and headed else ""
    if finding.fact:
        status = status_now(project, localized) if project else ""
        return "\n".join(filter(None, [head, lead_of(finding, localized).removeprefix(status).lstrip()]))
    if project is None:
        return first_sentences(_overview(area, localized), _KNOWN)
    completion = dated_completion(project, localized)
    summary = first_sentences(_summary(project, localized, completion), _KNOWN)
    return "\n".join(filter(None, [head, completion, summary]))


def one_detail(project: Project, finding: Finding, localized: LocalizedKnowledge) -> Reply:
    """Another detail of a project that was just shown; "More" shows the whole card."""
    lead, head = lead_of(finding, localized), _project_head(project, localized)
    said = f"{lead} {head}"
    rest = unsaid_sentences(_summary(project, localized, said), said, _BRIEF - len(said))
    source = project_source(project, localized)
    if not rest:
        text = paragraphs(lead, f"{head}\n{finding_source(finding, localized)}")
    else:
        text = paragraphs(_lead_with_source(finding, source, localized), f"{head}\n{rest}", source)
    return Reply(text, (Option(localized.translator.gettext("More"), Target("project", project.id)),))


def lead_of(finding: Finding, localized: LocalizedKnowledge) -> str:
    """The requested fact, or that the source does not give it; empty if nothing particular was asked."""
    if finding.fact:
        return _fact_now(finding.fact, finding, localized)
    return _left_open(finding.left_open, localized.translator) if finding.left_open else ""


def _left_open(aspect: Aspect, translator: Translator) -> str:
    """Says that the source does not answer the question."""
    gettext = translator.gettext
    sentences: dict[Aspect, str] = {
        "when": gettext("The source does not say when."),
        "where": gettext("The source does not say where."),
        "how-many": gettext("The source gives no number for this."),
        "which": gettext("The source does not say which."),
        "who": gettext("The source does not say who."),
        "for-whom": gettext("The source does not say for whom."),
        "cost": gettext("The source gives no costs or prices."),
        "why": gettext("The source gives no reason."),
        "how": gettext("The source does not say how."),
        "progress": gettext("The source does not say how far the work has progressed."),
    }
    return sentences[aspect]


def _fact_now(fact: Fact, finding: Finding, localized: LocalizedKnowledge) -> str:
    """The statement of a fact, preceded by the status of its project if that changed what was stated."""
    area = finding.match.area
    project = fact_owner(fact, area, localized.knowledge) or finding.match.project
    if project is None:
        named = [localized.knowledge.project_by_id[name] for name in fact.concerns]
        statement = dated_text(fact.statement, background_of_area(area, localized, named, fact.source), localized)
        return "\n".join(filter(None, [statement, changed_statuses(named, localized)]))
    background = background_of_project(project, localized, fact.source)
    statement = dated_text(fact.statement, background, localized)
    first = status_now(project, localized) if is_dated(fact.statement, background, localized) else ""
    return localized.translator.space.join(filter(None, [first, statement]))


def _summary(project: Project, localized: LocalizedKnowledge, said: str) -> str:
    return dated_text(project.summary, background_of_project(project, localized), localized, said)


def _overview(area: Area, localized: LocalizedKnowledge, said: str = "") -> str:
    """The overview as of today; empty without projects, since it is based on their sources."""
    if not localized.knowledge.projects_of(area.id):
        return ""
    return dated_text(area.overview, background_of_area(area, localized), localized, said)


def _lead_with_source(finding: Finding, of_card: str, localized: LocalizedKnowledge) -> str:
    """The lead, followed by the source of its fact if that differs from the source of the card."""
    lead = lead_of(finding, localized)
    source = finding_source(finding, localized) if finding.fact else of_card
    return lead if source == of_card else "\n".join(filter(None, [lead, source]))


def project_card(project: Project, lead: str, localized: LocalizedKnowledge, page: int = 1) -> Reply:
    """A project: the fact first, then its description and status. "More" shows what does not fit, as a second page."""
    area = localized.knowledge.area_by_id[project.area]
    related = [localized.knowledge.project_by_id[other] for other in project.related]
    options = [project_option(other, localized) for other in related[: MAX_OPTIONS - 2]] + [all_of(area, localized)]
    text = project_text(project, lead, localized)
    if len(text) <= localized.room:
        return Reply(text, tuple(options))
    status = _status_lines(project, localized)
    if page > 1:
        return Reply(paragraphs(status, _summary(project, localized, status)), tuple(options))
    more = Option(localized.translator.gettext("More"), Target("project", project.id, page=2))
    head = _project_head(project, localized) if lead else ""
    return Reply(paragraphs(lead or status, head, project_source(project, localized)), (more, *options))


def project_text(project: Project, lead: str, localized: LocalizedKnowledge) -> str:
    """The full text of a project's card, of any length."""
    status = _status_lines(project, localized, said=lead)
    return paragraphs(lead, status, _summary(project, localized, lead + status), project_source(project, localized))


def area_card(
    area: Area, lead: str, localized: LocalizedKnowledge, concerned: Sequence[Project] = (), page: int = 1
) -> Reply:
    """An area: the requested fact, the projects by status, its overview; the projects concerned are options."""
    options = [project_option(project, localized) for project in concerned or localized.knowledge.projects_of(area.id)]
    whole = Target("area", area.id)
    text = area_text(area, lead, localized)
    if len(text) > localized.room:
        more = Option(localized.translator.gettext("More"), whole)
        shorter = paragraphs(lead, _area_head(area, localized), area_source(area, localized))
        return Reply(shorter, (*options[: MAX_OPTIONS - 1], more))
    if concerned or lead:
        return Reply(text, (*options[: MAX_OPTIONS - 1], all_of(area, localized)))
    return Reply(text, one_page(options, page, whole, localized.translator))


def area_text(area: Area, lead: str, localized: LocalizedKnowledge) -> str:
    """The full text of an area's card, of any length."""
    head, source, about = _area_head(area, localized), area_source(area, localized), _overview(area, localized, lead)
    if not lead:
        return paragraphs(head, about, source)
    rest = unsaid_sentences(without_repetition(about, lead), lead, _BRIEF_OF_AREA - len(lead) - len(head))
    return paragraphs(lead, f"{head}\n{rest}".strip(), source)


def findings_together(findings: Sequence[Finding], localized: LocalizedKnowledge) -> Reply:
    """Several findings, each with its fact or summary; shortened if they do not fit.

    The source is named once at the end, or below each finding if the sources differ.
    """
    if len({finding.match.id for finding in findings}) == 1 and (project := findings[0].match.project):
        return _details_together(project, findings, localized)
    shown = list(findings)
    options = options_for([finding.match for finding in findings], localized)
    while True:
        room = localized.room - len(_together(shown, localized, 0))
        if room >= 0 or len(shown) == 1:
            return Reply(_together(shown, localized, room // len(shown)), options)
        shown.pop()  # it is one of the options


def _details_together(project: Project, findings: Sequence[Finding], localized: LocalizedKnowledge) -> Reply:
    """Several details of one project: a line for each, then its title and its sources."""
    completion = dated_completion(project, localized)
    leads = dict.fromkeys(filter(None, (lead_of(finding, localized) or completion for finding in findings)))
    sources = dict.fromkeys(filter(None, (finding_source(finding, localized) for finding in findings)))
    text = paragraphs("\n".join(leads), "\n".join([_project_head(project, localized), *sources]))
    return Reply(text, (Option(localized.translator.gettext("More"), Target("project", project.id)),))


def _together(findings: Sequence[Finding], localized: LocalizedKnowledge, room: int) -> str:
    sources = [finding_source(finding, localized) for finding in findings]
    shown = [_brief(finding, localized, room) for finding in findings]
    shared = set(filter(None, sources))
    if len(shared) == 1:
        return paragraphs(*shown, *shared)
    return paragraphs(*("\n".join(filter(None, pair)) for pair in zip(shown, sources, strict=True)))


def overview(status: Status | None, localized: LocalizedKnowledge, page: int = 1) -> Reply:
    """The whole list: the number of projects by status, in total and by area; with `status`, only those."""
    knowledge = localized.knowledge
    projects = [project for project in knowledge.projects if status in (None, project.status)]
    options = [area_option(area, localized) for area in knowledge.areas]
    lines = _counts_by_area(projects, localized)
    if status and 0 < len(projects) <= MAX_OPTIONS:
        options = [project_option(project, localized) for project in projects]
        lines = [_with_day(project, localized) for project in projects]
    head = _status_head(status, projects, localized) if status else _list_head(localized)
    text = paragraphs(head, lines_that_fit(lines, localized.room - len(head) - 2))
    return Reply(text, one_page(options, page, Target("overview"), localized.translator))


def _counts_by_area(projects: Sequence[Project], localized: LocalizedKnowledge) -> list[str]:
    return [
        "• "
        + localized.translator.gettext(
            "{area}: {counts}", area=localized.text(area.title), counts=_counts(inside, localized.translator)
        )
        for area in localized.knowledge.areas
        if (inside := [project for project in projects if project.area == area.id])
    ]


def _with_day(project: Project, localized: LocalizedKnowledge) -> str:
    return "• " + localized.translator.gettext(
        "{title} (as of {date})", title=localized.text(project.title), date=localized.translator.date(project.as_of)
    )


def _list_head(localized: LocalizedKnowledge) -> str:
    """The number of projects that the bot knows, by status; the city may have others."""
    projects, translator = localized.knowledge.projects, localized.translator
    return translator.ngettext(
        "I know of {number} project in {city}: {counts}.",
        "I know of {number} projects in {city}: {counts}.",
        len(projects),
        city=localized.city_genitive,
        counts=status_counts(projects, translator),
    )


def _status_head(status: Status, projects: Sequence[Project], localized: LocalizedKnowledge) -> str:
    """The number of projects that are reported with a status, with the day of the newest report."""
    translator, everything = localized.translator, localized.knowledge.projects
    word, total = status.info.label.render(translator), len(everything)
    if projects:
        head = translator.gettext(
            "Reported as {status}: {number} of {total} projects.", status=word, number=len(projects), total=total
        )
    else:
        newest = translator.date(max(project.as_of for project in everything))
        head = translator.gettext(
            "As of {date}, none of the {total} projects I know of is reported as {status}.",
            date=newest,
            total=total,
            status=word,
        )
    counts = translator.gettext("Overall: {counts}.", counts=status_counts(everything, translator))
    return head if len(projects) == total else translator.space.join([head, counts])


def _brief(finding: Finding, localized: LocalizedKnowledge, room: int) -> str:
    """One of several findings: its title, and the requested fact or as much of its summary as fits into `room`."""
    project, area = finding.match.project, finding.match.area
    head = _project_head(project, localized) if project else _area_head(area, localized)
    lead = lead_of(finding, localized)
    body = _summary(project, localized, lead) if project else _overview(area, localized, lead)
    completion = dated_completion(project, localized) if project and not finding.fact else ""
    body = "" if finding.fact else first_sentences(body, room - 2 - len(completion))
    return "\n".join(filter(None, [head, lead, completion, body]))


def _project_head(project: Project, localized: LocalizedKnowledge) -> str:
    """The title, the status, and the date of that status."""
    translator, word = localized.translator, project.status.info.label.render(localized.translator)
    if project.status.info.is_goal:
        year = localized.knowledge.city.sources[project.source].date.year
        state = translator.gettext("announced in {year}", year=year)
    else:
        state = translator.gettext("{status} as of {date}", status=word, date=translator.date(project.as_of))
    return f"{localized.text(project.title)} · {state}"


def _area_head(area: Area, localized: LocalizedKnowledge) -> str:
    counts = _counts(localized.knowledge.projects_of(area.id), localized.translator)
    return f"{localized.text(area.title)} · {counts}"


def _counts(projects: Sequence[Project], translator: Translator) -> str:
    """The number of projects, by status unless all are only announced."""
    if not all(project.status.info.is_goal for project in projects):
        return status_counts(projects, translator)
    return translator.ngettext("{number} project", "{number} projects", len(projects))


def _status_lines(project: Project, localized: LocalizedKnowledge, said: str = "") -> str:
    """Title, status, note and completion; without the completion if `said` already contains it."""
    note = dated_note(project, localized)
    completion = dated_completion(project, localized)
    if localized.translator.date(project.as_of) in note and localized.translator.date(project.as_of) in completion:
        note = ""  # it only repeats the day
    lines = [_project_head(project, localized), note, "" if completion in said else completion]
    return "\n".join(filter(None, lines))
