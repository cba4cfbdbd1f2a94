"""The report on citizens' questions and their outcomes: figures from counters, without any chat."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from bot.inbox.model import CountKey, QuestionOutcome

#: A lower count could identify a person, so it is shown as "under 5".
SHOWN_FROM = 5
#: The default length of a report in days.
USUAL_DAYS = 28
#: Outcomes of a question; the others are a citizen's ratings.
QUESTION_OUTCOMES: tuple[QuestionOutcome, ...] = ("answered", "several", "unsure", "not_found", "repeated")


@dataclass(frozen=True, slots=True)
class TopGroup:
    """A group of unanswered questions, with one masked question."""

    id: int
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class TicketTimes:
    """When a ticket was opened, and when a person answered it."""

    created_at: datetime
    answered_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures since a day, in the city's time zone."""

    since: date
    until: date
    questions: int
    outcomes: Mapping[str, int]  #: in the order of `QUESTION_OUTCOMES`
    languages: Mapping[str, int]  #: by code, largest first; empty code: none was detected
    areas: Mapping[str, int]  #: by id, largest first; empty id: about none
    hours: Sequence[int]  #: 24 numbers
    weeks: Mapping[date, int]  #: by Monday, oldest first
    groups: Sequence[TopGroup]
    helpful: int
    not_helpful: int
    tickets: int
    tickets_open: int
    answer_time: timedelta | None  #: the median time to a person's answer
    gained: int  #: answers that citizens got because of teaching


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a report, in the city's time zone."""

    since: date
    until: date
    zone: ZoneInfo


def make_report(
    counts: Iterable[tuple[CountKey, int]],
    period: Period,
    *,
    groups: Sequence[TopGroup],
    tickets: Sequence[TicketTimes],
    gained: int,
) -> Report:
    """Add up the counters."""
    sums = _Sums()
    for key, number in counts:
        sums.add(key, number, period.zone)
    waits = [(each.answered_at - each.created_at).total_seconds() for each in tickets if each.answered_at]
    return Report(
        since=period.since,
        until=period.until,
        questions=sum(sums.outcomes[name] for name in QUESTION_OUTCOMES),
        outcomes={name: sums.outcomes[name] for name in QUESTION_OUTCOMES},
        languages=dict(sums.languages.most_common()),
        areas=dict(sums.areas.most_common()),
        hours=[sums.hours[hour] for hour in range(24)],
        weeks=dict(sorted(sums.weeks.items())),
        groups=groups,
        helpful=sums.outcomes["helpful"],
        not_helpful=sums.outcomes["not_helpful"],
        tickets=len(tickets),
        tickets_open=sum(each.is_open for each in tickets),
        answer_time=timedelta(seconds=median(waits)) if waits else None,
        gained=gained,
    )


@dataclass(slots=True)
class _Sums:
    """Counters by each property of a question."""

    outcomes: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    weeks: Counter[date] = field(default_factory=Counter)

    def add(self, key: CountKey, number: int, zone: ZoneInfo) -> None:
        self.outcomes[key.outcome] += number
        if key.outcome not in QUESTION_OUTCOMES:
            return
        at = key.hour.astimezone(zone)
        self.languages[key.language] += number
        self.areas[key.area] += number
        self.hours[at.hour] += number
        self.weeks[at.date() - timedelta(days=at.weekday())] += number


def is_shown(number: int) -> bool:
    """Whether the exact count may be shown."""
    return number == 0 or number >= SHOWN_FROM


def report_row(report: Report) -> Mapping[str, object]:
    """The report for scripts; a count of 1 to 4 is the text `under 5`. Times are in seconds."""

    def shown(number: int) -> int | str:
        return number if is_shown(number) else f"under {SHOWN_FROM}"

    def each(numbers: Mapping[str, int]) -> dict[str, int | str]:
        return {name or "none": shown(number) for name, number in numbers.items()}

    wait = report.answer_time
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "questions": shown(report.questions),
        "outcomes": each(report.outcomes),
        "languages": each(report.languages),
        "areas": each(report.areas),
        "hours": [shown(number) for number in report.hours],
        "weeks": each({week.isoformat(): number for week, number in report.weeks.items()}),
        "groups": [{"id": one.id, "count": shown(one.count), "example": one.example} for one in report.groups],
        "helpful": shown(report.helpful),
        "not_helpful": shown(report.not_helpful),
        "tickets": shown(report.tickets),
        "tickets_open": shown(report.tickets_open),
        "answer_seconds": None if wait is None else round(wait.total_seconds()),
        "won": shown(report.gained),
    }
