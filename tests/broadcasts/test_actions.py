"""Actions while a broadcast is sent: admins pause, resume and cancel it, citizens leave, all at the same time."""

import asyncio

import pytest

from bot.broadcasts.model import Broadcast
from tests.broadcasts.checker import WIDEST, records_of
from tests.broadcasts.sending_env import SendingEnv, acts_of, eventually, working
from tests.broadcasts.subscribers import confirmed, opened

ADMIN = 1


async def test_a_pause_lets_no_more_through_than_was_on_its_way_and_a_resume_goes_on_there(env: SendingEnv) -> None:
    """Paused and resumed twice in the middle; everybody gets it, once."""
    env.subscribe(100)
    env.sandbox.set_latency(0.05)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store)) as life:
            acts = acts_of(store, life)
            for number in (1, 2):
                await env.takes(number * 30)
                await acts.pause(broadcast.id, ADMIN)
                taken = len(env.sandbox.record.sends())
                paused = await life.tells("paused", number)
                assert len(env.sandbox.record.sends()) - taken <= WIDEST
                assert paused.broadcast.paused_for == "admin"
                assert paused.counts.of("sent") == len(env.sandbox.record.sends())
                assert paused.counts.of("sending") == 0
                await acts.resume(broadcast.id, ADMIN)
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_cancelled_in_the_middle_what_was_sent_stays_sent_and_the_rest_is_cancelled(env: SendingEnv) -> None:
    """It is announced once, with counts that add up, and no message follows."""
    env.subscribe(100)
    env.sandbox.set_latency(0.05)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store)) as life:
            await env.takes(40)
            await acts_of(store, life).cancel(broadcast.id, ADMIN)
            taken = len(env.sandbox.record.sends())
            counts = (await life.tells("cancelled")).counts
            await eventually(lambda: not records_of(env.place, broadcast).of("pending"))
        sent = len(env.sandbox.record.sends())

    assert sent - taken <= WIDEST
    assert (counts.of("sent"), counts.of("cancelled"), counts.total) == (sent, 100 - sent, 100)
    assert life.events() == ["started", "cancelled"]
    assert len(env.check(broadcast).of("cancelled")) == 100 - sent


async def test_one_broadcast_is_sent_at_a_time_and_alerts_go_first(env: SendingEnv) -> None:
    """A second starts when the first is paused; of those that wait an alert goes first; the resumed one comes last."""
    env.subscribe(60)
    async with opened(env.place) as store:
        first = await confirmed(store)
        async with working(env.life(store)) as life:
            acts = acts_of(store, life)
            await env.takes(20)
            env.sandbox.set_latency(0.5)  # it must not be at its end before the others are confirmed
            second, alert = await confirmed(store), await confirmed(store, "alert")
            await acts.pause(first.id, ADMIN)
            env.sandbox.set_latency(0.0)
            await env.sees(lambda: bool(env.copies(alert)), "the alert")
            await acts.resume(first.id, ADMIN)
            await life.tells("finished", 3)

    ended = [progress.broadcast.id for event, progress in life.events_seen if event == "finished"]
    assert ended == [alert.id, second.id, first.id]
    assert in_turn(env, [first, second, alert]) == [first.id, alert.id, second.id, first.id]
    for broadcast in (first, second, alert):
        env.check(broadcast)
        assert set(env.copies(broadcast).values()) == {1}


async def test_fifty_taps_on_pause_and_resume_double_no_message(env: SendingEnv) -> None:
    """Two admins press as fast as they can."""
    env.subscribe(100)
    env.sandbox.set_latency(0.005)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        async with working(env.life(store)) as life:
            acts = acts_of(store, life)
            await env.takes(10)
            presses = [
                act(broadcast.id, ADMIN + number % 2) for number in range(25) for act in (acts.pause, acts.resume)
            ]
            await asyncio.gather(*presses)
            await acts.resume(broadcast.id, ADMIN)
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


@pytest.mark.parametrize("act", ["forget", "unsubscribe"])
async def test_who_leaves_in_the_middle_gets_nothing_more_and_the_counts_add_up(env: SendingEnv, act: str) -> None:
    """Half of the people erase their data or send /stop, the last ones first; messages in flight still arrive."""
    env.subscribe(120)
    env.sandbox.set_latency(0.01)
    leaving, sends = env.people[::-2], env.sandbox.record.sends
    left_at: dict[int, int] = {}
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(env.life(store)) as life:
            await env.takes(40)
            for person in leaving:
                await getattr(store, act)(person)
                left_at[person] = len(sends())
            finished = await life.tells("finished")

    records, got = env.check(broadcast), set(env.copies(broadcast))
    assert finished.counts.total == 120
    for place, call in enumerate(sends()):
        assert place - left_at.get(call.chat_id or 0, place) < WIDEST
    assert set(leaving) - got
    if act == "forget":
        assert records.erased == len(leaving)
        assert not set(leaving) & records.states.keys()
    else:
        assert records.of("skipped", "unsubscribed") == set(leaving) - got


def in_turn(env: SendingEnv, those: list[Broadcast]) -> list[int]:
    """The broadcasts in the order in which Telegram got them, each as often as it was started."""
    numbers = [one.id for call in env.sandbox.record.sends() for one in those if one.number in call.text]
    return [number for place, number in enumerate(numbers) if place == 0 or numbers[place - 1] != number]
