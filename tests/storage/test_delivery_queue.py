"""Claims and what becomes of them: the transitions of the row machine, and what never happens, in either database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from bot.broadcasts.delivery import Claim, NotSent, Outcome, Refused, Sent, Settled, Unknown, settle
from bot.broadcasts.model import Counts
from bot.broadcasts.ports import StaleEpochError
from bot.people.ports import ChatRecord
from bot.storage import Store, open_store
from tests.storage.broadcast_factories import (
    LATER,
    NOON,
    claimed,
    exchange,
    insert_subscribers,
    queued,
    rows,
    sending,
    states,
    subscribers,
)
from tests.storage.databases import Place

ANN, BEN, CAT, DAN, GROUP, NEW = 11, 12, 13, 14, -100, -1_001_000
SECOND = timedelta(seconds=1)


# --- Claims ---


async def test_claims_come_in_order_with_the_language_and_never_exceed_what_is_wanted(store: Store) -> None:
    await subscribers(store, ANN, BEN, telegram_language="ru")
    await subscribers(store, CAT)
    await store.choose_language(BEN, "en")
    broadcast = await sending(store)

    assert await claimed(store, broadcast, 0) == []
    assert await claimed(store, broadcast, 2) == [Claim(ANN, "ru", 1), Claim(BEN, "en", 1)]
    assert await claimed(store, broadcast, 2) == [Claim(CAT, None, 1)]
    assert await claimed(store, broadcast, 2) == []


async def test_a_claim_is_counted_and_carries_its_epoch_before_anybody_sends(store: Store, place: Place) -> None:
    await subscribers(store, ANN)
    await claimed(store, await sending(store))

    assert rows(place, "state", "attempts", "epoch") == {ANN: ("sending", 1, 1)}
    assert rows(place, "claimed_at")[ANN] == int(NOON.timestamp()) * 1_000_000


async def test_what_is_not_due_is_not_claimed(store: Store) -> None:
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await exchange(store, broadcast, settle(ANN, NotSent("flood", retry_after=30), NOON))
    await claimed(store, broadcast, 1)
    await exchange(store, broadcast, Settled(BEN, "sent"))

    assert await store.next_due(broadcast.id) == (NOON + 30 * SECOND, None)
    assert await claimed(store, broadcast, now=NOON + 29 * SECOND) == []
    assert await claimed(store, broadcast, now=NOON + 30 * SECOND) == [Claim(ANN, None, 1)]
    assert await store.next_due(broadcast.id) == (None, None)


@pytest.mark.parametrize("state", ["paused", "cancelled", "finished"])
async def test_nothing_is_claimed_unless_the_broadcast_is_sending_but_what_was_is_settled(
    store: Store, place: Place, state: Any
) -> None:
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await store.move_broadcast(broadcast.id, ["sending"], state, None)
    exchanged = await exchange(store, broadcast, Settled(ANN, "sent", message_id=5), wanted=5)

    assert (exchanged.state, exchanged.claims) == (state, [])
    assert states(place) == {ANN: "sent", BEN: "pending"}


async def test_who_stopped_the_notices_meanwhile_is_skipped_and_others_are_claimed_in_their_place(
    store: Store, place: Place
) -> None:
    """Whether anything else is kept of them or not."""
    await subscribers(store, ANN, BEN, CAT, DAN)
    broadcast = await sending(store)
    await store.choose_language(BEN, "ru")
    for chat in (ANN, BEN):
        await store.unsubscribe(chat)
    exchanged = await exchange(store, broadcast, wanted=2)

    assert ([claim.chat for claim in exchanged.claims], exchanged.skipped) == ([CAT, DAN], 2)
    assert rows(place, "state", "reason")[ANN] == rows(place, "state", "reason")[BEN] == ("skipped", "unsubscribed")


async def test_very_many_who_stopped_are_skipped_in_parts(store: Store, place: Place) -> None:
    """An exchange stays short, whatever happened; all are skipped in the end, and no one else is."""
    insert_subscribers(place, 3_000)
    broadcast = await sending(store)
    place.execute("DELETE FROM chats WHERE chat_id NOT BETWEEN 2501 AND 2504")
    skipped: list[int] = []
    claims: list[int] = []
    while len(claims) < 4 or skipped[-1]:
        exchanged = await exchange(store, broadcast, wanted=5 - len(claims))
        skipped.append(exchanged.skipped)
        claims += [claim.chat for claim in exchanged.claims]

    assert (sorted(claims), sum(skipped)) == ([2_501, 2_502, 2_503, 2_504], 2_996)
    assert max(skipped) <= 1_005


async def test_who_stopped_the_notices_after_a_send_of_unknown_fate_is_not_said_to_have_got_nothing(
    store: Store, place: Place
) -> None:
    await subscribers(store, ANN)
    broadcast = await sending(store)
    await claimed(store, broadcast)
    await exchange(store, broadcast, Settled(ANN, "unknown", "silence"))
    await store.requeue_unknown(broadcast.id, 1, before=LATER, now=LATER)
    await store.unsubscribe(ANN)
    exchanged = await exchange(store, broadcast, wanted=1, now=LATER)

    assert (exchanged.claims, exchanged.skipped) == ([], 0)
    assert rows(place, "state", "reason") == {ANN: ("unknown", "unsubscribed")}


async def test_who_came_back_before_their_turn_gets_it(store: Store) -> None:
    await subscribers(store, ANN)
    broadcast = await sending(store)
    await store.unsubscribe(ANN)
    await store.subscribe(ANN, LATER, "ru")

    assert await claimed(store, broadcast) == [Claim(ANN, "ru", 1)]


async def test_claims_of_many_exchanges_at_once_are_never_the_same(store: Store, place: Place) -> None:
    insert_subscribers(place, 40)
    broadcast = await sending(store)
    exchanged = await asyncio.gather(*(exchange(store, broadcast, wanted=3) for _ in range(20)))
    chats = [claim.chat for one in exchanged for claim in one.claims]

    assert sorted(chats) == list(range(1, 41))


# --- What became of claims ---


SETTLED: dict[str, tuple[Settled, tuple[str, str, int | None, int]]] = {
    "sent": (settle(ANN, Sent(77), NOON), ("sent", "", 77, 1)),
    "blocked": (settle(ANN, Refused("blocked"), NOON), ("failed", "blocked", None, 1)),
    "no chat": (settle(ANN, Refused("chat"), NOON), ("failed", "chat", None, 1)),
    "content": (settle(ANN, Refused("content"), NOON), ("failed", "content", None, 1)),
    "not sent": (settle(ANN, NotSent("network"), NOON), ("pending", "", None, 0)),
    "unknown": (settle(ANN, Unknown("silence"), NOON), ("unknown", "silence", None, 1)),
}


@pytest.mark.parametrize("case", SETTLED)
async def test_what_became_of_a_claim_is_kept_and_its_attempt_given_back_only_if_it_was_not_sent(
    store: Store, place: Place, case: str
) -> None:
    settled, kept = SETTLED[case]
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await exchange(store, broadcast, settled)

    assert rows(place, "state", "reason", "message_id", "attempts")[ANN] == kept
    assert rows(place, "state", "attempts")[BEN] == ("pending", 0)
    assert (await store.counts(broadcast.id)).total == 2


@pytest.mark.parametrize("case", SETTLED)
async def test_a_chat_that_can_never_be_reached_is_no_subscriber_any_more(store: Store, case: str) -> None:
    """Its chosen language stays; the record in memory is not older than that on the disk."""
    await subscribers(store, ANN, telegram_language="zh")
    await store.choose_language(ANN, "ru")
    broadcast = await sending(store)
    await claimed(store, broadcast)
    before = await store.read(ANN)
    await exchange(store, broadcast, SETTLED[case][0])

    gone = case in ("blocked", "no chat")
    assert await store.read(ANN) == (ChatRecord(ANN, "ru", None, is_suspended=case == "blocked") if gone else before)


async def test_only_what_is_being_sent_can_be_settled(store: Store, place: Place) -> None:
    """A word about what was settled already, is not claimed, or was erased, changes nothing."""
    await subscribers(store, ANN, BEN, CAT)
    broadcast = await sending(store)
    await claimed(store, broadcast, 2)
    await store.forget(BEN)
    await exchange(store, broadcast, Settled(ANN, "sent", message_id=5))
    late = [Settled(chat, "unknown", "silence") for chat in (ANN, BEN, CAT)]
    await exchange(store, broadcast, *late)

    assert states(place) == {ANN: "sent", CAT: "pending"}
    assert await store.counts(broadcast.id) == Counts({("sent", ""): 1, ("skipped", "erased"): 1, ("pending", ""): 1})


async def test_no_chat_is_tried_more_than_twice(store: Store, place: Place) -> None:
    """Whatever else is wrong: a third claim becomes an unknown fate."""
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    place.execute(f"UPDATE deliveries SET attempts = 2 WHERE chat_id = {ANN}")

    assert await claimed(store, broadcast, 1) == [Claim(BEN, None, 1)]
    assert rows(place, "state", "reason", "attempts")[ANN] == ("unknown", "attempts", 2)


async def test_what_is_unknown_waits_again_when_it_is_old_enough_and_once_only(store: Store, place: Place) -> None:
    """It goes last."""
    await subscribers(store, ANN, BEN, CAT)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await claimed(store, broadcast, 1, NOON + SECOND)
    await exchange(store, broadcast, *(Settled(chat, "unknown", "silence") for chat in (ANN, BEN)))

    due, doubtful = await store.next_due(broadcast.id)
    assert due is not None
    assert NOON - timedelta(hours=1) <= due <= NOON == doubtful
    assert await store.unknown_chats(broadcast.id) == [ANN, BEN]
    assert await store.requeue_unknown(broadcast.id, 1, before=NOON + SECOND, now=LATER) == 1
    assert rows(place, "state", "reason")[ANN] == ("pending", "")
    assert await claimed(store, broadcast, now=LATER) == [Claim(CAT, None, 1), Claim(ANN, None, 2)]
    await exchange(store, broadcast, Settled(ANN, "unknown", "silence"))
    assert await store.requeue_unknown(broadcast.id, 1, before=LATER, now=LATER) == 1
    assert states(place) == {ANN: "unknown", BEN: "pending", CAT: "sending"}


async def test_a_group_with_a_new_number_gets_it_there(store: Store, place: Place) -> None:
    await subscribers(store, GROUP)
    broadcast = await sending(store)
    await claimed(store, broadcast)
    exchanged = await exchange(store, broadcast, settle(GROUP, NotSent("migrated", new_chat=NEW), NOON), wanted=1)

    assert list(exchanged.claims) == [Claim(NEW, None, 1)]
    assert await store.read(NEW) == ChatRecord(NEW, None, NOON)
    assert await store.read(GROUP) == ChatRecord(GROUP, None, None)
    assert states(place) == {NEW: "sending"}


async def test_a_group_that_is_written_down_under_both_numbers_gets_it_once(store: Store, place: Place) -> None:
    await subscribers(store, GROUP, NEW)
    broadcast = await sending(store)
    await claimed(store, broadcast, 2)
    moved = settle(GROUP, NotSent("migrated", new_chat=NEW), NOON)
    await exchange(store, broadcast, Settled(NEW, "sent", message_id=5), moved, wanted=5)

    assert rows(place, "state", "reason") == {NEW: ("sent", ""), GROUP: ("skipped", "migrated")}


async def test_a_group_that_moves_by_itself_takes_what_may_still_be_sent_with_it(store: Store, place: Place) -> None:
    """What was sent stays under the number that it was sent to."""
    await subscribers(store, GROUP, ANN)
    first = await sending(store)
    await claimed(store, first)
    await exchange(store, first, Settled(GROUP, "sent", message_id=5))
    await store.move_broadcast(first.id, ["sending"], "finished", None)
    second = await sending(store)
    await store.migrate(GROUP, NEW)
    await store.migrate(GROUP, NEW)

    found = place.execute("SELECT broadcast_id, chat_id, state FROM deliveries WHERE chat_id < 0 ORDER BY broadcast_id")
    assert found == [(first.id, GROUP, "sent"), (second.id, NEW, "pending")]
    assert (await store.counts(second.id)).total == 2


async def test_a_beat_notes_that_it_is_worked_on(store: Store) -> None:
    broadcast = await sending(store)
    await exchange(store, broadcast, now=NOON)
    assert [found.active_at for found in await store.broadcasts()] == [None]
    await exchange(store, broadcast, now=LATER, heartbeat=True)
    assert [found.active_at for found in await store.broadcasts()] == [LATER]


# --- Whoever has it ---


async def test_a_take_over_makes_what_was_being_sent_unknown_and_notes_the_death(store: Store, place: Place) -> None:
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    assert (broadcast.epoch, broadcast.is_open, broadcast.started_at, broadcast.crashes) == (1, True, NOON, ())
    await claimed(store, broadcast, 1)
    taken = await store.take_over(broadcast.id, LATER)

    assert taken.crashed
    assert (taken.broadcast.epoch, taken.broadcast.crashes, taken.broadcast.started_at) == (2, (LATER,), NOON)
    assert taken.broadcast == await store.broadcast(broadcast.id)
    assert rows(place, "state", "reason", "attempts") == {ANN: ("unknown", "died", 1), BEN: ("pending", "", 0)}


async def test_a_claim_that_was_never_sent_waits_again_with_its_attempt_back(store: Store, place: Place) -> None:
    """The answer to the claim was lost; the sender lives."""
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    taken = await store.take_over(broadcast.id, LATER, unsent=True)

    assert (taken.crashed, taken.broadcast.crashes, taken.broadcast.epoch) == (False, (), 2)
    assert rows(place, "state", "reason", "attempts") == {ANN: ("pending", "", 0), BEN: ("pending", "", 0)}
    assert await claimed(store, taken.broadcast, 1) == [Claim(ANN, None, 1)]


async def test_an_orderly_stop_is_no_crash(store: Store) -> None:
    broadcast = await sending(store)
    await store.release(broadcast.id, 1)
    left = await store.broadcast(broadcast.id)
    taken = await store.take_over(broadcast.id, LATER)

    assert left is not None
    assert not left.is_open
    assert (taken.crashed, taken.broadcast.crashes, taken.broadcast.is_open) == (False, (), True)


async def test_the_last_five_deaths_are_remembered(store: Store) -> None:
    broadcast = await sending(store)
    for number in range(7):
        taken = await store.take_over(broadcast.id, NOON + number * SECOND)

    assert taken.broadcast.crashes == tuple(NOON + number * SECOND for number in range(2, 7))


@pytest.mark.parametrize("state", ["draft", "unapproved", "paused", "finished", "cancelled"])
async def test_what_is_neither_queued_nor_active_is_not_taken_over(store: Store, state: Any) -> None:
    broadcast = await queued(store)
    await store.move_broadcast(broadcast.id, ["queued"], state, None)
    with pytest.raises(StaleEpochError):
        await store.take_over(broadcast.id, NOON)

    assert [found.epoch for found in await store.broadcasts()] == [0]


async def test_a_broadcast_that_was_paused_goes_on_where_it_was(store: Store) -> None:
    """Its recipients are not written down again."""
    await subscribers(store, ANN)
    broadcast = await sending(store)
    await store.release(broadcast.id, 1)
    await store.move_broadcast(broadcast.id, ["sending"], "paused", None, paused_for="admin")
    await store.move_broadcast(broadcast.id, ["paused"], "queued", None)
    taken = (await store.take_over(broadcast.id, LATER)).broadcast

    assert (taken.state, taken.paused_for, taken.total, taken.epoch) == ("sending", None, 1, 2)


OVERTAKEN: dict[str, Callable[[Store, int], Awaitable[object]]] = {
    "gather": lambda store, broadcast: store.gather(broadcast, 1, testers=[], default="zh", now=NOON),
    "exchange": lambda store, broadcast: store.exchange(
        broadcast, 1, [Settled(ANN, "failed", "blocked")], 5, now=LATER, heartbeat=True
    ),
    "requeue_unknown": lambda store, broadcast: store.requeue_unknown(broadcast, 1, before=LATER, now=LATER),
    "release": lambda store, broadcast: store.release(broadcast, 1),
}


@pytest.mark.parametrize("act", OVERTAKEN)
async def test_a_stale_epoch_changes_nothing(store: Store, place: Place, act: str) -> None:
    """Also if it was only frozen, and knows of claims of its own."""
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    taken = (await store.take_over(broadcast.id, NOON)).broadcast
    before = rows(place, "state", "attempts", "epoch", "next_at")
    with pytest.raises(StaleEpochError):
        await OVERTAKEN[act](store, broadcast.id)

    assert rows(place, "state", "attempts", "epoch", "next_at") == before
    assert await store.broadcast(broadcast.id) == taken
    assert await store.read(ANN) == ChatRecord(ANN, None, NOON)


@pytest.mark.parametrize("act", OVERTAKEN)
async def test_an_unknown_broadcast_has_no_owner(store: Store, act: str) -> None:
    with pytest.raises(StaleEpochError):
        await OVERTAKEN[act](store, 404)


async def test_what_was_claimed_and_settled_is_there_after_a_restart(place: Place) -> None:
    async with open_store(place.address) as first:
        await subscribers(first, ANN, BEN, CAT)
        broadcast = await sending(first)
        await claimed(first, broadcast, 2)
        await exchange(first, broadcast, Settled(ANN, "sent", message_id=5))
    async with open_store(place.address) as second:
        assert await second.broadcast(broadcast.id) == broadcast
        taken = await second.take_over(broadcast.id, LATER)
        assert taken.crashed

    assert states(place) == {ANN: "sent", BEN: "unknown", CAT: "pending"}


async def test_each_recipient_has_one_row_from_the_beginning_to_the_end(store: Store, place: Place) -> None:
    """And all counts add up at every moment."""
    insert_subscribers(place, 30)
    broadcast = await sending(store)
    outcomes: list[Outcome] = [
        Sent(1),
        Refused("blocked"),
        NotSent("network"),
        Unknown("server"),
        Refused("content"),
        Sent(2),
    ]
    settled: list[Settled] = []
    for turn in range(40):
        now = NOON + turn * 10 * SECOND
        exchanged = await exchange(store, broadcast, *settled, wanted=4, now=now)
        settled = [settle(claim.chat, outcomes[(claim.chat + turn) % 6], now) for claim in exchanged.claims]
        if turn == 20:
            broadcast = (await store.take_over(broadcast.id, now)).broadcast
            settled = []
        await store.requeue_unknown(broadcast.id, broadcast.epoch, before=now - 60 * SECOND, now=now)
        assert len(exchanged.claims) <= 4
        assert (await store.counts(broadcast.id)).total == place.count("deliveries") == 30
        assert set(rows(place, "attempts").values()) <= {0, 1, 2}

    counts = await store.counts(broadcast.id)
    assert counts.rest == 0
    assert counts.of("sent", "failed", "unknown", "skipped") == 30


# --- How it is looked up ---


async def test_what_runs_for_each_message_goes_by_the_small_indexes(store: Store, place: Place) -> None:
    """A million deliveries that are done cost those that wait nothing."""
    insert_subscribers(place, 3_000)
    broadcast = await sending(store)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    try:
        await exchange(store, broadcast, wanted=4)
        await store.next_due(broadcast.id)
        await store.requeue_unknown(broadcast.id, 1, before=NOON, now=NOON)
        await store.take_over(broadcast.id, NOON)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    plans = await plans_of(place, [one for one in asked if "deliveries." in one[0] and "state = '" in one[0]])

    assert [next(name for name in INDEXES if name in plan) for plan in plans] == [
        "ix_deliveries_due",
        "ix_deliveries_due",
        "ix_deliveries_unknown",
        "ix_deliveries_unknown",
        "ix_deliveries_sending",
    ]
    assert not [plan for plan in plans if "SCAN deliveries" in plan or "Seq Scan on deliveries" in plan]


INDEXES = ("ix_deliveries_due", "ix_deliveries_unknown", "ix_deliveries_sending", "no index")


async def plans_of(place: Place, asked: list[tuple[str, Any]]) -> list[str]:
    """How the database means to do what it was asked."""
    engine = create_async_engine(place.address)
    explain = "EXPLAIN QUERY PLAN" if place.is_file else "EXPLAIN"
    async with engine.connect() as connection:
        if not place.is_file:
            await connection.exec_driver_sql("ANALYZE deliveries")
        found = []
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in plan) + "\nno index")
    await engine.dispose()
    return found


async def test_an_exchange_is_few_statements(store: Store, place: Place) -> None:
    """It runs for each handful of messages, up to a hundred times a second."""
    insert_subscribers(place, 30)
    broadcast = await sending(store)
    claims = await claimed(store, broadcast, 8)
    asked: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement.split(maxsplit=1)[0])

    try:
        settled = [Settled(claim.chat, "sent", message_id=1) for claim in claims]
        await store.exchange(broadcast.id, 1, settled, 8, now=NOON, heartbeat=True)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)

    assert [word for word in asked if word != "BEGIN"].count("SELECT") <= 3  # one of them holds PostgreSQL's lock
    assert asked.count("UPDATE") == 3
