"""Rules of a broadcast that need no clock and no Telegram: quiet hours, times, editions, outcomes, when to stop."""

import math
from datetime import UTC, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcasts.delivery import (
    NotSent,
    NotSentReason,
    Outcome,
    RefusalReason,
    Refused,
    Sent,
    Unknown,
    UnknownReason,
    settle,
)
from bot.broadcasts.model import (
    CLASSES,
    CRASH_SPAN,
    MAX_CRASHES,
    Attachment,
    Edition,
    Link,
    crashed_too_often,
    duration,
    edition_for,
    is_silent,
    numbered_text,
    resends,
)
from bot.broadcasts.pacing import (
    DEFAULT_WINDOW,
    MAX_CONTENT_ERRORS,
    MAX_FAILURES,
    MAX_WINDOW,
    CircuitState,
    InFlightWindow,
)
from bot.broadcasts.quiet_hours import quiet_until
from bot.i18n.dates import parse_time
from bot.i18n.languages import LANGUAGES, Language
from bot.knowledge import City
from bot.knowledge.model import QuietHours
from tests.factories import make_knowledge
from tests.typos import few

HARBIN = ZoneInfo("Asia/Shanghai")
#: Zones whose clocks are changed, one of them on the southern half, one by half an hour, and one at midnight.
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
FAILURES: list[Outcome] = [NotSent("network"), NotSent("token"), *map(Unknown, get_args(UnknownReason))]
OUTCOMES: list[Outcome] = [
    Sent(7),
    Sent(),
    *map(Refused, get_args(RefusalReason)),
    *map(NotSent, get_args(NotSentReason)),
    NotSent("flood", 30.0),
    NotSent("migrated", new_chat=-1001),
    *map(Unknown, get_args(UnknownReason)),
]
times = st.times().map(lambda at: at.replace(microsecond=0))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get it


def city(start: time, end: time, zone: str = "Asia/Shanghai") -> City:
    """A city with these quiet hours."""
    quiet = QuietHours(start=start, end=end)
    return make_knowledge().city.model_copy(update={"quiet_hours": quiet, "time_zone": zone})


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-05 21:29:59", None),
        ("2026-03-05 21:30", "2026-03-06 07:30"),
        ("2026-03-05 23:59:59", "2026-03-06 07:30"),
        ("2026-03-06 00:00", "2026-03-06 07:30"),
        ("2026-03-06 07:29:59", "2026-03-06 07:30"),
        ("2026-03-06 07:30", None),
        ("2026-12-31 22:00", "2027-01-01 07:30"),
    ],
)
def test_quiet_hours_over_midnight_end_on_the_next_morning(now: str, until: str | None) -> None:
    """Their begin belongs to them, their end does not."""
    harbin = city(time(21, 30), time(7, 30))
    assert quiet_until("notice", harbin, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(("now", "until"), [("12:59", None), ("13:00", "15:00"), ("14:59", "15:00"), ("15:00", None)])
def test_quiet_hours_may_lie_within_a_day(now: str, until: str | None) -> None:
    """A siesta."""
    expected = at(f"2026-03-05 {until}") if until else None
    assert quiet_until("once", city(time(13), time(15)), at(f"2026-03-05 {now}")) == expected


@pytest.mark.parametrize(
    ("now", "until"),
    [("2026-03-28 22:00", "2026-03-29T05:30:00+00:00"), ("2026-10-24 22:00", "2026-10-25T06:30:00+00:00")],
)
def test_a_night_in_which_the_clocks_change_ends_when_the_clock_says_so(now: str, until: str) -> None:
    """In Berlin the one night is an hour shorter, the other an hour longer."""
    berlin = city(time(21, 30), time(7, 30), "Europe/Berlin")
    found = quiet_until("notice", berlin, at(now, "Europe/Berlin"))
    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(until)


@few
@given(start=times, end=times, now=instants, zone=st.sampled_from(ZONES))
def test_quiet_hours_always_end_within_a_day_and_an_alert_does_not_keep_them(
    start: time, end: time, now: datetime, zone: str
) -> None:
    """Their end is the time that the city chose, and none where the clock is not in them."""
    env = city(start, end, zone)
    assert quiet_until("alert", env, now) is None
    until = quiet_until("notice", env, now)
    assert until == quiet_until("once", env, now)
    clock = now.astimezone(ZoneInfo(zone)).time()
    inside = start <= clock < end if start <= end else not end <= clock < start
    assert (until is not None) == inside
    if until is not None:
        # Where the clock leaves the end out, it is what it shows instead, at most an hour later.
        assert until.time() == end or is_left_out(until, end)
        assert timedelta(0) < until.astimezone(UTC) - now <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:30", "2026-03-05 18:30"),
        (" 18：30 ", "2026-03-05 18:30"),
        ("18.30", "2026-03-05 18:30"),
        ("17:01", "2026-03-05 17:01"),
        ("17:00", "2026-03-06 17:00"),
        ("9:05", "2026-03-06 09:05"),
        ("0:00", "2026-03-06 00:00"),
        ("2026-03-05 18:30", "2026-03-05 18:30"),
        ("2026/3/7 08:00", "2026-03-07 08:00"),
        ("2026.3.7 8:00", "2026-03-07 08:00"),
        ("7.3.2026 18:30", "2026-03-07 18:30"),
        ("18:30 7.3.2026", "2026-03-07 18:30"),
        ("29.2.2028 00:00", "2028-02-29 00:00"),
        ("1.1.2020 10:00", "2020-01-01 10:00"),
    ],
)
def test_a_time_is_understood_as_people_write_it(text: str, expected: str) -> None:
    """It is five o'clock in the afternoon; a time without a day is the next one, a day is taken at its word."""
    assert parse_time(text, NOW, HARBIN) == at(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "now",
        "24:00",
        "18:60",
        "1830",
        "18",
        ":30",
        "30.2.2026 10:00",
        "2026-13-01 10:00",
        "0.0.0000 10:00",
        "2026-03-05",
        "5.3.2026",
        "-1:30",
        "18:30:00",
        "tomorrow 18:30",
        "5.3. 18:30",
        "18:30 18:30",
        "0001-01-01 00:00",
    ],
)
def test_a_text_that_is_not_a_time_is_parsed_as_none(text: str) -> None:
    """Nothing is guessed."""
    assert parse_time(text, NOW, HARBIN) is None


@few
@given(text=st.one_of(st.text(), st.text("0123456789:.-/ ：")), zone=st.sampled_from(ZONES), now=instants)
def test_whatever_is_written_is_a_time_in_that_zone_or_none(text: str, zone: str, now: datetime) -> None:
    """It never fails."""
    found = parse_time(text, now, ZoneInfo(zone))
    assert found is None or found.tzinfo == ZoneInfo(zone)


@few
@given(clock=times, zone=st.sampled_from(ZONES), now=instants)
def test_a_time_without_a_day_is_the_next_one(clock: time, zone: str, now: datetime) -> None:
    """Within a day, also where a clock is changed meanwhile."""
    found = parse_time(f"{clock:%H:%M}", now, ZoneInfo(zone))
    assert found is not None
    assert (found.hour, found.minute) == (clock.hour, clock.minute) or is_left_out(found, clock)
    assert timedelta(0) < found.astimezone(UTC) - now <= timedelta(hours=25)


@pytest.mark.parametrize(
    ("zone", "text", "now", "expected"),
    [
        # put forward: 02:30 does not exist, and what is shown is when it is sent
        ("Europe/Berlin", "29.3.2026 02:30", "2026-03-28 12:00", "2026-03-29 03:30+02:00"),
        ("Europe/Berlin", "02:30", "2026-03-28 23:00", "2026-03-29 03:30+02:00"),
        ("America/Sao_Paulo", "2018-11-04 00:30", "2018-11-03 12:00", "2018-11-04 01:30-02:00"),
        # put back: 02:30 comes twice, and the next one is meant
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-24 22:00", "2026-10-25 02:30+02:00"),
        ("Europe/Berlin", "02:30", "2026-10-25 00:45", "2026-10-25 02:30+01:00"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:45", "2026-10-25 02:30+01:00"),
        ("Europe/Berlin", "02:30", "2026-10-25 01:45", "2026-10-26 02:30+01:00"),
        ("America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18 01:45", "2018-02-17 23:30-03:00"),
        # no change of clocks, and another name of the zone
        ("Asia/Harbin", "02:30", "2026-03-28 12:00", "2026-03-29 02:30+08:00"),
    ],
)
def test_when_the_clocks_change_a_time_is_the_next_one_that_they_show(
    zone: str, text: str, now: str, expected: str
) -> None:
    """`now` is in UTC."""
    found = parse_time(text, datetime.fromisoformat(f"{now}+00:00"), ZoneInfo(zone))
    assert found is not None
    assert found.isoformat(" ", "minutes") == expected


def test_quiet_hours_whose_end_comes_twice_end_when_it_is_still_to_come() -> None:
    berlin = city(time(21, 30), time(2, 30), "Europe/Berlin")
    second_time = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    until = quiet_until("notice", berlin, second_time)
    assert until is not None
    assert until.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def is_left_out(found: datetime, clock: time) -> bool:
    """Whether the clocks of that night leave a time of day out, and show `found` instead."""
    there = datetime.combine(found.date(), clock, found.tzinfo)
    return there.astimezone(UTC).astimezone(found.tzinfo) == found and there.time() != found.time()


editions = st.dictionaries(
    st.sampled_from(LANGUAGES),
    st.builds(
        Edition,
        st.text(max_size=5),
        st.none() | st.builds(Attachment, st.just("photo"), st.text(max_size=3)),
        st.just(()) | st.just((Link("more", "https://example.org"),)),
    ),
    min_size=1,
)


@few
@given(editions=editions, language=st.none() | st.sampled_from(LANGUAGES), default=st.sampled_from(LANGUAGES))
def test_everybody_gets_an_edition(
    editions: dict[Language, Edition], language: Language | None, default: Language
) -> None:
    """Their own language, else the city's, else any; each recipient gets the picture and the buttons that there are."""
    code, edition = edition_for(editions, language, default)
    wanted = [wish for wish in (language, default) if wish in editions]
    assert code == wanted[0] if wanted else code in editions
    assert edition.html == editions[code].html
    assert bool(edition.attachment) == any(one.attachment for one in editions.values())
    assert bool(edition.links) == any(one.links for one in editions.values())
    assert editions[code].attachment in (edition.attachment, None)
    if not editions[code].attachment and default in editions and editions[default].attachment:
        assert edition.attachment == editions[default].attachment


@pytest.mark.parametrize(
    ("language", "number"), [("en", "No 2026-014"), ("zh", "第 2026-014 号"), ("ru", "№ 2026-014")]
)
def test_a_text_ends_with_its_number(language: Language, number: str) -> None:
    """By which a copy is known; a picture without a text has it alone."""
    assert numbered_text(Edition("<b>!</b>"), "2026-014", language) == f"<b>!</b>\n\n{number}"
    assert numbered_text(Edition(""), "2026-014", language) == number


def test_only_a_copy_of_a_notice_is_silent_and_once_is_once() -> None:
    """What each class promises of a second message."""
    assert [kind for kind in CLASSES if not resends(kind)] == ["once"]
    assert [(kind, attempt) for kind in CLASSES for attempt in (1, 2) if is_silent(kind, attempt)] == [("notice", 2)]


@few
@given(recipients=st.integers(0, 10_000_000), per_second=st.floats(0.1, 1000))
def test_a_duration_is_never_too_short(recipients: int, per_second: float) -> None:
    """Not more is sent in it than Telegram allows; without recipients it is zero."""
    taken = duration(recipients, per_second)
    assert recipients / per_second <= taken.total_seconds() <= recipients / per_second * 1.02 + 1
    assert duration(0, per_second) == timedelta(0)


@pytest.mark.parametrize(
    ("ago", "often"), [([], False), ([1, 2], False), ([0, 1, 5], True), ([0, 1, 5.01], False), ([0, 1, 2, 9], True)]
)
def test_three_crashes_in_five_minutes_are_too_many(ago: list[float], often: bool) -> None:
    """Minutes before now."""
    assert (MAX_CRASHES, timedelta(minutes=5)) == (3, CRASH_SPAN)
    assert crashed_too_often([NOW - timedelta(minutes=minutes) for minutes in ago], NOW) is often


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
def test_every_outcome_settles_a_delivery(outcome: Outcome) -> None:
    """Only what Telegram took is sent; only what certainly did not arrive waits again, and costs no attempt."""
    settled = settle(5, outcome, NOW)
    assert settled.chat == 5
    assert (settled.state == "sent") == isinstance(outcome, Sent)
    assert (settled.state == "failed") == isinstance(outcome, Refused)
    assert (settled.state == "unknown") == isinstance(outcome, Unknown)
    assert (settled.state == "pending") == isinstance(outcome, NotSent) == (not settled.counts)
    assert settled.ends_subscription == (outcome in (Refused("blocked"), Refused("chat")))
    assert settled.reason == (outcome.why if isinstance(outcome, Refused | Unknown) else "")
    assert settled.message_id == (outcome.message_id if isinstance(outcome, Sent) else None)


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [(NotSent("network"), 5), (NotSent("flood", 30.0), 30), (NotSent("flood"), 5), (NotSent("migrated", 0.0, -9), 0)],
)
def test_what_was_not_sent_waits_as_long_as_telegram_asks(outcome: NotSent, seconds: int) -> None:
    """Else for some seconds; a group that moved is written to at once."""
    settled = settle(5, outcome, NOW)
    assert settled.next_at == NOW + timedelta(seconds=seconds)
    assert settled.new_chat == outcome.new_chat


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_the_circuit_opens_at_the_fifth_failure_in_a_row(failure: Outcome) -> None:
    """One that is sent among them, and Telegram is there; after a pause one message shows whether it is again."""
    circuit = CircuitState()
    for _ in range(MAX_FAILURES - 1):
        circuit = circuit.after(failure)
        assert not circuit.is_open
    assert not circuit.after(Sent()).after(failure).is_open
    circuit = circuit.after(failure)
    assert circuit.is_open
    assert not circuit.checked().is_open
    assert circuit.checked().limit(DEFAULT_WINDOW) == 1
    assert circuit.checked().after(failure).is_open
    assert circuit.checked().after(Sent()) == CircuitState()


@pytest.mark.parametrize(
    "outcome", [NotSent("flood", 3.0), NotSent("migrated"), *map(Refused, get_args(RefusalReason))], ids=str
)
def test_what_telegram_answers_shows_that_it_is_there(outcome: Outcome) -> None:
    """However unwelcome the answer is."""
    circuit = CircuitState()
    for _ in range(MAX_FAILURES - 1):
        circuit = circuit.after(Unknown("silence"))
    assert circuit.after(outcome).failures == 0


@few
@given(
    others=st.lists(
        st.sampled_from(
            [o for o in OUTCOMES if not isinstance(o, Sent) and o not in (Refused("content"), Refused("unclassified"))]
        )
    )
)
def test_twenty_refused_contents_stop_a_broadcast_and_no_more_are_on_their_way(others: list[Outcome]) -> None:
    """Whatever else happens between them, unless one is sent."""
    circuit = CircuitState()
    for number in range(MAX_CONTENT_ERRORS):
        assert not circuit.content_refused
        assert circuit.limit(MAX_WINDOW) <= MAX_CONTENT_ERRORS - number
        circuit = circuit.after(Refused("content"))
        for outcome in others[number::MAX_CONTENT_ERRORS]:
            circuit = circuit.after(outcome)
    assert circuit.content_refused
    assert not circuit.after(Sent()).content_refused


@few
@given(seconds=st.lists(st.floats(0, 60), max_size=300), per_second=st.floats(1, 1000))
def test_the_window_is_never_wider_than_what_a_crash_may_double(seconds: list[float], per_second: float) -> None:
    """Never below the usual size."""
    window = InFlightWindow(per_second)
    for one in seconds:
        window.record(one)
        assert DEFAULT_WINDOW <= window.size <= MAX_WINDOW


@pytest.mark.parametrize(("seconds", "size"), [(0.05, 8), (0.2, 8), (0.3, 11), (0.4, 14), (2.0, 16)])
def test_the_window_follows_little_s_law(seconds: float, size: int) -> None:
    """At thirty per second: the rate times the duration of a send, and two more."""
    window = InFlightWindow(30)
    for _ in range(100):
        window.record(seconds)
    assert window.size == size == max(DEFAULT_WINDOW, min(MAX_WINDOW, math.ceil(30 * seconds) + 2))
