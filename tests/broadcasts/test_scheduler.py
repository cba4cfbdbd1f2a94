"""What a broadcast waits for: an admin's word after the program was away, the end of the quiet hours, its time."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.model import Broadcast, PauseReason
from bot.i18n.dates import parse_time
from bot.knowledge.model import QuietHours
from bot.storage import Store
from tests.broadcasts.sending_env import Clock, SendingEnv, acts_of, eventually, working
from tests.broadcasts.subscribers import CITY, HARBIN, DoomedOutbox, Fuse, confirmed, now, opened

#: A city that sleeps from ten to eight.
SLEEPS = CITY.model_copy(update={"quiet_hours": QuietHours(start=time(22), end=time(8))})


async def half_sent(env: SendingEnv, *, clock: Clock, checkpoint: CheckpointFile) -> Broadcast:
    """A broadcast in the middle of which the program was stopped in order."""
    env.subscribe(60)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store, now=clock, checkpoint=checkpoint)):
            await env.takes(20)
    return broadcast


async def asks_and_goes_on(
    env: SendingEnv, broadcast: Broadcast, why: PauseReason, *, clock: Clock, checkpoint: CheckpointFile
) -> None:
    """It stands still for this reason, tells so once, also if the program starts again, and ends when it is resumed."""
    taken = len(env.sandbox.record.sends())
    async with opened(env.place) as store:
        async with working(env.life(store, now=clock, checkpoint=checkpoint)) as life:
            paused = await life.tells("paused")
            assert (paused.broadcast.id, paused.broadcast.paused_for) == (broadcast.id, why)
        fuse = Fuse()
        life = env.life(store, outbox=DoomedOutbox(store, fuse), now=clock, checkpoint=checkpoint)
        async with working(life):
            await eventually(lambda: fuse.steps >= 2)
            assert life.events() == []
            assert len(env.sandbox.record.sends()) == taken
            await acts_of(store, life, clock).resume(broadcast.id, 1)
            await life.tells("finished")


@pytest.fixture
def checkpoint(tmp_path: Path) -> CheckpointFile:
    """Beside the database."""
    return CheckpointFile(tmp_path / "broadcasts.json")


async def test_after_a_quarter_of_an_hour_without_the_program_an_admin_is_asked(
    env: SendingEnv, checkpoint: CheckpointFile
) -> None:
    """What was said in the morning may be wrong at noon."""
    clock = Clock()
    broadcast = await half_sent(env, clock=clock, checkpoint=checkpoint)
    clock.jump(timedelta(minutes=16))

    await asks_and_goes_on(env, broadcast, "absence", clock=clock, checkpoint=checkpoint)

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_after_a_shorter_absence_it_goes_on_by_itself(env: SendingEnv, checkpoint: CheckpointFile) -> None:
    """An update of the program takes minutes, and asks nobody."""
    clock = Clock()
    broadcast = await half_sent(env, clock=clock, checkpoint=checkpoint)
    clock.jump(timedelta(minutes=14))
    async with opened(env.place) as store:
        life = env.life(store, now=clock, checkpoint=checkpoint)
        await life.run()

    assert life.events() == ["started", "finished"]
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_an_older_copy_of_the_database_is_found_out_before_anybody_gets_a_copy(
    env: SendingEnv, checkpoint: CheckpointFile, tmp_path: Path
) -> None:
    """Whoever got it behind the backup would get it again: an admin is asked, and may say yes."""
    clock = Clock()
    broadcast = await half_sent(env, clock=clock, checkpoint=checkpoint)
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(env.place.path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    before = len(env.sandbox.record.sends())
    async with opened(env.place) as store, working(env.life(store, now=clock, checkpoint=checkpoint)):
        await env.takes(before + 10)
    forgotten = len(env.sandbox.record.sends()) - before
    for beside in ("-wal", "-shm"):
        env.place.path.with_name(env.place.path.name + beside).unlink(missing_ok=True)
    backup.replace(env.place.path)

    await asks_and_goes_on(env, broadcast, "restore", clock=clock, checkpoint=checkpoint)

    env.check(broadcast, doubts=forgotten)
    assert sum(number > 1 for number in env.copies(broadcast).values()) == forgotten


@pytest.mark.parametrize(("minutes", "asks"), [(61, True), (59, False)])
async def test_a_broadcast_whose_time_passed_while_the_program_was_away_asks_if_it_is_an_hour_late(
    env: SendingEnv, checkpoint: CheckpointFile, minutes: int, asks: bool
) -> None:
    """An alert at three in the night, two days late, helps nobody."""
    env.subscribe(20)
    clock = Clock()
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "alert", starts_at=now() - timedelta(minutes=minutes))
    if asks:
        await asks_and_goes_on(env, broadcast, "late", clock=clock, checkpoint=checkpoint)
    else:
        async with opened(env.place) as store:
            await env.life(store, now=clock, checkpoint=checkpoint).run()

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_in_the_quiet_hours_a_notice_waits_and_an_alert_does_not_wait_for_it(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 22:01 the notice sleeps; the alert goes out beside it; at eight the notice goes on by itself."""
    monkeypatch.setattr("bot.broadcasts.worker._MAX_WAIT", 0.05)
    env.subscribe(30)
    clock = Clock.at(datetime(2026, 3, 1, 22, 1, tzinfo=HARBIN))
    async with opened(env.place) as store:
        notice = await confirmed(store, starts_at=clock())
        fuse = Fuse()
        life = env.life(store, outbox=DoomedOutbox(store, fuse), now=clock, city=lambda: SLEEPS)
        async with working(life):
            await eventually(lambda: bool(life.sender.progress and life.sender.progress.quiet_until))
            alert = await confirmed(store, "alert", starts_at=clock())
            assert (await life.tells("finished")).broadcast.id == alert.id
            assert not env.copies(notice)
            clock.jump(timedelta(hours=9, minutes=58))
            await looks(life.sender.wake, fuse)
            assert await state_of(store, notice) == "queued"
            assert not env.copies(notice)
            clock.jump(timedelta(minutes=2))
            life.sender.wake()
            assert (await life.tells("finished", 2)).broadcast.id == notice.id

    for broadcast in (notice, alert):
        env.check(broadcast)
        assert set(env.copies(broadcast).values()) == {1}


async def test_the_quiet_hours_begin_in_the_middle_of_a_notice_and_nobody_is_woken(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its way at ten is all that still comes."""
    monkeypatch.setattr("bot.broadcasts.worker._MAX_WAIT", 0.05)
    env.subscribe(100)
    env.sandbox.set_latency(0.01)
    clock = Clock.at(datetime(2026, 3, 1, 21, 59, tzinfo=HARBIN))
    async with opened(env.place) as store:
        notice = await confirmed(store, starts_at=clock())
        life = env.life(store, now=clock, city=lambda: SLEEPS)
        async with working(life):
            await env.takes(30)
            clock.jump(timedelta(minutes=1))
            taken = len(env.sandbox.record.sends())
            await eventually(lambda: bool(life.sender.progress and life.sender.progress.quiet_until))
            assert len(env.sandbox.record.sends()) - taken <= 16
            clock.jump(timedelta(hours=10))
            await life.tells("finished")

    env.check(notice)
    assert set(env.copies(notice).values()) == {1}


async def test_a_planned_broadcast_starts_at_its_time_in_the_city_however_the_clock_jumps(
    env: SendingEnv,
) -> None:
    """A day back, a day forth: never before its time, and then at once."""
    env.subscribe(20)
    clock = Clock.at(datetime(2026, 3, 1, 12, tzinfo=HARBIN))
    planned = parse_time("18:30", clock(), HARBIN)
    assert planned == datetime(2026, 3, 1, 18, 30, tzinfo=HARBIN)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, starts_at=planned)
        fuse = Fuse()
        life = env.life(store, outbox=DoomedOutbox(store, fuse), now=clock)
        async with working(life):
            for jump in (timedelta(hours=6, minutes=29), timedelta(days=-1), timedelta(days=-1), timedelta(days=2)):
                clock.jump(jump)
                await looks(life.sender.wake, fuse)
                assert await state_of(store, broadcast) == "queued"
            clock.jump(timedelta(minutes=1))
            life.sender.wake()
            await life.tells("finished")

    env.check(broadcast)


async def test_a_clock_that_jumps_a_day_and_comes_back_costs_nobody_anything(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a broadcast: a day on, then a day behind, where it waits, then right again."""
    monkeypatch.setattr("bot.broadcasts.worker._MAX_WAIT", 0.05)
    env.subscribe(200)
    clock, fuse = Clock(), Fuse()
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        life = env.life(store, outbox=DoomedOutbox(store, fuse), now=clock)
        async with working(life):
            await env.takes(30)
            clock.jump(timedelta(days=1))
            await env.takes(60)
            clock.jump(timedelta(days=-2))
            await looks(life.sender.wake, fuse)
            clock.jump(timedelta(days=1))
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def looks(wake: Callable[[], None], fuse: Fuse) -> None:
    """Return when the sender has looked at what is due."""
    steps = fuse.steps
    wake()
    await eventually(lambda: fuse.steps >= steps + 2)


async def state_of(store: Store, broadcast: Broadcast) -> str:
    """How far it is."""
    present = await store.broadcast(broadcast.id)
    assert present
    return present.state
