"""An Answer becomes a Reply."""

from datetime import date
from typing import assert_never

from bot.answers.answer import Answer, Emergency, Found, NotFound, Overview, Several, Smalltalk, Unsure
from bot.answers.cards import area_card, findings_together, lead_of, one_detail, one_finding, overview, project_card
from bot.answers.contacts import emergency_reply
from bot.answers.labels import smalltalk_reply
from bot.answers.reply import (
    LocalizedKnowledge,
    Reply,
    Target,
    area_option,
    lines_that_fit,
    one_page,
    options_for,
    paragraphs,
)
from bot.i18n.message import Translator
from bot.knowledge import Intent, KnowledgeBase, TopicElsewhere


def compose(
    answer: Answer, knowledge: KnowledgeBase, phrases: Translator, today: date, *, seen: str | None = None
) -> Reply:
    """Put an answer into words; every sentence about a project comes from the knowledge.

    `seen` is the id of what the chat has just read about: another detail of it is told without all the rest again.
    """
    localized = LocalizedKnowledge(knowledge, phrases, today)
    match answer:
        case Found(findings=(finding,)):
            lead, project = lead_of(finding, localized), finding.match.project
            if project and lead and project.id == seen:
                reply = one_detail(project, finding, localized)
            else:
                reply = one_finding(finding, localized)
        case Found(findings=findings):
            reply = findings_together(findings, localized)
        case Overview(status=status):
            reply = overview(status, localized)
        case Several(matches=matches):
            reply = Reply(phrases.gettext("Which of these do you mean?"), options_for(matches, localized))
        case Unsure(matches=matches):
            reply = Reply(
                phrases.gettext("I am not sure that I understood you. Is it about one of these?"),
                options_for(matches, localized),
            )
        case NotFound(topic=topic):
            reply = _elsewhere(topic, localized) if topic else _not_found(localized)
        case Emergency(kind=kind):
            reply = Reply(emergency_reply(kind, knowledge.city, phrases))
        case Smalltalk(intent=intent):
            reply = _small_talk(intent, localized)
        case _:
            assert_never(answer)
    return _with_language_note(reply, localized)


def show(target: Target, knowledge: KnowledgeBase, phrases: Translator, today: date) -> Reply | None:
    """The reply behind an option; None when the knowledge no longer has what it names."""
    localized = LocalizedKnowledge(knowledge, phrases, today)
    match target.kind:
        case "project" if target.id in knowledge.project_by_id:
            reply = project_card(knowledge.project_by_id[target.id], "", localized, target.page)
        case "area" if target.id in knowledge.area_by_id:
            reply = area_card(knowledge.area_by_id[target.id], "", localized, page=target.page)
        case "overview":
            reply = overview(None, localized, target.page)
        case _:
            return None
    return _with_language_note(reply, localized)


def _elsewhere(topic: TopicElsewhere, localized: LocalizedKnowledge) -> Reply:
    return Reply(paragraphs(localized.text(topic.sentence), localized.text(topic.turn_to), _contacts(localized)))


def _not_found(localized: LocalizedKnowledge) -> Reply:
    phrases, knowledge = localized.phrases, localized.knowledge
    areas = [f"• {localized.text(area.title)}" for area in knowledge.areas]
    sorry = phrases.gettext(
        "I have no answer to that, and I will not guess. I know the livelihood projects of {city}, in these areas:",
        city=localized.text(knowledge.city.name),
    )
    options = [area_option(area, localized) for area in knowledge.areas]
    contacts = _contacts(localized)
    listed = lines_that_fit(areas, localized.room - len(sorry) - len(contacts) - 3)
    return Reply(paragraphs(f"{sorry}\n{listed}", contacts), one_page(options, 1, Target("overview"), phrases))


def _contacts(localized: LocalizedKnowledge) -> str:
    """Where else to turn; empty where the city gave nothing."""
    contacts, gettext = localized.knowledge.city.contacts, localized.phrases.gettext
    lines = []
    if contacts.hotline:
        lines.append(gettext("City hotline: {contact}", contact=contacts.hotline))
    if contacts.emergency:
        lines.append(gettext("In an emergency: {contact}", contact=contacts.emergency))
    return "\n".join(lines)


def _small_talk(intent: Intent, localized: LocalizedKnowledge) -> Reply:
    """A friendly word; whoever greets or asks who this is sees what can be asked."""
    if intent == "overview":
        return overview(None, localized)
    text = paragraphs(
        smalltalk_reply(intent, localized.text(localized.knowledge.city.name), localized.phrases),
        _contacts(localized) if intent == "human" else "",
    )
    if intent not in ("greeting", "who-are-you", "human", "how-are-you", "insult"):
        return Reply(text)
    options = [area_option(area, localized) for area in localized.knowledge.areas]
    return Reply(text, one_page(options, 1, Target("overview"), localized.phrases))


def _with_language_note(reply: Reply, localized: LocalizedKnowledge) -> Reply:
    return Reply(paragraphs(reply.text, localized.language_note), reply.options) if localized.used_fallback else reply
