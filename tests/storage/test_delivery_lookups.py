"""Deliveries whose sender is replaced, and how deliveries are looked up."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from bot.broadcasts.delivery import Claim, NotSent, Outcome, Refused, Sent, Settled, Unknown, settle
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
from tests.storage.recipients import ANN, BEN, CAT, SECOND

# --- The lease of a broadcast ---


async def test_a_take_over_makes_what_was_being_sent_unknown_and_records_the_crash(store: Store, place: Place) -> None:
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


async def test_an_orderly_stop_is_not_a_crash(store: Store) -> None:
    broadcast = await sending(store)
    await store.release(broadcast.id, 1)
    left = await store.broadcast(broadcast.id)
    taken = await store.take_over(broadcast.id, LATER)

    assert left is not None
    assert not left.is_open
    assert (taken.crashed, taken.broadcast.crashes, taken.broadcast.is_open) == (False, (), True)


async def test_the_last_five_crashes_are_stored(store: Store) -> None:
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
    """The recipients are not recorded again."""
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
    """Its process may have been frozen, with claims of its own."""
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
    """All counts add up at every moment."""
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
    """The database's plan for a query."""
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
