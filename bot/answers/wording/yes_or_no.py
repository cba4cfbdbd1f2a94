"""Yes-or-no answers: from the status, from a fact that means no, or otherwise "not known"."""

from bot.answers.answer import Finding
from bot.answers.reply import LocalizedKnowledge, Reply, paragraphs
from bot.answers.wording.about import source_of
from bot.answers.wording.cards import known_of, one_finding, with_extra_fact
from bot.answers.wording.dated_text import dated_completion, expects_later, was_expected_by_now
from bot.answers.wording.sources import finding_source
from bot.i18n.message import LazyMessage, lazy_gettext
from bot.knowledge import Project, Status


def yes_or_no(kind: str, finding: Finding, localized: LocalizedKnowledge, *, stated: bool, touched: bool) -> Reply:
    """Yes, no, or "not known", then the closest fact, or what the project is.

    `stated`: whether the file covers everything that is asked; if not, a yes would confirm more than the file says.
    `touched`: whether the text below has words of the question; then "the source does not say so" would be false.
    """
    project = finding.match.project
    # If the reply does not begin with the status, it states the status once the old texts below are out of date.
    headed = project is not None and project.status.is_over and not stated
    known = known_of(finding, localized, headed=headed)
    sentence = _polar_sentence(kind, project, localized, known, stated=stated, touched=touched)
    text = paragraphs(sentence, known, finding_source(finding, localized))
    return with_extra_fact(Reply(text, one_finding(finding, localized).options), finding, localized)


def _polar_sentence(
    kind: str, project: Project | None, localized: LocalizedKnowledge, known: str, *, stated: bool, touched: bool
) -> str:
    """Yes, no, or that it is not known; empty where the expected completion answers. `known` follows it.

    Kinds: see polar.yaml; "denied" where a fact of the file means no.
    """
    translator = localized.translator
    gettext, source_day = translator.gettext, translator.date(source_of(project, localized).date)
    if kind == "denied":
        return gettext("No, not according to the source of {date}.", date=source_day)
    is_yes = _answer_by_status(kind, project.status) if project else None
    said = gettext("Yes, as announced on {date}.", date=source_day) if kind == "plan" else ""
    if project and is_yes is not None:
        said = _by_status(project, localized, known, is_yes=is_yes)
    if (said and is_yes is not False and not stated) or (touched and not said):
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


def _answer_by_status(kind: str, status: Status) -> bool | None:
    """Whether a status answers a kind of question with yes or no; None if it leaves the answer open."""
    info = status.info
    if info.is_given_up:
        return kind == "stopped"
    match kind:
        case "finished":
            return info.is_done
        case "stopped":
            return info.is_stopped
        case "delayed":
            return True if info.is_late else None if info.has_begun is None else False
        case "started":
            return info.has_begun
        case "ongoing":
            return False if info.is_done or info.is_stopped else info.has_begun
        case _:
            return True if kind == "plan" and info.is_done else None


def _no_later_news(project: Project | None, localized: LocalizedKnowledge, known: str) -> LazyMessage:
    """Says "not known", before a dated report; the line on the completion adds that there is nothing newer."""
    completion = dated_completion(project, localized) if project else ""
    if completion and completion in known:
        return lazy_gettext("I don't know.")
    return lazy_gettext("I don't know: I have no later news.")


def _by_status(project: Project, localized: LocalizedKnowledge, known: str, *, is_yes: bool) -> str:
    """Yes or no with the status and its date; later news may have changed a status that is not final."""
    status, day = project.status, project.as_of
    is_open = not is_yes and not status.is_over
    if is_open and (localized.is_old(day) or was_expected_by_now(project, localized)):
        sentence = lazy_gettext("I don't know: reported as {status} on {date}, no later news.")
        if localized.translator.date(day) in known:
            sentence = lazy_gettext("I don't know: last reported as {status}.")
    else:
        sentence = status.info.yes if is_yes else status.info.no
    return sentence.filled(status=status.info.label, date=day).render(localized.translator)
