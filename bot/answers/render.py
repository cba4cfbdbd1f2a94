"""Turns an Answer into a Reply: chooses the texts, which `bot.answers.wording` has (`refusals` for "I don't know")."""

from datetime import date
from typing import assert_never

from bot.answers.answer import (
    About,
    Answer,
    Emergency,
    Finding,
    Found,
    NotFound,
    Opening,
    Overview,
    Several,
    Smalltalk,
    Unsure,
)
from bot.answers.emergencies.contacts import emergency_reply, number_of
from bot.answers.reply import (
    LocalizedKnowledge,
    Reply,
    Target,
    area_option,
    example_of,
    one_page,
    options_for,
    paragraphs,
)
from bot.answers.wording.about import about_text, contact_line
from bot.answers.wording.cards import (
    area_card,
    findings_together,
    lead_of,
    one_detail,
    one_finding,
    overview,
    project_card,
)
from bot.answers.wording.refusals import contacts, elsewhere, not_found, where_to_turn
from bot.answers.wording.smalltalk import smalltalk_reply
from bot.answers.wording.yes_or_no import yes_or_no
from bot.i18n.message import Translator
from bot.knowledge import Intent, KnowledgeBase

_NO_OPENING = Opening()


def compose(
    answer: Answer,
    knowledge: KnowledgeBase,
    translator: Translator,
    today: date,
    *,
    seen: str | None = None,
    opening: Opening = _NO_OPENING,
) -> Reply:
    """Put an answer into words; every sentence about a project comes from the knowledge.

    `seen` is the id of what the chat has just read about. Another detail of it is told without repeating the card.
    """
    localized = LocalizedKnowledge(knowledge, translator, today)
    localized.other_city = opening.other_city
    localized.other_language = opening.other_language and not isinstance(answer, Emergency | About)
    reply = _found(answer, seen, opening, localized) if isinstance(answer, Found) else _other(answer, localized)
    if opening.contact:
        reply = _with_contact(reply, answer, opening.contact_area, localized)
    return _with_note(reply, localized)


def _found(answer: Found, seen: str | None, opening: Opening, localized: LocalizedKnowledge) -> Reply:
    if len(answer.findings) > 1:
        return findings_together(answer.findings, localized)
    (finding,) = answer.findings
    return _with_price_contact(_one_found(finding, seen, opening, localized), finding, localized)


def _with_price_contact(reply: Reply, finding: Finding, localized: LocalizedKnowledge) -> Reply:
    """Add whom to ask, if the source leaves the price open."""
    area = finding.match.area
    if finding.left_open != "cost" or not number_of(area.id, localized.knowledge):
        return reply
    return Reply(paragraphs(reply.text, contact_line(area, localized)), reply.options)


def _one_found(finding: Finding, seen: str | None, opening: Opening, localized: LocalizedKnowledge) -> Reply:
    project = finding.match.project
    if opening.polar:
        return yes_or_no(opening.polar, finding, localized, stated=opening.stated, touched=opening.touched)
    if project and project.id == seen and lead_of(finding, localized):
        return one_detail(project, finding, localized)
    return one_finding(finding, localized)


def _other(
    answer: Overview | Several | Unsure | NotFound | Emergency | About | Smalltalk, localized: LocalizedKnowledge
) -> Reply:
    gettext = localized.translator.gettext
    match answer:
        case Overview(status=status):
            return overview(status, localized)
        case Several(matches=matches):
            return Reply(gettext("Which of these do you mean?"), options_for(matches, localized))
        case Unsure(matches=matches):
            question = localized.translator.ngettext(
                "I am not sure that I understood you. Do you mean this?",
                "I am not sure that I understood you. Do you mean one of these?",
                len(matches),
            )
            return Reply(question, options_for(matches, localized))
        case NotFound(topic=topic):
            return elsewhere(topic, localized) if topic else not_found(localized)
        case Emergency(kind=kind):
            return Reply(emergency_reply(kind, localized.knowledge.city, localized.translator))
        case About():
            return _about_the_bot(answer, localized)
        case Smalltalk(intent=intent):
            return _smalltalk(intent, localized)
        case _:
            assert_never(answer)


def show(target: Target, knowledge: KnowledgeBase, translator: Translator, today: date) -> Reply | None:
    """The reply to a chosen option; None if the knowledge no longer contains its target."""
    localized = LocalizedKnowledge(knowledge, translator, today)
    match target.kind:
        case "project" if target.id in knowledge.project_by_id:
            reply = project_card(knowledge.project_by_id[target.id], "", localized, target.page)
        case "area" if target.id in knowledge.area_by_id:
            reply = area_card(knowledge.area_by_id[target.id], "", localized, page=target.page)
        case "overview":
            reply = overview(None, localized, target.page)
        case _:
            return None
    return _with_note(reply, localized)


def _with_contact(reply: Reply, answer: Answer, area: str | None, localized: LocalizedKnowledge) -> Reply:
    """Put whom to call before the answer; a refusal is left out."""
    topic = answer.topic if isinstance(answer, NotFound) else None
    line = contact_line(localized.knowledge.area_by_id.get(area or ""), localized)
    if topic and (topic.contact or topic.turn_to.text_in(localized.translator.language)):
        known = "" if topic.contact or not number_of(area, localized.knowledge) else line
        return Reply(paragraphs(where_to_turn(topic, localized), known))
    rest = reply.text if isinstance(answer, Found) else ""
    return Reply(paragraphs(line, rest), reply.options)


def _about_the_bot(answer: About, localized: LocalizedKnowledge) -> Reply:
    """What the bot says about itself and its source, with the areas as options if it asks for a question."""
    text = about_text(answer, localized)
    if answer.kind not in ("help", "wordless", "details"):
        return Reply(text)
    options = [area_option(area, localized) for area in localized.knowledge.areas]
    return Reply(text, one_page(options, 1, Target("overview"), localized.translator))


def _smalltalk(intent: Intent, localized: LocalizedKnowledge) -> Reply:
    """A friendly reply; greetings and "who are you" also get the list of areas."""
    if intent == "overview":
        return overview(None, localized)
    example = example_of(localized) if intent == "insult" else ""
    text = paragraphs(
        smalltalk_reply(intent, localized.city_genitive, example, localized.translator),
        contacts(localized) if intent == "human" else "",
    )
    if intent not in ("greeting", "who-are-you", "human", "how-are-you", "insult"):
        return Reply(text)
    options = [area_option(area, localized) for area in localized.knowledge.areas]
    return Reply(text, one_page(options, 1, Target("overview"), localized.translator))


def _with_note(reply: Reply, localized: LocalizedKnowledge) -> Reply:
    return Reply(paragraphs(reply.text, localized.note), reply.options)
