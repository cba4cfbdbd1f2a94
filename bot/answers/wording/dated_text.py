"""The city's texts as of today: nothing that a later status or the calendar made false is stated as fact.

A sentence about the future is out of date if its project is completed or cancelled, or if its own date has passed. It
is then told as a report with its date: “On 12 November 2021, completion was expected by the end of 2021.” The same
holds for a time such as “next month”, and for every statement that is older than the cancellation of its project
(“Entry is free”). A time that means the year of writing is told with that year. Everything else is told as the city
wrote it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from bot.answers.reply import LocalizedKnowledge, lines_that_fit
from bot.i18n.message import Translator
from bot.knowledge import Area, Project, Status, Translated
from bot.knowledge.contradictions import (
    contradicts_status,
    deadline_in,
    expects_completion,
    outdated_note,
    says_its_day,
    sentences_of,
    speaks_of_cancelling,
)
from bot.knowledge.deadlines import deadline_of, due_instead_of_words, last_day, latest_expected
from bot.knowledge.denials import is_denial
from bot.knowledge.relative_dates import depends_on_its_day, with_year

#: The most characters of the lines about changed projects.
_ROOM_OF_CHANGES = 220


@dataclass(frozen=True, slots=True)
class Background:
    """What a text is judged by: the projects that it is about, when it was written, and today's date."""

    projects: Sequence[Project]
    written: date
    today: date

    @property
    def statuses(self) -> frozenset[Status]:
        return frozenset(project.status for project in self.projects)

    def is_void(self, text: str) -> bool:
        """Whether what a text states was cancelled after it was written."""
        cancelled = [project.status.info.is_given_up and project.as_of > self.written for project in self.projects]
        return bool(cancelled) and all(cancelled) and not speaks_of_cancelling(text)

    @property
    def has_new_date(self) -> bool:
        """Whether a date in the future is known."""
        days = (latest_expected(project, self.written) for project in self.projects)
        return any(day is not None and day >= self.today for day in days)


def background_of_project(project: Project, localized: LocalizedKnowledge, source: str | None = None) -> Background:
    written = localized.knowledge.city.sources[source or project.source].date
    return Background((project,), written, localized.today)


def background_of_area(
    area: Area, localized: LocalizedKnowledge, concerned: Sequence[Project] = (), source: str | None = None
) -> Background:
    projects = concerned or localized.knowledge.projects_of(area.id)
    sources = localized.knowledge.city.sources
    written = [sources[source].date] if source else [sources[project.source].date for project in projects]
    return Background(projects, min(written, default=localized.today), localized.today)


def dated_text(text: Translated, background: Background, localized: LocalizedKnowledge, said: str = "") -> str:
    """A text as of today, without past reports that `said` already contains."""
    return dated_whole(localized.text(text), background, localized.translator, said)


def dated_whole(whole: str, background: Background, translator: Translator, said: str = "") -> str:
    """The same for a text in one language."""
    texts: list[str] = []
    sentences = _read_all(whole, background, translator)
    if len(background.projects) > 1 and any(sentence.is_quoted for sentence in sentences):
        # It is unknown which of its sentences are about the project whose status changed.
        return _quoted(with_year(whole, background.written), background, translator)
    for is_quoted, group in groupby(sentences, key=lambda sentence: sentence.is_quoted):
        if is_quoted:
            texts.append(_quoted("".join(each.text for each in group), background, translator))
        else:
            texts += [each.text for each in group if not (each.is_past and (each.text in said or each.text in texts))]
    return _joined(texts, translator).strip()


def dated_note(project: Project, localized: LocalizedKnowledge) -> str:
    """The note on a project's status; empty if it belongs to an earlier status."""
    note = localized.text(project.status_note)
    return "" if outdated_note(note, project.status) else note


def dated_completion(project: Project, localized: LocalizedKnowledge) -> str:
    """The line on the expected completion; in the past tense once the project is over or the day has passed.

    Where the languages contradict each other, the words in the reader's language decide.
    """
    translator, background = localized.translator, background_of_project(project, localized)
    words = localized.text(project.expected_completion) if project.expected_completion else ""
    deadline = deadline_of(project, background.written) or last_day(words, background.written)
    if project.status.is_over or (deadline and deadline < localized.today):
        return _was_expected(deadline, background, translator) if deadline else ""
    due = due_instead_of_words(project, background.written)
    time = translator.date(due) if due else words
    return translator.gettext("Expected completion: {time}", time=with_year(time, background.written)) if time else ""


def expects_later(project: Project, localized: LocalizedKnowledge) -> bool:
    """Whether a completion is expected that lies in the future."""
    deadline = deadline_of(project, background_of_project(project, localized).written)
    return not project.status.is_over and deadline is not None and deadline >= localized.today


def was_expected_by_now(project: Project, localized: LocalizedKnowledge) -> bool:
    """Whether a completion was expected on a day that has passed since the status was reported."""
    deadline = deadline_of(project, background_of_project(project, localized).written)
    return deadline is not None and project.as_of <= deadline < localized.today


def status_now(project: Project, localized: LocalizedKnowledge) -> str:
    """The status and its date, for a project whose status changed what was expected; otherwise empty."""
    status = project.status
    if not status.ends_expectations:
        return ""
    return status.info.sentence.filled(status=status.info.label, date=project.as_of).render(localized.translator)


def changed_statuses(projects: Sequence[Project], localized: LocalizedKnowledge) -> str:
    """A line for each project that is completed, cancelled or delayed, as many as fit beside a fact."""
    changed = [project for project in projects if project.status.ends_expectations]
    lines = [
        localized.translator.gettext(
            "{title}: {status} (as of {date}).",
            title=localized.text(project.title),
            status=project.status.info.label.render(localized.translator),
            date=localized.translator.date(project.as_of),
        )
        for project in changed
    ]
    return lines_that_fit(lines, _ROOM_OF_CHANGES)


def is_dated(text: Translated, background: Background, localized: LocalizedKnowledge) -> bool:
    """Whether a text contains a sentence that is told as a past report."""
    return any(sentence.is_past for sentence in _read_all(localized.text(text), background, localized.translator))


def reworded(whole: str, background: Background, translator: Translator) -> Iterator[tuple[str, str]]:
    """The sentences of a text that may no longer be stated as fact, each with the words to use instead."""
    for sentence, read in zip(sentences_of(whole), _read_all(whole, background, translator), strict=True):
        if read.is_past:
            yield sentence, _quoted(read.text, background, translator) if read.is_quoted else read.text


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str  #: with years; in other words if `is_past` and not `is_quoted`
    is_past: bool = False  #: whether it is told as a past report
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class _Times:
    """What a sentence of the knowledge says about time, independent of today's date."""

    deadline: date | None
    dated: str  #: the sentence with years
    may_be_outdated: bool  #: whether it contradicts a status, or contains a time relative to the day of writing


@lru_cache(maxsize=4096)
def _times_of(sentence: str, written: date, statuses: frozenset[Status]) -> _Times:
    dated = with_year(sentence, written)
    is_settled = any(contradicts_status(sentence, status) for status in statuses)
    return _Times(deadline_in(sentence, written), dated, is_settled or depends_on_its_day(dated))


def _read_all(whole: str, background: Background, translator: Translator) -> list[_Sentence]:
    is_void = background.is_void(whole)
    return [_read(sentence, background, translator, is_void=is_void) for sentence in sentences_of(whole)]


def _read(sentence: str, background: Background, translator: Translator, *, is_void: bool) -> _Sentence:
    """A sentence as it is told; `is_void`: whether its text was written before a cancellation."""
    times = _times_of(sentence, background.written, background.statuses)
    deadline, dated = times.deadline, times.dated
    has_passed = deadline is not None and deadline < background.today
    is_void = is_void and not says_its_day(sentence) and not is_denial(sentence)
    if not (has_passed or times.may_be_outdated or is_void):
        return _Sentence(dated)
    if deadline and expects_completion(sentence):
        return _Sentence(_was_expected(deadline, background, translator), is_past=True)
    return _Sentence(dated, is_past=True, is_quoted=True)


def _quoted(text: str, background: Background, translator: Translator) -> str:
    return translator.gettext(
        "Reported on {date}: “{text}”", date=translator.date(background.written), text=text.strip()
    )


def _was_expected(deadline: date, background: Background, translator: Translator) -> str:
    """What was expected on the date of the source, and what is known since."""
    gettext = translator.gettext
    values = {"date": translator.date(background.written), "time": _day(deadline, translator)}
    if any(status.is_over for status in background.statuses) or deadline >= background.today or background.has_new_date:
        return gettext("On {date}, completion was expected by {time}.", **values)
    if any(status.ends_expectations for status in background.statuses):
        return gettext("On {date}, completion was expected by {time}; no new date is known.", **values)
    return gettext("On {date}, completion was expected by {time}; nothing later is known.", **values)


def _day(day: date, translator: Translator) -> str:
    """A day as a deadline."""
    if (day.month, day.day) == (12, 31):
        return translator.gettext("the end of {year}", year=day.year)
    return translator.date(day)


def _joined(sentences: Iterable[str], translator: Translator) -> str:
    """Join sentences, with a space if the language uses one."""
    text = ""
    for sentence in sentences:
        text += ("" if not text or text[-1].isspace() else translator.space) + sentence
    return text
