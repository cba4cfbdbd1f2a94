"""What the bot says about itself and its source, and how it answers yes or no."""

from collections.abc import Collection, Mapping
from datetime import date

from bot.answers.answer import About, Finding
from bot.answers.cards import known_of, one_finding, short_form
from bot.answers.dated_text import expects_later, was_expected_by_now
from bot.answers.labels import status_word
from bot.answers.reply import LocalizedKnowledge, Reply, paragraphs
from bot.answers.sources import finding_source
from bot.i18n.message import Translator
from bot.knowledge import Area, Project, Source, Status

#: Emoji as people send them instead of words; anything else without words is asked for in words.
_PLEASED, _DISPLEASED = frozenset("👍👌🙏❤😊😀🙂😁🥰😍💯👏🤝💪🎉🔥✅"), frozenset("😡🤬😭👎😠😢😤💩🖕😞😔😩😒")


def source_of(project: Project | None, localized: LocalizedKnowledge) -> Source:
    """The source of a project, or that of most projects."""
    knowledge = localized.knowledge
    names = [project.source] if project else [each.source for each in knowledge.projects] or [*knowledge.city.sources]
    return knowledge.city.sources[max(dict.fromkeys(names), key=names.count)]


def about_source(kind: str, project: Project | None, localized: LocalizedKnowledge) -> str:
    """What is asked about the source: `source`, `link`, `drawn-up`, `date`, `valid` or `complete`."""
    source, translator = source_of(project, localized), localized.translator
    gettext, day = translator.gettext, translator.date(source.date)
    published = gettext(
        "My source is “{title}”, published by {publisher} on {date}.",
        title=localized.text(source.title), publisher=source.publisher, date=day,
    )  # fmt: skip
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
        "I know {number} public project of {city}.",
        "I know {number} public projects of {city}.",
        len(knowledge.projects),
        city=localized.city_genitive,
    )


def help_text(localized: LocalizedKnowledge) -> str:
    """How to use the bot."""
    return localized.translator.gettext(
        "Just type a question in your own words, such as “Sixth Hospital” or “what is planned for heating?”. I answer "
        "from the reviewed list of public projects of {city}.",
        city=localized.city_genitive,
    )


def language_text(translator: Translator) -> str:
    """That the bot answers in the language that was asked for."""
    return translator.gettext("Of course. Write to me in English, and I will answer in English.")


def wordless_text(text: str, translator: Translator) -> str:
    """A reply to emoji, or to anything else without words."""
    if _PLEASED & set(text):
        return translator.gettext("Glad to help!")
    if _DISPLEASED & set(text):
        return translator.gettext("I am sorry about that. Please tell me in words what you would like to know.")
    return translator.gettext("I only understand words. Please type your question.")


def polar_sentence(kind: str, project: Project | None, localized: LocalizedKnowledge, *, stated: bool) -> str:
    """Yes, no, or that it is not known; empty where the expected completion answers.

    Kinds: see polar.yaml; "denied" where a fact of the file means no. `stated`: whether the file accounts for all that
    is asked; if not, a yes would confirm more than the file says.
    """
    translator = localized.translator
    gettext, source_day = translator.gettext, translator.date(source_of(project, localized).date)
    if kind == "denied":
        return gettext("No, not according to the source of {date}.", date=source_day)
    if project and (no := _no_by_status(kind, project, localized)):
        return no
    yes = _yes_by_status(kind, project, localized) if project else ""
    if not yes and kind == "plan":
        yes = gettext("Yes, as announced on {date}.", date=source_day)
    if yes and not stated:
        return gettext("The source of {date} does not say exactly this. It says:", date=source_day)
    return yes or _not_known(kind, project, localized)


def _not_known(kind: str, project: Project | None, localized: LocalizedKnowledge) -> str:
    translator = localized.translator
    gettext, source_day = translator.gettext, translator.date(source_of(project, localized).date)
    if kind == "expected" and project and expects_later(project, localized):
        return ""
    if project and translator.date(project.as_of) != source_day:
        return gettext(
            "I don't know: my source of {date} does not say so. As of {confirmed}, I have no later news.",
            date=source_day, confirmed=translator.date(project.as_of),
        )  # fmt: skip
    return gettext("I don't know: my source of {date} does not say so, and I have no later news.", date=source_day)


_UNFINISHED = (Status.ANNOUNCED, Status.PLANNED, Status.IN_PROGRESS, Status.DELAYED)
#: The statuses with which a kind of question is answered with no, though later news may say otherwise. "Announced"
#: leaves open whether the work has begun.
_NOT_REPORTED: Mapping[str, Collection[Status]] = {
    "finished": _UNFINISHED,
    "stopped": _UNFINISHED,
    "delayed": (Status.PLANNED, Status.IN_PROGRESS),
    "started": (Status.PLANNED,),
    "ongoing": (Status.PLANNED,),
}


def _no_by_status(kind: str, project: Project, localized: LocalizedKnowledge) -> str:
    """No, where the status of a project decides; else empty."""
    translator = localized.translator
    gettext, day = translator.gettext, translator.date(project.as_of)
    if project.status in _NOT_REPORTED.get(kind, ()):
        word = status_word(project.status, translator)
        if localized.is_old(project.as_of) or was_expected_by_now(project, localized):
            return gettext("I don't know: reported as {status} on {date}, no later news.", status=word, date=day)
        return gettext("No: {status} as of {date}.", status=word, date=day)
    if project.status is Status.CANCELLED and kind != "stopped":
        return gettext("No: it was cancelled, as of {date}.", date=day)
    if project.status is Status.COMPLETED and kind in ("stopped", "delayed", "ongoing"):
        return gettext("No: it is completed, as of {date}.", date=day)
    return ""


def _yes_by_status(kind: str, project: Project, localized: LocalizedKnowledge) -> str:
    """Yes, where the status of a project decides; else empty."""
    gettext, day = localized.translator.gettext, localized.translator.date(project.as_of)
    match project.status, kind:
        case Status.CANCELLED, "stopped":
            return gettext("Yes: it was cancelled, as of {date}.", date=day)
        case Status.COMPLETED, "finished" | "started" | "plan":
            return gettext("Yes: it is completed, as of {date}.", date=day)
        case Status.DELAYED, "delayed":
            return gettext("Yes: it is delayed, as of {date}.", date=day)
        case Status.IN_PROGRESS, "started" | "ongoing":
            return gettext("Yes: it is in progress, as of {date}.", date=day)
        case _:
            return ""


def about_text(answer: About, localized: LocalizedKnowledge) -> str:
    """The reply to a question about the bot or its source."""
    match answer.kind:
        case "help":
            return help_text(localized)
        case "wordless":
            return wordless_text(answer.text, localized.translator)
        case "simpler":
            return short_form(answer.project, answer.area, localized) if answer.area else help_text(localized)
        case kind if kind.startswith("language-"):
            repeated = short_form(answer.project, answer.area, localized) if answer.area else ""
            return paragraphs(language_text(localized.translator), repeated)
        case kind:
            return about_source(kind, answer.project, localized)


def yes_or_no(kind: str, finding: Finding, localized: LocalizedKnowledge, *, stated: bool) -> Reply:
    """Yes, no, or that it is not known, then the fact that comes nearest, or what the project is."""
    sentence = polar_sentence(kind, finding.match.project, localized, stated=stated)
    text = paragraphs(sentence, known_of(finding, localized), finding_source(finding, localized))
    return Reply(text, one_finding(finding, localized).options)


def contact_line(area: Area | None, localized: LocalizedKnowledge) -> str:
    """Whom to call about an area: its own contact, or else the city's hotline."""
    gettext, hotline = localized.translator.gettext, localized.knowledge.city.contacts.hotline
    if area and area.contact:
        return gettext("{area}: {contact}", area=localized.text(area.title), contact=area.contact)
    if hotline:
        return gettext("City hotline: {contact}", contact=hotline)
    return gettext("The city has not given me a telephone number for this.")
