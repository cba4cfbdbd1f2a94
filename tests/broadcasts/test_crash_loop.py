"""The program dies at each step in turn (like in SQLite's tests): nobody is lost, nobody gets a third copy."""

import random
from contextlib import suppress
from itertools import count

import pytest

from bot.broadcasts.model import Broadcast, BroadcastClass
from tests.broadcasts.checker import check
from tests.broadcasts.subscribers import Crashed, CrashPoint, Telegram, confirmed, life_of, opened, subscribe
from tests.storage.databases import Place


async def _live(place: Place, telegram: Telegram, broadcast: Broadcast, crash_point: CrashPoint) -> bool:
    """Run the program once; return whether the broadcast ended."""
    telegram.crash_point = crash_point
    async with opened(place) as store:
        with suppress(Crashed):
            await life_of(store, telegram, crash_point=crash_point).run()
        present = await store.broadcast(broadcast.id)
        assert present
        return present.state == "finished"


async def _crash_at_steps(place: Place, kind: BroadcastClass, recipients: int, every: int = 1) -> int:
    """Crash a program at each step of a broadcast, or at every second, third ... one; return the number of steps."""
    people = range(1, recipients + 1)
    async with opened(place) as store:
        await subscribe(store, people)
    for step in count(1, every):
        telegram, crash_point = Telegram(), CrashPoint(step)
        async with opened(place) as store:
            broadcast = await confirmed(store, kind)
        ended = await _live(place, telegram, broadcast, crash_point) or await _live(
            place, telegram, broadcast, CrashPoint()
        )
        assert ended, f"it stood still after a death at step {step}"
        check(place, broadcast, telegram.copies, people, deaths=1)
        if not crash_point.has_crashed:
            assert telegram.copies.total() == recipients
            return step - every + 1
    raise AssertionError


#: `make test` has each kind on one database and dies at some steps, `make soak` has both on both and dies at each.
@pytest.mark.parametrize(
    ("place", "kind", "every"),
    [
        pytest.param("sqlite", "notice", 3, id="sqlite-notice-some"),
        pytest.param("postgresql", "once", 5, id="postgresql-once-some"),
        *(
            pytest.param(place, kind, 1, id=f"{place}-{kind}-each", marks=pytest.mark.soak)
            for place in ("sqlite", "postgresql")
            for kind in ("notice", "once")
        ),
    ],
    indirect=["place"],
)
async def test_a_crash_at_any_step_loses_no_recipient(place: Place, kind: BroadcastClass, every: int) -> None:
    """Six recipients, and about thirty steps of the program; three on PostgreSQL, where each life costs more."""
    recipients = 6 if place.is_file else 3
    assert await _crash_at_steps(place, kind, recipients, every) > 3 * recipients


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_a_crash_at_any_step_of_a_longer_broadcast_loses_no_recipient(place: Place, kind: BroadcastClass) -> None:
    """Forty recipients: several full windows, one after the other."""
    assert await _crash_at_steps(place, kind, 40) > 120


@pytest.mark.parametrize("pairs", [pytest.param(4, id="some"), pytest.param(12, id="many", marks=pytest.mark.soak)])
async def test_two_crashes_give_no_chat_a_third_copy(place: Place, pairs: int) -> None:
    """The second run crashes too, at any step; pairs of steps are random, more of them in `make soak`."""
    people = range(1, 11)
    chance = random.Random(6)
    async with opened(place) as store:
        await subscribe(store, people)
    for _ in range(pairs):
        first, second = chance.randrange(2, 45), chance.randrange(2, 30)
        telegram = Telegram()
        async with opened(place) as store:
            broadcast = await confirmed(store)
        for crash_point in (CrashPoint(first), CrashPoint(second), CrashPoint()):
            if await _live(place, telegram, broadcast, crash_point):
                break
        check(place, broadcast, telegram.copies, people, deaths=2)
