"""Claims and their outcomes: the transitions of deliveries, and what never happens, in either database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasts.delivery import Claim, NotSent, Refused, Sent, Settled, Unknown, settle
from bot.broadcasts.model import Counts
from bot.people.ports import ChatRecord
from bot.storage import Store
from tests.storage.broadcast_factories import (
    LATER,
    NOON,
    claimed,
    exchange,
    insert_subscribers,
    rows,
    sending,
    states,
    subscribers,
)
from tests.storage.databases import Place
from tests.storage.recipients import ANN, BEN, CAT, DAN, GROUP, NEW, SECOND

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
    """This also holds for chats about which nothing else is stored."""
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
async def test_a_chat_that_can_never_be_reached_is_no_longer_a_subscriber(store: Store, case: str) -> None:
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
    """A third claim becomes an unknown outcome."""
    await subscribers(store, ANN, BEN)
    broadcast = await sending(store)
    place.execute(f"UPDATE deliveries SET attempts = 2 WHERE chat_id = {ANN}")

    assert await claimed(store, broadcast, 1) == [Claim(BEN, None, 1)]
    assert rows(place, "state", "reason", "attempts")[ANN] == ("unknown", "attempts", 2)


async def test_what_is_unknown_waits_again_when_it_is_old_enough_and_once_only(store: Store, place: Place) -> None:
    """It is claimed after all others."""
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
