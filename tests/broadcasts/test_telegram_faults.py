"""Telegram is slow, broken, flooded or gone while a broadcast is sent: nobody is lost, and nobody gets too much."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from bot.broadcasts.model import BroadcastClass, Edition
from bot.sandbox import Kind
from bot.sandbox.limits import Limits
from bot.telegram_api.broadcast_transport import TelegramTransport
from bot.telegram_api.rate_limiter import RateLimiter
from tests.broadcasts.checker import WIDEST, books_of, check_pace, check_silence
from tests.broadcasts.sending_env import Town, acts_of, eventually, working
from tests.broadcasts.subscribers import confirmed, now, opened

#: What goes wrong with one call in twenty: before Telegram acted, and after it did.
BAD_DAYS: list[tuple[Kind, bool]] = [
    (Kind.ERROR, False), (Kind.HTML, True), (Kind.RESET, False), (Kind.RESET, True), (Kind.TRUNCATED, True),
    (Kind.EMPTY, True), (Kind.GARBAGE, False), (Kind.CUT, True),
]  # fmt: skip


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of waiting for Telegram takes a second, and so does the pause before it is asked again."""
    limits = aiohttp.ClientTimeout(total=1.0, sock_connect=1.0)
    monkeypatch.setattr("bot.telegram_api.http._timeout", lambda *_: limits)
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)


async def _a_bad_day(town: Town, kind: BroadcastClass, faults: list[tuple[Kind, bool]], people: int) -> None:
    """One call in twenty is spoiled, in one of these ways."""
    town.settle(people)
    for fault, accepted in faults:
        town.sandbox.fault(fault, "sendMessage", probability=0.05 / len(faults), accepted=accepted, status=502)
    async with opened(town.place) as store:
        broadcast = await confirmed(store, kind)
        await town.life(store).run()

    struck = [call for call in town.sandbox.record.calls if call.fault]
    books = town.check(broadcast, doubts=len(struck))
    assert struck
    if kind == "once":
        assert books.of("unknown") == {call.chat_id for call in struck}
    else:
        doubled = {chat for chat, copies in town.copies(broadcast).items() if copies > 1}
        assert doubled <= {call.chat_id for call in struck if call.accepted}


@pytest.mark.parametrize("kind", ["notice", "once"])
async def test_on_a_bad_day_nobody_is_lost_and_nobody_gets_a_third(
    town: Town, kind: BroadcastClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only who may not have it is sent it again, by a `notice`; with `once` nobody gets two."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)
    await _a_bad_day(town, kind, BAD_DAYS, 300)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["notice", "once"])
@pytest.mark.parametrize(("fault", "accepted"), BAD_DAYS)
async def test_on_a_day_that_is_bad_in_one_way_nobody_is_lost(
    town: Town, fault: Kind, accepted: bool, kind: BroadcastClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with each fault by itself."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.1)
    await _a_bad_day(town, kind, [(fault, accepted)], 1000)


async def test_while_telegram_asks_to_wait_nothing_is_sent_and_answers_go_on(town: Town) -> None:
    """429 in the middle: Telegram would take messages again at once, and the bot keeps silent all the same."""
    town.settle(150)
    budget = RateLimiter(200)
    async with opened(town.place) as store:
        broadcast = await confirmed(store)
        async with working(
            town.life(store, rate_limit=budget, transport=TelegramTransport(town.client, budget))
        ) as life:
            await town.takes(50)
            town.sandbox.set_limits(Limits(per_second=1, burst=0, penalty=1))
            await town.sees(lambda: any(call.status == 429 for call in town.sandbox.record.calls), "a 429")
            town.sandbox.set_limits(None)
            async with asyncio.timeout(1):
                await budget.answer(town.people[0])
                await town.client.send_text(1, "an answer", parse_mode=None, keyboard=None, reply_to=None)
            await life.tells("finished")

    check_silence(town.sandbox.record, 1.0)
    check_pace(town.sandbox.record, 200, burst=200 * 4 / 30)
    town.check(broadcast)
    assert set(town.copies(broadcast).values()) == {1}


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("kind", [pytest.param("notice", marks=pytest.mark.soak), "once"])
async def test_ten_minutes_without_telegram_leave_few_unknown_and_end_without_help(
    town: Town, kind: BroadcastClass
) -> None:
    """Every call hangs, the question whether Telegram is there as well; the bot asks until it is."""
    town.settle(100)
    async with opened(town.place) as store:
        broadcast = await confirmed(store, kind)
        async with working(town.life(store)) as life:
            await town.takes(50)
            town.sandbox.fault(Kind.HANG, "sendMessage")
            town.sandbox.fault(Kind.HANG, "getMe")
            await town.sees(lambda: town.sandbox.record.count("getMe") >= 2, "two questions")
            progress = life.sender.progress
            assert progress
            assert progress.unreachable
            town.sandbox.clear_faults()
            await life.tells("finished")

    assert 5 <= town.struck() <= 30
    books = town.check(broadcast, doubts=town.struck())
    assert len(books.of("unknown")) == (town.struck() if kind == "once" else 0)


async def test_a_message_that_comes_through_only_at_times_costs_few_unknown(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram says that it is there, and loses each message: one at a time tries whether it is so."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.05)
    town.settle(60)
    async with opened(town.place) as store:
        broadcast = await confirmed(store, "once")
        async with working(town.life(store)) as life:
            await town.takes(20)
            town.sandbox.fault(Kind.RESET, "sendMessage")
            await town.sees(lambda: town.sandbox.record.count("getMe") >= 5, "five questions")
            town.sandbox.clear_faults()
            await life.tells("finished")

    assert town.struck() <= WIDEST + town.sandbox.record.count("getMe")
    town.check(broadcast, doubts=town.struck())


async def test_a_server_that_refuses_connections_costs_nobody_anything(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What never left is no doubt: with `once` as well, everybody gets it, once."""
    monkeypatch.setattr("bot.broadcasts.worker.CHECK_INTERVAL", 0.05)
    monkeypatch.setattr("bot.broadcasts.delivery._BACK_OFF", timedelta(0))
    town.settle(100)
    async with opened(town.place) as store:
        broadcast = await confirmed(store, "once")
        await town.sandbox.close()
        async with working(town.life(store)) as life:
            await eventually(lambda: bool(life.sender.progress and life.sender.progress.unreachable))
            await town.sandbox.listen()
            await life.tells("finished")

    town.check(broadcast)
    assert set(town.copies(broadcast).values()) == {1}


async def test_those_who_cannot_be_reached_are_counted_and_never_tried_again(town: Town) -> None:
    """Blocked, deactivated, unknown to Telegram: each is tried once, and is no subscriber afterwards."""
    town.settle(100)
    people = town.people
    blocked, gone, strangers = people[:10], people[10:20], people[20:25]
    for person in blocked:
        town.sandbox.world.people[person].blocked = True
    for person in gone:
        town.sandbox.deactivate(person)
    for person in strangers:
        town.sandbox.world.people[person].seen = False
    async with opened(town.place) as store:
        broadcast = await confirmed(store)
        await town.life(store).run()
        subscribed = sum((await store.count_subscribers("en")).values())

    books = town.check(broadcast)
    assert books.of("failed", "blocked") == set(blocked)
    assert books.of("failed", "chat") == {*gone, *strangers}
    assert len(town.sandbox.record.of("sendMessage")) == 100
    assert subscribed == 75


async def test_a_group_that_became_a_supergroup_gets_it_once_where_it_is_now(town: Town) -> None:
    """Groups that migrated before and while it is sent; their subscription goes with them."""
    town.settle(30)
    groups = [town.sandbox.group(f"Yard {number}", [town.people[0]]) for number in range(3)]
    async with opened(town.place) as store:
        for group in groups:
            await store.subscribe(group, now(), None)
        town.people += [town.sandbox.migrate(group) for group in groups[:2]]
        town.people.append(groups[2])
        broadcast = await confirmed(store)
        await town.life(store).run()
        for group in town.people[30:]:
            assert (await store.read(group)).subscribed_since is not None
        assert (await store.read(groups[0])).subscribed_since is None

    town.check(broadcast)
    assert set(town.copies(broadcast).values()) == {1}


async def test_a_text_that_telegram_cannot_read_stops_after_twenty_and_can_be_cancelled(town: Town) -> None:
    """It is told once; resumed, it stops again after twenty; cancelled, nobody waits any more."""
    town.settle(100)
    async with opened(town.place) as store:
        draft = await confirmed(store, editions={"en": Edition("<b>No water")})
        life = town.life(store)
        acts = acts_of(store, life)
        async with working(life):
            paused = await life.tells("paused")
            assert (paused.broadcast.paused_for, paused.counts.of("failed")) == ("content", 20)
            await acts.resume(draft.id, 1)
            paused = await life.tells("paused", 2)
            assert paused.counts.of("failed") == 40
            await acts.cancel(draft.id, 1)
            await eventually(lambda: not books_of(town.place, draft).of("pending"))

    books = town.check(draft)
    assert (len(books.of("failed", "content")), len(books.of("cancelled"))) == (40, 60)
    assert life.events() == ["started", "paused", "started", "paused"]
