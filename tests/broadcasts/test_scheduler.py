"""What a broadcast waits for: an admin after the program was away, the end of the quiet hours, its start time."""

import stat
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.broadcasts.checkpoint import CheckpointFile
from bot.broadcasts.model import Broadcast
from bot.i18n.dates import parse_time
from bot.knowledge.model import QuietHours
from bot.storage import Store
from tests.broadcasts.pauses import asks_and_goes_on
from tests.broadcasts.sending_env import Clock, SendingEnv, eventually, working
from tests.broadcasts.subscribers import CITY, HARBIN, CrashingQueue, CrashPoint, confirmed, now, opened

#: A city that sleeps from ten to eight.
SLEEPS = CITY.model_copy(update={"quiet_hours": QuietHours(start=time(22), end=time(8))})


async def half_sent(env: SendingEnv, *, clock: Clock, checkpoint: CheckpointFile) -> Broadcast:
    """A broadcast during which the program was stopped normally."""
    env.subscribe(60)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store, now=clock, checkpoint=checkpoint)):
            await env.takes(20)
    return broadcast


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
    """An update of the program takes minutes, and no admin is asked."""
    clock = Clock()
    broadcast = await half_sent(env, clock=clock, checkpoint=checkpoint)
    clock.jump(timedelta(minutes=14))
    async with opened(env.place) as store:
        life = env.life(store, now=clock, checkpoint=checkpoint)
        await life.run()

    assert life.events() == ["started", "finished"]
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_the_file_beside_the_database_is_private(
    env: SendingEnv, checkpoint: CheckpointFile, tmp_path: Path
) -> None:
    """Also one that an earlier version of the program had made readable for all."""
    file = tmp_path / "broadcasts.json"
    await checkpoint.create()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    await half_sent(env, clock=Clock(), checkpoint=checkpoint)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("minutes", "asks"), [(61, True), (59, False)])
async def test_a_broadcast_whose_time_passed_while_the_program_was_away_asks_if_it_is_an_hour_late(
    env: SendingEnv, checkpoint: CheckpointFile, minutes: int, asks: bool
) -> None:
    """An alert at three in the night, two days late, is of no use."""
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
        crash_point = CrashPoint()
        life = env.life(store, deliveries=CrashingQueue(store, crash_point), now=clock, city=lambda: SLEEPS)
        async with working(life):
            await eventually(lambda: bool(life.sender.progress and life.sender.progress.quiet_until))
            alert = await confirmed(store, "alert", starts_at=clock())
            assert (await life.tells("finished")).broadcast.id == alert.id
            assert not env.copies(notice)
            clock.jump(timedelta(hours=9, minutes=58))
            await looks(life.sender.wake, crash_point)
            assert await state_of(store, notice) == "queued"
            assert not env.copies(notice)
            clock.jump(timedelta(minutes=2))
            life.sender.wake()
            assert (await life.tells("finished", 2)).broadcast.id == notice.id

    for broadcast in (notice, alert):
        env.check(broadcast)
        assert set(env.copies(broadcast).values()) == {1}


async def test_quiet_hours_that_begin_during_a_notice_suspend_it(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten o'clock only messages in flight arrive."""
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
        crash_point = CrashPoint()
        life = env.life(store, deliveries=CrashingQueue(store, crash_point), now=clock)
        async with working(life):
            for jump in (timedelta(hours=6, minutes=29), timedelta(days=-1), timedelta(days=-1), timedelta(days=2)):
                clock.jump(jump)
                await looks(life.sender.wake, crash_point)
                assert await state_of(store, broadcast) == "queued"
            clock.jump(timedelta(minutes=1))
            life.sender.wake()
            await life.tells("finished")

    env.check(broadcast)


async def test_a_clock_that_jumps_a_day_and_back_loses_no_message(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a broadcast: a day ahead, then a day behind, where it waits, then right again."""
    monkeypatch.setattr("bot.broadcasts.worker._MAX_WAIT", 0.05)
    env.subscribe(200)
    clock, crash_point = Clock(), CrashPoint()
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        life = env.life(store, deliveries=CrashingQueue(store, crash_point), now=clock)
        async with working(life):
            await env.takes(30)
            clock.jump(timedelta(days=1))
            await env.takes(60)
            clock.jump(timedelta(days=-2))
            await looks(life.sender.wake, crash_point)
            clock.jump(timedelta(days=1))
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def looks(wake: Callable[[], None], crash_point: CrashPoint) -> None:
    """Wait until the scheduler has looked for due broadcasts."""
    steps = crash_point.steps
    wake()
    await eventually(lambda: crash_point.steps >= steps + 2)


async def state_of(store: Store, broadcast: Broadcast) -> str:
    """The state of the broadcast."""
    present = await store.broadcast(broadcast.id)
    assert present
    return present.state
