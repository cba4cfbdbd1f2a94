"""The program ends during a broadcast, normally or not, and is restarted."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot import app
from bot.broadcasts import scheduler as sending
from bot.broadcasts import worker as delivering
from bot.broadcasts.delivery import Outcome
from bot.broadcasts.model import Edition
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.rate_limiter import RateLimiter
from tests.broadcasts.sending_env import SendingEnv, acts_of, working
from tests.broadcasts.subscribers import Crashed, CrashPoint, confirmed, life_of, opened


@dataclass
class Poison:
    """A transport whose program crashes at every message to some chats."""

    transport: TelegramTransport
    victims: frozenset[int]
    crash_point: CrashPoint = field(default_factory=CrashPoint)

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        if chat in self.victims:
            self.crash_point.at = 0
        self.crash_point.step()
        return await self.transport.send(chat, edition, text, silent=silent)

    async def is_reachable(self) -> bool:
        return await self.transport.is_reachable()


async def _lives_to_the_end(env: SendingEnv, poisoned: frozenset[int]) -> bool:
    transport = Poison(TelegramTransport(env.client, RateLimiter(1000)), poisoned)
    async with opened(env.place) as store:
        with suppress(Crashed):
            await life_of(store, transport, crash_point=transport.crash_point).run()
    return not transport.crash_point.has_crashed


@pytest.mark.parametrize("number", [1, 2])
async def test_a_recipient_whose_send_always_crashes_the_program_does_not_affect_the_others(
    env: SendingEnv, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program crashes twice on each of them, reports them as unknown, and reaches all others."""
    monkeypatch.setattr(sending, "crashed_too_often", lambda *_: False)
    env.subscribe(60)
    poisoned = frozenset(env.people[20 : 20 + number])
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
    deaths = 0
    while not await _lives_to_the_end(env, poisoned):
        deaths += 1

    records = env.check(broadcast, deaths=deaths)
    assert 2 <= deaths <= 2 * number
    assert records.of("unknown") == poisoned
    assert set(env.copies(broadcast)) == set(env.people) - poisoned


@pytest.mark.parametrize(
    ("stops", "people"), [pytest.param(5, 100, id="short"), pytest.param(20, 300, id="long", marks=pytest.mark.soak)]
)
async def test_orderly_stops_double_no_message_and_leave_none_unknown(env: SendingEnv, stops: int, people: int) -> None:
    """Messages in flight return before the program ends; the broadcast goes on by itself, without asking an admin."""
    env.subscribe(people)
    env.sandbox.set_latency(0.0, 0.02)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
    for stop in range(1, stops + 1):
        async with opened(env.place) as store:
            life = env.life(store)
            async with working(life):
                await life.tells("started")
                await env.takes(stop * people // (stops + 2))
            assert life.events() == ["started"]
            present = await store.broadcast(broadcast.id)
            assert present
            assert (present.is_open, present.crashes) == (False, ())
            assert not (await store.counts(broadcast.id)).of("unknown", "sending")
    async with opened(env.place) as store:
        await env.life(store).run()

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_a_stop_waits_for_telegram_a_limited_time(env: SendingEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not return in time is unknown, and is not sent again with `once`; what does return is stored."""
    monkeypatch.setattr("bot.broadcasts.worker.SHUTDOWN_SECONDS", 1.0)
    env.subscribe(20)
    env.sandbox.fault("hang", "sendMessage", skip=10, accepted=True)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        async with working(env.life(store)):
            await env.takes(18)
    env.sandbox.clear_faults()
    async with opened(env.place) as store:
        await env.life(store).run()

    records = env.check(broadcast, uncertain=env.count_faults())
    hung = {call.chat_id for call in env.sandbox.record.calls if call.fault}
    assert records.of("unknown", "broken") == hung


def test_the_program_waits_longer_for_the_sender_than_the_sender_for_telegram() -> None:
    """If it gave up while it waited for one message, the outcomes of the others would be lost."""
    assert delivering.SHUTDOWN_SECONDS + 0.5 < app.SHUTDOWN_SECONDS


async def test_three_crashes_in_five_minutes_pause_the_broadcast_until_an_admin_resumes_it(env: SendingEnv) -> None:
    """It is announced once, also after a restart; resumed, it continues to the end."""
    env.subscribe(160)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
    for number in range(3):
        crash_point = CrashPoint(40)
        async with opened(env.place) as store:
            with suppress(Crashed):
                await life_of(
                    store,
                    Poison(TelegramTransport(env.client, RateLimiter(1000)), frozenset(), crash_point),
                    crash_point=crash_point,
                ).run()
        assert crash_point.has_crashed, number
    async with opened(env.place) as store:
        life = env.life(store)
        async with working(life):
            assert (await life.tells("paused")).broadcast.paused_for == "crashes"
        assert life.events() == ["paused"]
    taken = len(env.sandbox.record.sends())
    async with opened(env.place) as store:
        life = env.life(store)
        async with working(life):
            await asyncio.sleep(0)
            await acts_of(store, life).resume(broadcast.id, 1)
            await life.tells("finished")
        assert life.events() == ["started", "finished"]

    assert taken < len(env.people)
    env.check(broadcast, deaths=3)
