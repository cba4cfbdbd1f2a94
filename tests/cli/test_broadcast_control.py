"""Broadcasts under way from the command line, and the errors that prevent them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.broadcasts.model import Broadcast, Counts, Progress
from bot.control.socket import NAME
from tests.cli.running_bot import NOON, RunningBot, only

# --- Under way ---


def sending(running: RunningBot, *, rest: int = 1) -> Broadcast:
    """Set the only broadcast to being sent, with a refused and an unknown delivery."""
    broadcast = replace(only(running), state="sending", total=1000 + rest, gathered=True, started_at=NOON)
    counts = Counts(
        {
            ("sent", ""): 990,
            ("failed", "blocked"): 4,
            ("failed", "chat"): 2,
            ("unknown", "silence"): 1,
            ("skipped", "unsubscribed"): 3,
            ("pending", ""): rest,
        }
    )
    running.broadcasts.stored[broadcast.id] = broadcast
    running.broadcasts.figures[broadcast.id] = counts
    running.live = Progress(broadcast, counts, 28.94, timedelta(seconds=75), NOON, unreachable=True)
    return broadcast


async def test_status_tells_how_far_it_is(running: RunningBot) -> None:
    number = await running.drafted()
    nothing = await running.minsheng("broadcast", "status")
    assert (nothing.code, nothing.out) == (0, "No broadcast is under way.\n")
    sending(running)
    ran = await running.minsheng("broadcast", "status")
    assert ran.out == (
        f"{number}  is being sent  notice, everybody  2026-03-01 20:00\n"
        "  sent: 990 · refused: 6 · unknown: 1 · rest: 1 · no longer subscribed: 3 · 28.9 a second"
        " · 0:01:15 left · Telegram does not answer · quiet hours until 2026-03-01 20:00\n"
    )
    shown = await running.minsheng("broadcast", "status", number, "--json")
    (row,) = shown.rows
    assert row == {
        "number": number,
        "state": "sending",
        "class": "notice",
        "audience": "everybody",
        "languages": ["en"],
        "attachment": None,
        "author": None,
        "approved_by": None,
        "previewed": True,
        "head_count": 3,
        "created_at": "2026-03-01T20:00:00+08:00",
        "planned_at": None,
        "starts_at": None,
        "started_at": "2026-03-01T20:00:00+08:00",
        "ended_at": None,
        "paused_for": None,
        "recipients": 1001,
        "sent": 990,
        "refused": 6,
        "unknown": 1,
        "skipped": 3,
        "cancelled": 0,
        "rest": 1,
        "reasons": {"failed: blocked": 4, "failed: chat": 2, "skipped: unsubscribed": 3, "unknown: silence": 1},
        "per_second": 28.9,
        "seconds_left": 75,
        "quiet_until": "2026-03-01T20:00:00+08:00",
        "unreachable": True,
        "waits_until": None,
    }


def ends_soon(running: RunningBot) -> str:
    """Start a broadcast that is finished at the second status request; return its number."""
    broadcast, asked = sending(running, rest=200), count(1)
    running.live = None
    counted = running.broadcasts.counts

    async def counts(identifier: int) -> Counts:
        found = await counted(identifier)
        if next(asked) == 2:
            running.broadcasts.stored[identifier] = replace(broadcast, state="finished", ended_at=NOON)
            running.broadcasts.figures[identifier] = Counts({("sent", ""): 1200})
        return found

    running.broadcasts.counts = counts  # type: ignore[method-assign]
    return broadcast.number


async def test_follow_ends_with_the_broadcast_and_tells_only_what_is_new(running: RunningBot) -> None:
    await running.drafted()
    number = ends_soon(running)
    ran = await running.minsheng("broadcast", "status", "--follow", "--json")
    assert (ran.code, ran.err) == (0, "")
    shown = [(row["number"], row["state"], row["sent"]) for row in ran.rows]
    assert shown[0] == (number, "sending", 990)
    assert shown[1:] == [(number, "finished", 1200)]


async def test_follow_shows_a_bar_on_a_terminal(running: RunningBot) -> None:
    await running.drafted()
    number = ends_soon(running)
    shown = await running.watched("broadcast", "status", "--follow")
    assert f"{number}  is being sent  notice, everybody" in shown
    assert "━━━━" in shown, repr(shown)
    assert "sent: 990 · refused: 6 · unknown: 1 · rest: 200" in shown
    assert "sent: 1200 · refused: 0 · unknown: 0 · rest: 0" in shown.rpartition("finished")[2]


async def test_pause_resume_and_cancel_are_done_once_and_otherwise_refused(running: RunningBot) -> None:
    number = await running.drafted()
    early = await running.minsheng("broadcast", "pause", number)
    assert (early.code, early.err) == (1, "It is still a draft.\n")
    sending(running)
    paused = await running.minsheng("broadcast", "pause", number)
    assert paused.out == f"{number}  paused: paused by an admin  notice, everybody  2026-03-01 20:00\n"
    again = await running.minsheng("broadcast", "pause", number)
    assert (again.code, again.err) == (1, "It is paused already.\n")
    resumed = await running.minsheng("broadcast", "resume", number, "--json")
    assert [row["state"] for row in resumed.rows] == ["queued"]
    for typed in ("n", "", None):
        kept = await running.process("broadcast", "cancel", number, typed=typed)
        assert (kept.code, kept.out) == (1, ""), typed
    assert only(running).state == "queued"
    cancelled = await running.minsheng("broadcast", "cancel", number, "--yes", "--json")
    assert [row["state"] for row in cancelled.rows] == ["cancelled"]
    late = await running.process("broadcast", "cancel", number, typed="y")
    assert (late.code, late.err.endswith("It was cancelled.\n")) == (1, True)
    assert running.reported == [(number, state) for state in ("paused", "queued", "cancelled")]
    assert [(line.act, line.person) for line in running.broadcasts.records.lines] == [
        ("broadcast pause", None),
        ("broadcast resume", None),
        ("broadcast cancel", None),
    ]


async def test_one_that_stopped_by_itself_goes_on_only_after_a_question(running: RunningBot) -> None:
    number = await running.drafted()
    running.broadcasts.stored[1] = replace(sending(running), state="paused", paused_for="restore")
    running.live = None
    for typed, why in (("n", "Nothing was done.\n"), (None, "Add --yes to do it without being asked.\n")):
        refused = await running.process("broadcast", "resume", number, typed=typed)
        assert (refused.code, refused.out) == (1, "")
        assert "paused: the database is an older copy" in refused.err
        assert refused.err.endswith(why)
    assert only(running).state == "paused"
    assert (await running.process("broadcast", "resume", number, typed="y")).code == 0
    assert only(running).state == "queued"


async def test_list_and_subscribers(running: RunningBot) -> None:
    number = await running.drafted("--audience", "test")
    listed = await running.process("broadcast", "list")
    assert listed.out == f"{number}  a draft  notice, test\n"
    counted = await running.minsheng("subscribers", "--json")
    assert counted.rows == [
        {"language": "en", "subscribers": 1},
        {"language": "zh", "subscribers": 2},
        {"language": "ru", "subscribers": 0},
    ]
    assert (await running.minsheng("subscribers")).out == "English: 1\n中文: 2\nРусский: 0\nTogether: 3\n"


# --- Errors ---


async def test_an_unknown_number_and_a_broken_database_are_reported(running: RunningBot) -> None:
    unknown = await running.minsheng("broadcast", "status", "2026-999")
    assert (unknown.code, unknown.err) == (1, "There is no broadcast with the number “2026-999”.\n")
    running.broadcasts.records.broken = True
    broken = await running.minsheng("broadcast", "list", "--json")
    assert (broken.code, broken.out) == (1, "")
    assert broken.err == "The database can be neither read nor written at the moment. The bot's log says why.\n"


@pytest.mark.usefixtures("english_terminal")
async def test_where_no_bot_runs_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    running = RunningBot(tmp_path)
    for left in (False, True):
        ran = await running.minsheng("broadcast", "list")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("No bot runs with the data in data. Start it with `minsheng run`"), left
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / NAME).touch()


@pytest.mark.usefixtures("english_terminal")
async def test_a_bot_that_ends_during_the_call_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async with await asyncio.start_unix_server(hang_up, tmp_path / "data" / NAME):
        ran = await RunningBot(tmp_path).minsheng("broadcast", "pause", "2026-001")
    shown = "The bot ended before it answered. Check whether it was done before you repeat it.\n"
    assert (ran.code, ran.err) == (1, shown)


@pytest.mark.usefixtures("english_terminal")
async def test_a_wrong_setting_is_named_first(tmp_path: Path) -> None:
    ran = await RunningBot(tmp_path, environment={"ADMIN_IDS": "me"}).minsheng("subscribers")
    assert (ran.code, ran.out) == (78, "")
    assert ran.err.startswith("ADMIN_IDS contains “me”")
