"""An Answer becomes a Reply."""

from datetime import date
from typing import assert_never

from bot.answers.answer import Answer, Found, NotFound, Overview, Several, Smalltalk, Unsure
from bot.answers.cards import area_card, findings_together, lead_of, one_detail, one_finding, overview, project_card
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
    voice = LocalizedKnowledge(knowledge, phrases, today)
    match answer:
        case Found(findings=(finding,)):
            lead, project = lead_of(finding, voice), finding.match.project
            if project and lead and project.id == seen:
                reply = one_detail(project, lead, voice)
            else:
                reply = one_finding(finding, voice)
        case Found(findings=findings):
            reply = findings_together(findings, voice)
        case Overview(status=status):
            reply = overview(status, voice)
        case Several(matches=matches):
            reply = Reply(phrases.gettext("Which of these do you mean?"), options_for(matches, voice))
        case Unsure(matches=matches):
            reply = Reply(
                phrases.gettext("I am not sure that I understood you. Is it about one of these?"),
                options_for(matches, voice),
            )
        case NotFound(topic=topic):
            reply = _elsewhere(topic, voice) if topic else _not_found(voice)
        case Smalltalk(intent=intent):
            reply = _small_talk(intent, voice)
        case _:
            assert_never(answer)
    return _with_language_note(reply, voice)


def show(target: Target, knowledge: KnowledgeBase, phrases: Translator, today: date) -> Reply | None:
    """The reply behind an option; None when the knowledge no longer has what it names."""
    voice = LocalizedKnowledge(knowledge, phrases, today)
    match target.kind:
        case "project" if target.id in knowledge.project_by_id:
            reply = project_card(knowledge.project_by_id[target.id], "", voice, target.page)
        case "area" if target.id in knowledge.area_by_id:
            reply = area_card(knowledge.area_by_id[target.id], "", voice, page=target.page)
        case "overview":
            reply = overview(None, voice, target.page)
        case _:
            return None
    return _with_language_note(reply, voice)


def _elsewhere(topic: TopicElsewhere, voice: LocalizedKnowledge) -> Reply:
    return Reply(paragraphs(voice.spoken(topic.sentence), voice.spoken(topic.turn_to), _contacts(voice)))


def _not_found(voice: LocalizedKnowledge) -> Reply:
    phrases, knowledge = voice.phrases, voice.knowledge
    areas = [f"• {voice.spoken(area.title)}" for area in knowledge.areas]
    sorry = phrases.gettext(
        "I have no answer to that, and I will not guess. I know the livelihood projects of {city}, in these areas:",
        city=voice.spoken(knowledge.city.name),
    )
    options = [area_option(area, voice) for area in knowledge.areas]
    contacts = _contacts(voice)
    listed = lines_that_fit(areas, voice.room - len(sorry) - len(contacts) - 3)
    return Reply(paragraphs(f"{sorry}\n{listed}", contacts), one_page(options, 1, Target("overview"), phrases))


def _contacts(voice: LocalizedKnowledge) -> str:
    """Where else to turn; empty where the city gave nothing."""
    contacts, gettext = voice.knowledge.city.contacts, voice.phrases.gettext
    lines = []
    if contacts.hotline:
        lines.append(gettext("City hotline: {contact}", contact=contacts.hotline))
    if contacts.emergency:
        lines.append(gettext("In an emergency: {contact}", contact=contacts.emergency))
    return "\n".join(lines)


def _small_talk(intent: Intent, voice: LocalizedKnowledge) -> Reply:
    """A friendly word; whoever greets or asks who this is sees what can be asked."""
    if intent == "overview":
        return overview(None, voice)
    text = paragraphs(
        smalltalk_reply(intent, voice.spoken(voice.knowledge.city.name), voice.phrases),
        _contacts(voice) if intent == "human" else "",
    )
    if intent not in ("greeting", "who-are-you", "human", "how-are-you", "insult"):
        return Reply(text)
    options = [area_option(area, voice) for area in voice.knowledge.areas]
    return Reply(text, one_page(options, 1, Target("overview"), voice.phrases))


def _with_language_note(reply: Reply, voice: LocalizedKnowledge) -> Reply:
    return Reply(paragraphs(reply.text, voice.language_note), reply.options) if voice.borrowed else reply
