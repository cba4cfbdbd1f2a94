"""Telegram is slow, broken, flooded or unreachable during a broadcast: nobody is lost, nobody gets too many copies."""

from datetime import timedelta

import aiohttp
import pytest

from bot.broadcasts.model import BroadcastClass, Edition
from bot.sandbox import Kind
from bot.sandbox.limits import Limits
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.rate_limiter import RateLimiter
from tests.broadcasts.checker import WIDEST, check_pace, check_silence, records_of
from tests.broadcasts.sending_env import SendingEnv, acts_of, eventually, working
from tests.broadcasts.subscribers import confirmed, now, opened
from tests.quiet_time import takes_less_than

#: What goes wrong with one call in twenty: before Telegram acted, and after it did.
BAD_DAYS: list[tuple[Kind, bool]] = [
    (Kind.ERROR, False),
    (Kind.HTML, True),
    (Kind.RESET, False),
    (Kind.RESET, True),
    (Kind.TRUNCATED, True),
    (Kind.EMPTY, True),
    (Kind.GARBAGE, False),
    (Kind.CUT, True),
]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeout of Telegram's calls and the pause before the next check to a second."""
    limits = aiohttp.ClientTimeout(total=1.0, sock_connect=1.0)
    monkeypatch.setattr("bot.telegram_api.http._timeout", lambda *_: limits)
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)


async def _a_bad_day(env: SendingEnv, kind: BroadcastClass, faults: list[tuple[Kind, bool]], people: int) -> None:
    """One call in twenty has one of these faults."""
    env.subscribe(people)
    for fault, accepted in faults:
        env.sandbox.fault(fault, "sendMessage", probability=0.05 / len(faults), accepted=accepted, status=502)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, kind)
        await env.life(store).run()

    struck = [call for call in env.sandbox.record.calls if call.fault]
    records = env.check(broadcast, uncertain=len(struck))
    assert struck
    if kind == "once":
        assert records.of("unknown") == {call.chat_id for call in struck}
    else:
        doubled = {chat for chat, copies in env.copies(broadcast).items() if copies > 1}
        assert doubled <= {call.chat_id for call in struck if call.accepted}


@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_under_all_faults_no_recipient_is_lost_or_gets_a_third_copy(
    env: SendingEnv, kind: BroadcastClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `notice` is sent again only to those who may not have it; with `once` no recipient gets two."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)
    await _a_bad_day(env, kind, BAD_DAYS, 300)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["notice", "once"])
@pytest.mark.parametrize(("fault", "accepted"), BAD_DAYS)
async def test_under_one_kind_of_fault_no_recipient_is_lost(
    env: SendingEnv, fault: Kind, accepted: bool, kind: BroadcastClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with each fault by itself."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)
    await _a_bad_day(env, kind, [(fault, accepted)], 1000)


async def test_while_telegram_asks_to_wait_nothing_is_sent_and_answers_go_on(env: SendingEnv) -> None:
    """A 429 in the middle: the bot waits, although Telegram would accept messages at once."""
    env.subscribe(150)
    rate_limiter = RateLimiter(200)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        async with working(
            env.life(store, rate_limit=rate_limiter, transport=TelegramTransport(env.client, rate_limiter))
        ) as life:
            await env.takes(50)
            env.sandbox.set_limits(Limits(per_second=1, burst=0, penalty=1))
            await env.sees(lambda: any(call.status == 429 for call in env.sandbox.record.calls), "a 429")
            env.sandbox.set_limits(None)
            async with takes_less_than(1):
                await rate_limiter.answer(env.people[0])
                await env.client.send_text(1, "an answer", parse_mode=None, keyboard=None, reply_to=None)
            await life.tells("finished")

    check_silence(env.sandbox.record, 1.0)
    check_pace(env.sandbox.record, 200, burst=200 * 4 / 30)
    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("kind", [pytest.param("notice", marks=pytest.mark.soak), "once"])
async def test_ten_minutes_without_telegram_leave_few_unknown_and_end_without_help(
    env: SendingEnv, kind: BroadcastClass
) -> None:
    """Every call hangs, the question whether Telegram is there as well; the bot asks until it is."""
    env.subscribe(100)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, kind)
        async with working(env.life(store)) as life:
            await env.takes(50)
            env.sandbox.fault(Kind.HANG, "sendMessage")
            env.sandbox.fault(Kind.HANG, "getMe")
            await env.sees(lambda: env.sandbox.record.count("getMe") >= 2, "two questions")
            progress = life.sender.progress
            assert progress
            assert progress.unreachable
            env.sandbox.clear_faults()
            await life.tells("finished")

    assert 5 <= env.count_faults() <= 30
    records = env.check(broadcast, uncertain=env.count_faults())
    assert len(records.of("unknown")) == (env.count_faults() if kind == "once" else 0)


async def test_a_message_that_comes_through_only_at_times_costs_few_unknown(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram says that it is there, and loses each message: one at a time tries whether it is so."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.05)
    env.subscribe(60)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        async with working(env.life(store)) as life:
            await env.takes(20)
            env.sandbox.fault(Kind.RESET, "sendMessage")
            await env.sees(lambda: env.sandbox.record.count("getMe") >= 5, "five questions")
            env.sandbox.clear_faults()
            await life.tells("finished")

    assert env.count_faults() <= WIDEST + env.sandbox.record.count("getMe")
    env.check(broadcast, uncertain=env.count_faults())


async def test_a_server_that_refuses_connections_loses_no_message(
    env: SendingEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was never sent has no unknown outcome: with `once` too, everybody gets it exactly once."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.05)
    monkeypatch.setattr("bot.broadcasts.delivery._BACK_OFF", timedelta(0))
    env.subscribe(100)
    async with opened(env.place) as store:
        broadcast = await confirmed(store, "once")
        await env.sandbox.close()
        async with working(env.life(store)) as life:
            await eventually(lambda: bool(life.sender.progress and life.sender.progress.unreachable))
            await env.sandbox.listen()
            await life.tells("finished")

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_those_who_cannot_be_reached_are_counted_and_never_tried_again(env: SendingEnv) -> None:
    """Blocked, deactivated, unknown to Telegram: each is tried once, and is unsubscribed afterwards."""
    env.subscribe(100)
    people = env.people
    blocked, gone, strangers = people[:10], people[10:20], people[20:25]
    for person in blocked:
        env.sandbox.state.people[person].blocked = True
    for person in gone:
        env.sandbox.deactivate(person)
    for person in strangers:
        env.sandbox.state.people[person].seen = False
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        await env.life(store).run()
        subscribed = sum((await store.count_subscribers("en")).values())

    records = env.check(broadcast)
    assert records.of("failed", "blocked") == set(blocked)
    assert records.of("failed", "chat") == {*gone, *strangers}
    assert len(env.sandbox.record.of("sendMessage")) == 100
    assert subscribed == 75


async def test_a_group_that_became_a_supergroup_gets_it_once_where_it_is_now(env: SendingEnv) -> None:
    """Groups that migrated before and while it is sent; their subscription goes with them."""
    env.subscribe(30)
    groups = [env.sandbox.group(f"Yard {number}", [env.people[0]]) for number in range(3)]
    async with opened(env.place) as store:
        for group in groups:
            await store.subscribe(group, now(), None)
        env.people += [env.sandbox.migrate(group) for group in groups[:2]]
        env.people.append(groups[2])
        broadcast = await confirmed(store)
        await env.life(store).run()
        for group in env.people[30:]:
            assert (await store.read(group)).subscribed_since is not None
        assert (await store.read(groups[0])).subscribed_since is None

    env.check(broadcast)
    assert set(env.copies(broadcast).values()) == {1}


async def test_a_text_that_telegram_cannot_read_stops_after_twenty_and_can_be_cancelled(env: SendingEnv) -> None:
    """It is reported once; resumed, it stops again after twenty; cancelled, no delivery waits."""
    env.subscribe(100)
    async with opened(env.place) as store:
        draft = await confirmed(store, editions={"en": Edition("<b>No water")})
        life = env.life(store)
        acts = acts_of(store, life)
        async with working(life):
            paused = await life.tells("paused")
            assert (paused.broadcast.paused_for, paused.counts.of("failed")) == ("content", 20)
            await acts.resume(draft.id, 1)
            paused = await life.tells("paused", 2)
            assert paused.counts.of("failed") == 40
            await acts.cancel(draft.id, 1)
            await eventually(lambda: not records_of(env.place, draft).of("pending"))

    records = env.check(draft)
    assert (len(records.of("failed", "content")), len(records.of("cancelled"))) == (40, 60)
    assert life.events() == ["started", "paused", "started", "paused"]


async def test_a_refusal_with_403_of_an_unknown_kind_pauses_and_unsubscribes_no_recipient(env: SendingEnv) -> None:
    env.subscribe(40)
    env.sandbox.fault(Kind.ERROR, "sendMessage", status=403)
    async with opened(env.place) as store:
        broadcast = await confirmed(store)
        life = env.life(store)
        await life.run()
        assert life.events()[-1] == "paused"
        assert all([(await store.read(chat)).subscribed_since for chat in env.people])

    assert not env.copies(broadcast)
