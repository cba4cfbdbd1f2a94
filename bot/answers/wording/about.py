"""What the bot says about itself and its source."""

from datetime import date

from bot.answers.answer import About
from bot.answers.reply import LocalizedKnowledge, example_of, paragraphs
from bot.answers.wording.cards import short_form
from bot.i18n.message import Translator
from bot.knowledge import Area, Project, Source

#: Emoji that people send instead of words; the reply to any other message without words asks for words.
_PLEASED, _DISPLEASED = frozenset("👍👌🙏❤😊😀🙂😁🥰😍💯👏🤝💪🎉🔥✅"), frozenset("😡🤬😭👎😠😢😤💩🖕😞😔😩😒")


def source_of(project: Project | None, localized: LocalizedKnowledge) -> Source:
    """The source of a project, or that of most projects."""
    knowledge = localized.knowledge
    names = [project.source] if project else [each.source for each in knowledge.projects] or [*knowledge.city.sources]
    return knowledge.city.sources[max(dict.fromkeys(names), key=names.count)]


def about_source(kind: str, project: Project | None, localized: LocalizedKnowledge) -> str:
    """The reply to a question about the source: `source`, `link`, `drawn-up`, `date`, `valid` or `complete`."""
    source, translator = source_of(project, localized), localized.translator
    gettext, day = translator.gettext, translator.date(source.date)
    published = gettext(
        "My source is “{title}”, published by {publisher} on {date}.",
        title=localized.text(source.title),
        publisher=source.publisher,
        date=day,
    )
    origin = localized.text(source.origin)
    match kind:
        case "drawn-up":
            answer = origin or gettext("The source does not say who drew up the list.")
            return paragraphs(answer, gettext("Source: {publisher}, {date}.", publisher=source.publisher, date=day))
        case "date":
            return published
        case "valid":
            return paragraphs(_validity(source.date, localized), source.url)
        case "complete":
            more = gettext("There may be more.")
            return paragraphs(f"{_count(localized)}{translator.space}{more}", origin)
        case _:
            missing = gettext("I have no link to it.") if kind == "link" else ""
            return paragraphs(published, source.url or missing, origin if kind == "source" else "")


def _validity(day: date, localized: LocalizedKnowledge) -> str:
    gettext, words = localized.translator.gettext, localized.translator.date(day)
    if localized.is_old(day):
        return gettext("I don't know: my source is of {date}, and I have no later news.", date=words)
    return gettext("My source is of {date}; I have no later news.", date=words)


def _count(localized: LocalizedKnowledge) -> str:
    knowledge = localized.knowledge
    return localized.translator.ngettext(
        "I know of {number} public project in {city}.",
        "I know of {number} public projects in {city}.",
        len(knowledge.projects),
        city=localized.city_genitive,
    )


def help_text(localized: LocalizedKnowledge) -> str:
    """How to use the bot."""
    return localized.translator.gettext(
        "Just type a question in your own words, for example about “{title}”. I answer from the reviewed list of "
        "public projects of {city}.",
        title=example_of(localized),
        city=localized.city_genitive,
    )


def language_text(translator: Translator) -> str:
    """Confirms the language that was asked for."""
    return translator.gettext("Of course. Write to me in English, and I will answer in English.")


def wordless_text(text: str, translator: Translator) -> str:
    """A reply to emoji, or to anything else without words."""
    if _PLEASED & set(text):
        return translator.gettext("Glad to help!")
    if _DISPLEASED & set(text):
        return translator.gettext("I am sorry about that. Please tell me in words what you would like to know.")
    return translator.gettext("I only understand words. Please type your question.")


def about_text(answer: About, localized: LocalizedKnowledge) -> str:
    """The reply to a question about the bot or its source."""
    match answer.kind:
        case "help":
            return help_text(localized)
        case "wordless":
            return wordless_text(answer.text, localized.translator)
        case "details":
            return localized.translator.gettext("What would you like to know more about?")
        case "simpler":
            return short_form(answer.project, answer.area, localized) if answer.area else help_text(localized)
        case kind if kind.startswith("language-"):
            repeated = short_form(answer.project, answer.area, localized) if answer.area else ""
            return paragraphs(language_text(localized.translator), repeated)
        case kind:
            return about_source(kind, answer.project, localized)


def contact_line(area: Area | None, localized: LocalizedKnowledge) -> str:
    """The contact of an area, or else the city's hotline."""
    gettext, hotline = localized.translator.gettext, localized.knowledge.city.contacts.hotline
    if area and area.contact:
        return gettext("{area}: {contact}", area=localized.text(area.title), contact=area.contact)
    if hotline:
        return gettext("City hotline: {contact}", contact=hotline)
    return gettext("Sorry, I have no telephone number for this yet.")
