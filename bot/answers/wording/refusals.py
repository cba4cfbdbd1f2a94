"""What the bot says if it does not know: when nothing fits, and for topics that it does not cover."""

from zlib import crc32

from bot.answers.reply import (
    LocalizedKnowledge,
    Reply,
    Target,
    area_option,
    lines_that_fit,
    one_page,
    paragraphs,
)
from bot.knowledge import TopicElsewhere


def elsewhere(topic: TopicElsewhere, localized: LocalizedKnowledge) -> Reply:
    """A refusal with where to turn: the topic's own sentence, or a template with its title."""
    sentence = localized.text(topic.sentence) or _refusal(topic, localized)
    return Reply(paragraphs(sentence, where_to_turn(topic, localized) or contacts(localized)))


def where_to_turn(topic: TopicElsewhere, localized: LocalizedKnowledge) -> str:
    """The topic's own number, and where to ask; empty where the file gives neither."""
    call = localized.translator.gettext("Call: {contact}", contact=topic.contact) if topic.contact else ""
    return paragraphs(call, localized.text(topic.turn_to))


def _refusal(topic: TopicElsewhere, localized: LocalizedKnowledge) -> str:
    """Says that the bot does not cover a topic: one of three sentences, always the same one for a topic."""
    gettext, values = (
        localized.translator.gettext,
        {"title": localized.text(topic.title), "city": localized.city_genitive},
    )
    templates = (
        gettext("Sorry, I have no information on “{title}”. I only know the public projects of {city}.", **values),
        gettext(
            "I'm sorry, I can't help with “{title}”. I can tell you about the public projects of {city}.",
            **values,
        ),
        gettext("I have no information on “{title}”, sorry. Ask me about the public projects of {city}.", **values),
    )
    return templates[crc32(topic.id.encode()) % len(templates)]


def not_found(localized: LocalizedKnowledge) -> Reply:
    """Says that the bot cannot answer, and what it can be asked about."""
    translator, areas = localized.translator, localized.knowledge.areas
    sorry = translator.gettext(
        "Sorry, I can't answer that. I can tell you about the public projects of {city} in these areas:",
        city=localized.city_genitive,
    )
    ways, titles = contacts(localized), [f"• {localized.text(area.title)}" for area in areas]
    line_breaks = 3  # one before the list, two before the contacts
    listed = lines_that_fit(titles, localized.room - len(sorry) - len(ways) - line_breaks)
    options = [area_option(area, localized) for area in areas]
    return Reply(paragraphs(f"{sorry}\n{listed}", ways), one_page(options, 1, Target("overview"), translator))


def contacts(localized: LocalizedKnowledge) -> str:
    """Where else to turn; empty if the city gives nothing."""
    city, gettext = localized.knowledge.city, localized.translator.gettext
    lines = []
    if city.contacts.hotline:
        lines.append(gettext("City hotline: {contact}", contact=city.contacts.hotline))
    if city.contacts.emergency:
        lines.append(gettext("In an emergency: {contact}", contact=city.contacts.emergency))
    return "\n".join(lines)
