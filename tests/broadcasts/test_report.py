"""What admins read about a broadcast: the bar, the order of the queue, and the counts as a file."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.broadcasts.delivery import RefusalReason, UnknownReason
from bot.broadcasts.messages import format_duration, pause_reason_text, state_name
from bot.broadcasts.model import Broadcast, BroadcastState, Counts, PauseReason, Progress
from bot.broadcasts.report import (
    bar,
    chats_csv,
    counts_csv,
    format_progress,
    format_report,
    outcome_rows,
    queued_before,
)
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from tests.factories import make_knowledge
from tests.telegram_ui.bot_env import TaggedTranslator, tagged

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CITY = make_knowledge().city
SENDING = Broadcast(id=1, number="2026-001", author=21, state="sending", created_at=NOON, total=10)


def counted(**numbers: int) -> Counts:
    """Counts without reasons."""
    return Counts({(state, ""): number for state, number in numbers.items()})


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        (counted(pending=10), "░░░░░░░░░░░░ 0 %"),
        (counted(sent=5, sending=1, pending=4), "██████░░░░░░ 50 %"),
        (counted(sent=999, pending=1), "███████████░ 99 %"),
        (counted(sent=6, failed=2, unknown=1, skipped=1), "████████████ 100 %"),
        (counted(sent=5, cancelled=5), "██████░░░░░░ 50 %"),
        (Counts(), "░░░░░░░░░░░░ 0 %"),
    ],
)
def test_the_bar_is_full_only_when_nothing_is_left_and_nothing_was_given_up(counts: Counts, shown: str) -> None:
    assert bar(Progress(SENDING, counts)) == shown


def test_those_that_are_sent_first_are_the_active_one_alerts_and_older_ones() -> None:
    own = replace(SENDING, id=2, state="queued", starts_at=NOON)
    older = replace(own, id=3, starts_at=NOON - timedelta(minutes=1))
    newer = replace(own, id=4, starts_at=NOON + timedelta(minutes=1))
    alert = replace(newer, id=5, kind="alert")
    paused, unapproved = replace(older, id=6, state="paused"), replace(older, id=7, state="unapproved")

    assert queued_before(own, [SENDING, own, older, newer, alert, paused, unapproved]) == [SENDING, older, alert]
    assert queued_before(alert, [SENDING, own, older]) == [SENDING]
    assert queued_before(SENDING, [own, older]) == []


@pytest.mark.parametrize(
    "reason", [*get_args(RefusalReason), *get_args(UnknownReason), "died", "unsubscribed", "erased", "migrated"]
)
def test_every_stored_reason_has_a_text(reason: str) -> None:
    (row,) = outcome_rows(Counts({("failed", reason): 1}), tagged("en"))

    assert row.reason.startswith("en: ")


@pytest.mark.parametrize("state", get_args(BroadcastState))
def test_every_state_has_its_words_and_its_card(state: BroadcastState) -> None:
    progress = Progress(replace(SENDING, state=state), counted(sent=5, pending=5))

    assert state_name(state, tagged("en")) in format_progress(progress, [], CITY, NOON, tagged("en"))


@pytest.mark.parametrize("reason", get_args(PauseReason))
def test_every_reason_of_a_pause_has_a_text_on_the_card(reason: PauseReason) -> None:
    progress = Progress(replace(SENDING, state="paused", paused_for=reason), counted(pending=10))

    assert pause_reason_text(reason, tagged("en")) in format_progress(progress, [], CITY, NOON, tagged("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_report_fits_below_a_picture(language: Language) -> None:
    """With each reason there is, and numbers of millions."""
    reasons = {
        "failed": get_args(RefusalReason),
        "unknown": (*get_args(UnknownReason), "died"),
        "skipped": ("unsubscribed", "erased", "migrated"),
        "cancelled": ("",),
        "sent": ("",),
    }
    counts = Counts({(state, reason): 1_234_567 for state, some in reasons.items() for reason in some})
    ended = replace(SENDING, state="finished", started_at=NOON, ended_at=NOON + timedelta(hours=99), total=10**7)

    assert len(format_report(Progress(ended, counts), translator_in(language)).encode("utf-16-le")) / 2 <= 1024


def test_the_files_are_read_back_as_they_were_and_no_cell_is_a_formula() -> None:
    class Hostile(TaggedTranslator):
        """A catalogue whose sentences begin like formulas."""

        def gettext(self, message: str, /, **values: object) -> str:
            return f"=HYPERLINK({message})"

    counts = Counts({("sent", ""): 5, ("failed", "+1"): 2, ("failed", "blocked"): 3})
    content = counts_csv(Progress(SENDING, counts), Hostile("en")).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    assert {"5", "3", "2", "'+1"} <= set(cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert chats_csv([4711, -100500], tagged("en")).decode("utf-8-sig").split()[-2:] == ["4711", "-100500"]


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=9, minutes=15), "9 h 15 min"),
    ],
)
def test_a_duration_is_written_in_minutes_and_never_too_short(duration: timedelta, shown: str) -> None:
    assert format_duration(duration, tagged("en")) == f"en: {shown}"
