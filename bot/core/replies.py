"""An Answer becomes a Reply: the text that a person reads, and what they can tap next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from bot.core.answers import Answer, Finding, Found, Match, NotFound, Overview, Several, Smalltalk, Unsure
from bot.core.knowledge import Area, Intent, KnowledgeBase, Project, Status, TopicElsewhere, Translated
from bot.core.phrases import Phrases
from bot.core.wording import courtesy, left_open, status_word

#: A reply fits on a telephone's screen; the rest stands behind "More".
LONGEST_REPLY = 700
MOST_OPTIONS = 5


@dataclass(frozen=True, slots=True)
class Target:
    """What an option shows: a project, an area, or the overview; `page` counts from 1."""

    kind: Literal["project", "area", "overview"]
    id: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tap or to type the number of."""

    label: str
    target: Target


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person reads; knows nothing of Telegram. At most 700 characters and 5 options."""

    text: str
    options: tuple[Option, ...] = ()


class Voice:
    """Speaks one language: the city's words where they exist in it, the city's default language where not."""

    def __init__(self, knowledge: KnowledgeBase, phrases: Phrases, today: date) -> None:
        self.knowledge = knowledge
        self.phrases = phrases
        self.today = today
        self.borrowed = False  #: whether a text had to be taken from the default language

    def spoken(self, text: Translated) -> str:
        """The city's text in this language, or else in its default language; empty where there is none at all."""
        words, language = text.spoken(self.phrases.language, self.knowledge.city.default_language)
        self.borrowed = self.borrowed or (bool(words) and language != self.phrases.language)
        return words

    def is_old(self, day: date) -> bool:
        """Whether what was confirmed on `day` may be out of date today."""
        return (self.today - day).days > self.knowledge.city.stale_after_days


def compose(answer: Answer, knowledge: KnowledgeBase, phrases: Phrases, today: date) -> Reply:
    """Put an answer into words; every sentence about a project comes from the knowledge."""
    voice = Voice(knowledge, phrases, today)
    match answer:
        case Found(findings=(finding,)):
            reply = _one_finding(finding, voice)
        case Found(findings=findings):
            reply = _findings_together(findings, voice)
        case Overview(status=status):
            reply = overview(status, voice)
        case Several(matches=matches):
            reply = Reply(phrases.say("Which of these do you mean?"), _options(matches, voice))
        case Unsure(matches=matches):
            reply = Reply(
                phrases.say("I am not sure that I understood you. Is it about one of these?"),
                _options(matches, voice),
            )
        case NotFound(topic=topic):
            reply = _elsewhere(topic, voice) if topic else _not_found(voice)
        case Smalltalk(intent=intent):
            reply = _small_talk(intent, voice)
        case _:
            assert_never(answer)
    return _with_language_note(reply, voice)


def show(target: Target, knowledge: KnowledgeBase, phrases: Phrases, today: date) -> Reply | None:
    """The reply behind an option; None when the knowledge no longer has what it names."""
    voice = Voice(knowledge, phrases, today)
    match target.kind:
        case "project" if target.id in knowledge.project_by_id:
            reply = _project_card(knowledge.project_by_id[target.id], "", voice)
        case "area" if target.id in knowledge.area_by_id:
            reply = _area_card(knowledge.area_by_id[target.id], "", voice, page=target.page)
        case "overview":
            reply = overview(None, voice, target.page)
        case _:
            return None
    return _with_language_note(reply, voice)


# --- One thing asked ------------------------------------------------------------------------------------------------


def _one_finding(finding: Finding, voice: Voice) -> Reply:
    lead, project, area = _lead(finding, voice), finding.match.project, finding.match.area
    return _project_card(project, lead, voice) if project else _area_card(area, lead, voice, finding.concerned)


def _lead(finding: Finding, voice: Voice) -> str:
    """The very fact that was asked for, or that the source does not give it; nothing when nothing special was asked."""
    if finding.fact:
        return voice.spoken(finding.fact.statement)
    return left_open(finding.left_open, voice.phrases) if finding.left_open else ""


def _project_card(project: Project, lead: str, voice: Voice) -> Reply:
    """A project: fact first, then what it is and how far. What does not fit stands behind "More"."""
    area = voice.knowledge.area_by_id[project.area]
    essential = [lead, _status_lines(project, voice)]
    footer = voice.phrases.say("Part of: {area}", area=voice.spoken(area.title)) + "\n" + _source_line(project, voice)
    text = _paragraphs(*essential, voice.spoken(project.summary), footer)
    related = [voice.knowledge.project_by_id[other] for other in project.related]
    options = [_project_option(other, voice) for other in related[: MOST_OPTIONS - 2]] + [_all_of(area, voice)]
    if len(text) > LONGEST_REPLY:
        text = _paragraphs(*essential, footer)
        options.insert(0, Option(voice.phrases.say("More"), Target("project", project.id)))
    return Reply(text, tuple(options[:MOST_OPTIONS]))


def _status_lines(project: Project, voice: Voice) -> str:
    lines = [f"{voice.spoken(project.title)} · {status_word(project.status, voice.phrases)}"]
    if note := voice.spoken(project.status_note):
        lines.append(note)
    if project.expected_completion:
        expected = voice.spoken(project.expected_completion)
        lines.append(voice.phrases.say("Expected completion: {time}", time=expected))
    return "\n".join(lines)


def _source_line(project: Project, voice: Voice) -> str:
    """Who said so and when; that it may be out of date once the city's limit is past."""
    source, say = voice.knowledge.city.sources[project.source], voice.phrases.say
    line = say("Source: {publisher}, {date}.", publisher=source.publisher, date=voice.phrases.date(source.date))
    old, same_day, confirmed = (
        voice.is_old(project.as_of),
        project.as_of == source.date,
        voice.phrases.date(project.as_of),
    )
    if same_day:
        return line + (voice.phrases.space + say("May be out of date.") if old else "")
    sentence = say("As of {date}: may be out of date.", date=confirmed) if old else say("As of {date}.", date=confirmed)
    return line + voice.phrases.space + sentence


def _area_card(area: Area, lead: str, voice: Voice, concerned: Sequence[Project] = (), page: int = 1) -> Reply:
    """An area: the asked fact, how many projects are how far, its overview, and as options the projects concerned."""
    projects = voice.knowledge.projects_of(area.id)
    head = f"{voice.spoken(area.title)} · {_status_counts(projects, voice.phrases)}"
    oldest = min(projects, key=lambda project: project.as_of, default=None)
    source = _source_line(oldest, voice) if oldest else ""
    options = [_project_option(project, voice) for project in concerned or projects]
    whole = Target("area", area.id)
    text = _paragraphs(lead, head, voice.spoken(area.overview), source)
    if len(text) > LONGEST_REPLY:
        more = Option(voice.phrases.say("More"), whole)
        return Reply(_paragraphs(lead, head, source), (*options[: MOST_OPTIONS - 1], more))
    if concerned:
        return Reply(text, (*options[: MOST_OPTIONS - 1], _all_of(area, voice)))
    return Reply(text, _page(options, page, whole, voice.phrases))


# --- Several things asked -------------------------------------------------------------------------------------------


def _findings_together(findings: Sequence[Finding], voice: Voice) -> Reply:
    """What was asked, one after the other, each with its fact or its summary; shorter where it does not fit."""
    full = [_brief(finding, voice, with_body=True) for finding in findings]
    sources = dict.fromkeys(_source_line(project, voice) for project in _projects_behind(findings, voice))
    text = _paragraphs(*full, *sources)
    if len(text) > LONGEST_REPLY:
        text = _paragraphs(*(_brief(finding, voice, with_body=False) for finding in findings), *list(sources)[:1])
    return Reply(text, _options([finding.match for finding in findings], voice))


def _brief(finding: Finding, voice: Voice, *, with_body: bool) -> str:
    project, area = finding.match.project, finding.match.area
    if project:
        head = f"{voice.spoken(project.title)} · {status_word(project.status, voice.phrases)}"
        body = voice.spoken(project.summary)
    else:
        counts = _status_counts(voice.knowledge.projects_of(area.id), voice.phrases)
        head, body = f"{voice.spoken(area.title)} · {counts}", voice.spoken(area.overview)
    body = body if with_body and not finding.fact else ""
    return "\n".join(filter(None, [head, _lead(finding, voice), body]))


def _projects_behind(findings: Sequence[Finding], voice: Voice) -> list[Project]:
    return [
        finding.match.project or voice.knowledge.projects_of(finding.match.area.id)[0]
        for finding in findings
        if finding.match.project or voice.knowledge.projects_of(finding.match.area.id)
    ]


def overview(status: Status | None, voice: Voice, page: int = 1) -> Reply:
    """The whole list: how many projects are how far, in all and by area; with `status`, only those."""
    knowledge = voice.knowledge
    projects = [project for project in knowledge.projects if status in (None, project.status)]
    lines = [
        f"• {voice.spoken(area.title)}: {_status_counts(inside, voice.phrases)}"
        for area in knowledge.areas
        if (inside := [project for project in projects if project.area == area.id])
    ]
    options = [_area_option(area, voice) for area in knowledge.areas]
    if status and 0 < len(projects) <= MOST_OPTIONS:
        options = [_project_option(project, voice) for project in projects]
    text = _paragraphs(_overview_head(status, projects, voice), "\n".join(lines))
    return Reply(text, _page(options, page, Target("overview"), voice.phrases))


def _overview_head(status: Status | None, projects: Sequence[Project], voice: Voice) -> str:
    """How many projects there are, or how many of them have the status, and what the others have."""
    phrases, all_projects = voice.phrases, voice.knowledge.projects
    counts = _status_counts(all_projects, phrases)
    if status is None:
        return phrases.say_many(
            "{city} lists {number} livelihood project: {counts}.",
            "{city} lists {number} livelihood projects: {counts}.",
            len(all_projects),
            city=voice.spoken(voice.knowledge.city.name),
            counts=counts,
        )
    head = phrases.say(
        "{status}: {number} of {total} projects.",
        status=status_word(status, phrases).capitalize(),
        number=len(projects),
        total=len(all_projects),
    )
    all_counts = "" if len(projects) == len(all_projects) else phrases.say("All: {counts}.", counts=counts)
    return phrases.space.join(filter(None, [head, all_counts]))


# --- No answer ------------------------------------------------------------------------------------------------------


def _elsewhere(topic: TopicElsewhere, voice: Voice) -> Reply:
    return Reply(_paragraphs(voice.spoken(topic.sentence), voice.spoken(topic.turn_to), _contacts(voice)))


def _not_found(voice: Voice) -> Reply:
    phrases, knowledge = voice.phrases, voice.knowledge
    areas = "\n".join(f"• {voice.spoken(area.title)}" for area in knowledge.areas)
    sorry = phrases.say(
        "I have no answer to that, and I will not guess. I know the livelihood projects of {city}, in these areas:",
        city=voice.spoken(knowledge.city.name),
    )
    options = [_area_option(area, voice) for area in knowledge.areas]
    return Reply(_paragraphs(f"{sorry}\n{areas}", _contacts(voice)), _page(options, 1, Target("overview"), phrases))


def _contacts(voice: Voice) -> str:
    """Where else to turn; empty where the city gave nothing."""
    contacts, say = voice.knowledge.city.contacts, voice.phrases.say
    lines = []
    if contacts.hotline:
        lines.append(say("City hotline: {contact}", contact=contacts.hotline))
    if contacts.emergency:
        lines.append(say("In an emergency: {contact}", contact=contacts.emergency))
    return "\n".join(lines)


def _small_talk(intent: Intent, voice: Voice) -> Reply:
    """A friendly word; whoever greets or asks who this is sees what can be asked."""
    if intent == "overview":
        return overview(None, voice)
    text = _paragraphs(
        courtesy(intent, voice.spoken(voice.knowledge.city.name), voice.phrases),
        _contacts(voice) if intent == "human" else "",
    )
    if intent not in ("greeting", "who-are-you", "human", "how-are-you", "insult"):
        return Reply(text)
    options = [_area_option(area, voice) for area in voice.knowledge.areas]
    return Reply(text, _page(options, 1, Target("overview"), voice.phrases))


# --- Words and pieces -----------------------------------------------------------------------------------------------


def _status_counts(projects: Sequence[Project], phrases: Phrases) -> str:
    """How many projects are how far: “2 announced, 1 in progress”."""
    counts = Counter(project.status for project in projects)
    return phrases.say(", ").join(
        phrases.say("{number} {status}", number=counts[status], status=status_word(status, phrases))
        for status in Status
        if counts[status]
    )


def _project_option(project: Project, voice: Voice) -> Option:
    return Option(voice.spoken(project.title), Target("project", project.id))


def _area_option(area: Area, voice: Voice) -> Option:
    return Option(voice.spoken(area.title), Target("area", area.id))


def _all_of(area: Area, voice: Voice) -> Option:
    return Option(voice.phrases.say("All of: {area}", area=voice.spoken(area.title)), Target("area", area.id))


def _options(matches: Sequence[Match], voice: Voice) -> tuple[Option, ...]:
    return tuple(
        _project_option(match.project, voice) if match.project else _area_option(match.area, voice)
        for match in matches[:MOST_OPTIONS]
    )


def _page(options: Sequence[Option], page: int, target: Target, phrases: Phrases) -> tuple[Option, ...]:
    """One page of options; all of them when they fit, else four and "More", which begins again after the last."""
    if len(options) <= MOST_OPTIONS:
        return tuple(options)
    size = MOST_OPTIONS - 1
    pages = -(-len(options) // size)
    start = (page - 1) % pages * size
    more = Option(phrases.say("More"), Target(target.kind, target.id, page % pages + 1))
    return (*options[start : start + size], more)


def _paragraphs(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _with_language_note(reply: Reply, voice: Voice) -> Reply:
    if not voice.borrowed:
        return reply
    note = voice.phrases.say("(The city has not yet translated all of this.)")
    return Reply(_paragraphs(reply.text, note), reply.options)
