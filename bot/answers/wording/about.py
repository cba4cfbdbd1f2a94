"""What the bot says about itself and its source, and how it answers yes or no."""

from datetime import date

from bot.answers.answer import About, Finding
from bot.answers.reply import LocalizedKnowledge, Reply, example_of, paragraphs
from bot.answers.wording.cards import known_of, one_finding, short_form
from bot.answers.wording.dated_text import dated_completion, expects_later, was_expected_by_now
from bot.answers.wording.sources import finding_source
from bot.i18n.message import LazyMessage, Translator, lazy_gettext
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
    """That the bot answers in the language that was asked for."""
    return translator.gettext("Of course. Write to me in English, and I will answer in English.")


def wordless_text(text: str, translator: Translator) -> str:
    """A reply to emoji, or to anything else without words."""
    if _PLEASED & set(text):
        return translator.gettext("Glad to help!")
    if _DISPLEASED & set(text):
        return translator.gettext("I am sorry about that. Please tell me in words what you would like to know.")
    return translator.gettext("I only understand words. Please type your question.")


def _polar_sentence(kind: str, project: Project | None, localized: LocalizedKnowledge, known: str, stated: bool) -> str:
    """Yes, no, or that it is not known; empty where the expected completion answers. `known` follows it.

    Kinds: see polar.yaml; "denied" where a fact of the file means no. `stated`: whether the file accounts for all that
    is asked; if not, a yes would confirm more than the file says.
    """
    translator = localized.translator
    gettext, source_day = translator.gettext, translator.date(source_of(project, localized).date)
    if kind == "denied":
        return gettext("No, not according to the source of {date}.", date=source_day)
    settled = _settled(kind, project.status) if project else None
    said = gettext("Yes, as announced on {date}.", date=source_day) if kind == "plan" else ""
    if project and settled is not None:
        said = _by_status(project, localized, known, is_yes=settled)
    if said and settled is not False and not stated:
        return gettext("The source of {date} does not say exactly this. It says:", date=source_day)
    return said or _not_known(kind, project, localized, known)


def _not_known(kind: str, project: Project | None, localized: LocalizedKnowledge, known: str) -> str:
    translator = localized.translator
    gettext, source_day = translator.gettext, translator.date(source_of(project, localized).date)
    if kind == "expected" and project and expects_later(project, localized):
        return ""
    if kind == "expected" and source_day in known:
        return _no_later_news(project, localized, known).render(translator)
    if project and translator.date(project.as_of) != source_day:
        return gettext(
            "I don't know: my source of {date} does not say so. As of {confirmed}, I have no later news.",
            date=source_day,
            confirmed=translator.date(project.as_of),
        )
    return gettext("I don't know: my source of {date} does not say so, and I have no later news.", date=source_day)


def _settled(kind: str, status: Status) -> bool | None:
    """Whether a status answers a kind of question with yes or no; None where it leaves the answer open."""
    info = status.info
    if info.is_given_up:
        return kind == "stopped"
    match kind:
        case "finished":
            return info.is_done
        case "stopped":
            return False
        case "delayed":
            return True if info.is_late else None if info.has_begun is None else False
        case "started":
            return info.has_begun
        case "ongoing":
            return False if info.is_done else info.has_begun
        case _:
            return True if kind == "plan" and info.is_done else None


def _no_later_news(project: Project | None, localized: LocalizedKnowledge, known: str) -> LazyMessage:
    """That it is not known, before what was reported on a day; the line on the completion adds that no more is."""
    completion = dated_completion(project, localized) if project else ""
    if completion and completion in known:
        return lazy_gettext("I don't know.")
    return lazy_gettext("I don't know: I have no later news.")


def _by_status(project: Project, localized: LocalizedKnowledge, known: str, *, is_yes: bool) -> str:
    """Yes or no with the status and its day; later news may have ended a status that is not final."""
    status, day = project.status, project.as_of
    is_open = not is_yes and not status.is_over
    if is_open and (localized.is_old(day) or was_expected_by_now(project, localized)):
        sentence = lazy_gettext("I don't know: reported as {status} on {date}, no later news.")
        if localized.translator.date(day) in known:
            sentence = lazy_gettext("I don't know: last reported as {status}.")
    else:
        sentence = status.info.yes if is_yes else status.info.no
    return sentence.filled(status=status.info.label, date=day).render(localized.translator)


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


def yes_or_no(kind: str, finding: Finding, localized: LocalizedKnowledge, *, stated: bool) -> Reply:
    """Yes, no, or that it is not known, then the fact that comes nearest, or what the project is."""
    project = finding.match.project
    # A reply that does not begin with the status tells it, once the old texts below have become untrue.
    headed = project is not None and project.status.is_over and not stated
    known = known_of(finding, localized, headed=headed)
    sentence = _polar_sentence(kind, project, localized, known, stated)
    text = paragraphs(sentence, known, finding_source(finding, localized))
    return Reply(text, one_finding(finding, localized).options)


def contact_line(area: Area | None, localized: LocalizedKnowledge) -> str:
    """Whom to call about an area: its own contact, or else the city's hotline."""
    gettext, hotline = localized.translator.gettext, localized.knowledge.city.contacts.hotline
    if area and area.contact:
        return gettext("{area}: {contact}", area=localized.text(area.title), contact=area.contact)
    if hotline:
        return gettext("City hotline: {contact}", contact=hotline)
    return gettext("I have no telephone number for this yet.")
