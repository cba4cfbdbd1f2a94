"""The invariants of the worker, checked on Telegram's side and on disk at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import time
from typing import Any, cast

import pytest

from bot.broadcasts import worker as delivering
from bot.broadcasts.delivery import NotSent, Outcome, Refused, Sent, Unknown, settle
from bot.broadcasts.model import Broadcast, BroadcastClass, Edition
from bot.broadcasts.pacing import DEFAULT_WINDOW, MAX_CONTENT_ERRORS, MAX_WINDOW
from bot.errors import StorageError
from bot.knowledge import City
from bot.knowledge.model import QuietHours
from bot.storage.transactions import Transactions
from tests.broadcasts.sending_env import eventually, working
from tests.broadcasts.subscribers import (
    CITY,
    Crashed,
    CrashingQueue,
    CrashPoint,
    Telegram,
    confirmed,
    life_of,
    now,
    opened,
    subscribe,
)
from tests.storage.databases import Place

PEOPLE = range(1, 31)


@dataclass
class Answering:
    """A Telegram that returns a given outcome for each message, after a moment."""

    answer: Callable[[int], Outcome]
    slowness: float = 0.0  #: seconds; one takes up to four times as long
    posts: Counter[int] = field(default_factory=Counter)
    asked_after: list[int] = field(default_factory=list)  #: how many were posted when it was asked whether it is there
    flying: int = 0
    most: list[int] = field(default_factory=list)  #: on their way at the begin of each

    async def send(self, chat: int, edition: Edition, text: str, *, silent: bool) -> Outcome:
        self.posts[chat] += 1
        self.flying += 1
        self.most.append(self.flying)
        await asyncio.sleep(self.slowness * (chat % 5))
        self.flying -= 1
        return self.answer(chat)

    async def is_reachable(self) -> bool:
        """Whether it was asked before."""
        self.asked_after.append(self.posts.total())
        return len(self.asked_after) > 1


@dataclass
class FailingQueue(CrashingQueue):
    """A delivery queue whose storage fails once, before or after one of the exchanges."""

    fails_at: int = 0
    is_kept: bool = False
    exchanges: int = 0

    async def exchange(self, *those: Any, **values: Any) -> Any:
        self.exchanges += 1
        if self.exchanges != self.fails_at:
            return await super().exchange(*those, **values)
        if self.is_kept:
            await super().exchange(*those, **values)
        raise StorageError("the disk")


async def _sent_to(place: Place, telegram: Any, kind: BroadcastClass = "notice", **others: Any) -> Broadcast:
    """Send a broadcast to thirty chats until it ends or is paused."""
    async with opened(place) as store:
        await subscribe(store, PEOPLE)
        broadcast = await confirmed(store, kind)
        await life_of(store, telegram, **others).run()
        present = await store.broadcast(broadcast.id)
    assert present
    return present


async def test_what_telegram_gets_is_claimed_on_the_disk_and_never_more_than_the_window(place: Place) -> None:
    """Looked up past the program at the moment of each send; the attempt is counted as well."""
    claimed: list[bool] = []
    on_their_way: list[int] = []

    def look(chat: int) -> Outcome:
        rows = place.execute("SELECT chat_id, attempts FROM deliveries WHERE state = 'sending'")
        claimed.append((chat, 1) in rows)
        on_their_way.append(len(rows))
        return Sent(chat)

    await _sent_to(place, Answering(look, slowness=0.01))
    assert claimed == [True] * len(PEOPLE)
    assert max(on_their_way) <= MAX_WINDOW


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_storage_that_fails_at_any_exchange_loses_and_doubles_no_message(place: Place, is_kept: bool) -> None:
    """Whether the transaction succeeded or not: the sender lives, so it knows what was sent and what was not."""
    async with opened(place) as store:
        await subscribe(store, range(1, 11))
        for number in range(1, 6):
            telegram, broadcast = Telegram(), await confirmed(store, "once")
            outbox = FailingQueue(store, CrashPoint(), number, is_kept)
            await life_of(store, telegram, deliveries=outbox).run()
            assert telegram.copies == Counter(range(1, 11)), f"at exchange {number}"
            counts = await store.counts(broadcast.id)
            assert counts.numbers == {("sent", ""): 10}
            present = await store.broadcast(broadcast.id)
            assert present
            assert not present.crashes


async def test_while_telegram_is_away_nothing_more_is_sent_and_then_one_at_a_time(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks whether Telegram is reachable; until the second yes only messages in flight are tried."""
    monkeypatch.setattr(delivering, "CHECK_INTERVAL", 0.01)
    telegram = Answering(lambda chat: Unknown("silence") if len(telegram.asked_after) < 2 else Sent(chat))
    finished = await _sent_to(place, telegram, "alert")
    assert finished.state == "finished"
    assert telegram.asked_after == [DEFAULT_WINDOW, DEFAULT_WINDOW]
    assert telegram.most[DEFAULT_WINDOW] == 1
    assert telegram.posts.total() == len(PEOPLE) + DEFAULT_WINDOW


async def test_content_that_telegram_refuses_stops_the_broadcast_at_the_twentieth(place: Place) -> None:
    """The others may still get it when it is corrected."""
    telegram = Answering(lambda chat: Refused("content"))
    paused = await _sent_to(place, telegram)
    assert (paused.state, paused.paused_for) == ("paused", "content")
    assert telegram.posts.total() == MAX_CONTENT_ERRORS


@pytest.mark.parametrize(("kind", "posts"), [("alert", 2), ("notice", 2), ("once", 1)])
async def test_an_unknown_outcome_is_sent_once_more_if_its_class_allows_it(
    place: Place, kind: BroadcastClass, posts: int
) -> None:
    """And no more than that; three of thirty, so that the connection does not seem lost."""
    telegram = Answering(lambda chat: Sent(chat) if chat % 10 else Unknown("server"))
    assert (await _sent_to(place, telegram, kind)).state == "finished"
    assert telegram.posts == Counter({chat: 1 if chat % 10 else posts for chat in PEOPLE})
    assert max(telegram.most) <= MAX_WINDOW


async def test_an_unforeseen_failure_of_the_transport_leaves_a_message_unknown(place: Place) -> None:
    """It is not sent again where a copy must not be."""

    def stumble(chat: int) -> Outcome:
        if chat == 7:
            raise ValueError
        return Sent(chat)

    telegram = Answering(stumble)
    finished = await _sent_to(place, telegram, "once")
    assert telegram.posts == Counter(PEOPLE)
    async with opened(place) as store:
        assert list(await store.unknown_chats(finished.id)) == [7]


async def test_in_the_quiet_hours_nothing_is_sent_and_a_stop_then_does_not_count_as_a_crash(place: Place) -> None:
    """The next program sends it when they are over, and finds the broadcast left in order."""
    telegram = Answering(Sent)
    night = CITY.model_copy(update={"quiet_hours": QuietHours(start=time(0), end=time(23, 59, 59, 999999))})
    asked = asyncio.Semaphore(0)

    def city() -> City:
        asked.release()
        return night

    async with opened(place) as store:
        await subscribe(store, PEOPLE)
        broadcast = await confirmed(store)
        life = life_of(store, telegram, city=city)
        running = asyncio.create_task(life.sender.run(life.stopping))
        for _ in range(2):  # for the language of the recipients, and before the first claim
            await asyncio.wait_for(asked.acquire(), 150)
        life.stopping.set()
        await running
        left = await store.broadcast(broadcast.id)
        assert left
        assert (left.state, left.is_open) == ("sending", False)
        assert not telegram.posts
        await life_of(store, telegram).run()
    assert telegram.posts == Counter(PEOPLE)


@dataclass
class OneTransaction:
    """Transactions of a program that crashes after the first one that writes."""

    inner: Any
    begun: int = 0

    def reading(self) -> Any:
        return self.inner.reading()

    def writing(self) -> Any:
        self.begun += 1
        if self.begun > 1:
            raise Crashed
        return self.inner.writing()

    async def purge(self) -> None:
        """Erased rows stay in the files: that is another act."""


async def test_each_action_is_one_transaction_so_that_no_crash_leaves_half_of_it(place: Place) -> None:
    """Recipients and the mark up to which they are gathered, outcomes and claims, what is erased and its count."""
    async with opened(place) as store:
        await subscribe(store, range(1, 6))
        one = (await confirmed(store)).id
        blocked, gone = settle(1, Refused("blocked"), now()), settle(2, NotSent("migrated", new_chat=-1001), now())
        acts: list[Callable[[], Awaitable[object]]] = [
            lambda: store.take_over(one, now()),
            lambda: store.gather(one, 1, testers=(), default="zh", now=now()),
            lambda: store.exchange(one, 1, (), 2, now=now(), heartbeat=True),
            lambda: store.exchange(one, 1, [blocked, gone], 2, now=now(), heartbeat=True),
            lambda: store.take_over(one, now()),
            lambda: store.requeue_unknown(one, 2, before=now(), now=now()),
            lambda: store.forget(3),
            lambda: store.migrate(4, -1004),
            lambda: store.release(one, 2),
            lambda: store.cancel_rest(one),
        ]
        transactions = store._transactions
        for act in acts:
            store._transactions = cast("Transactions", OneTransaction(transactions))
            await act()
        counts = await store.counts(one)
    assert counts.total == 5
    assert place.execute("SELECT total FROM broadcasts") == [(5,)]


async def test_an_absurd_wait_that_telegram_asks_for_leaves_no_message_between_two_states(place: Place) -> None:
    """More seconds than any calendar has: that message waits, the others go out, and nothing counts as finished."""

    def answer(chat: int) -> Outcome:
        return NotSent("flood", retry_after=1e15) if chat == 7 else Sent(chat)

    telegram = Answering(answer)
    async with opened(place) as store:
        await subscribe(store, PEOPLE)
        broadcast = await confirmed(store)
        async with working(life_of(store, telegram)) as life:
            await eventually(lambda: len(telegram.posts) == len(PEOPLE))
            await eventually(lambda: not place.execute("SELECT chat_id FROM deliveries WHERE state = 'sending'"))
        counts = await store.counts(broadcast.id)

    assert life.events() == ["started"]
    assert counts.numbers == {("sent", ""): len(PEOPLE) - 1, ("pending", ""): 1}
