"""Broadcasts from the draft to the final counts, in either database."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.broadcasts.delivery import Settled
from bot.broadcasts.model import Broadcast, BroadcastState, Counts
from bot.broadcasts.ports import StaleEpochError
from bot.storage import Store, open_store
from tests.storage.broadcast_factories import (
    ADMIN,
    EDITIONS,
    HARBIN,
    LATER,
    NOON,
    OTHER,
    claimed,
    exchange,
    line,
    queued,
    rows,
    sending,
    states,
    subscribers,
)
from tests.storage.databases import Place

ANN, BEN, CAT, GROUP = 11, 12, 13, -100


async def rewritten(store: Store, draft: Broadcast, revision: int) -> Broadcast | None:
    return await store.rewrite_broadcast(
        replace(draft, revision=revision, editions=EDITIONS, kind="alert", audience="ru", planned_at=LATER)
    )


# --- Drafts ---


async def test_a_new_broadcast_is_an_empty_draft(store: Store) -> None:
    draft = await store.new_broadcast(ADMIN, NOON, HARBIN)

    assert draft == Broadcast(id=draft.id, number="2026-001", author=ADMIN, state="draft", created_at=NOON)
    assert await store.broadcast(draft.id) == draft
    assert await store.broadcast(draft.id + 1) is None


async def test_a_changed_draft_is_the_same_after_a_restart(place: Place) -> None:
    """It has formatting, a picture, buttons and letters of many scripts."""
    async with open_store(place.address) as first:
        draft = await rewritten(first, await first.new_broadcast(ADMIN, NOON, HARBIN), 1)
    assert draft is not None
    async with open_store(place.address) as second:
        assert await second.broadcast(draft.id) == draft

    assert (draft.editions, draft.kind, draft.audience, draft.planned_at) == (EDITIONS, "alert", "ru", LATER)
    assert draft.revision == 2


async def test_what_was_changed_meanwhile_is_not_written_over_nor_taken_for_seen(store: Store) -> None:
    draft = await store.new_broadcast(ADMIN, NOON, HARBIN)
    results = await asyncio.gather(*(rewritten(store, draft, 1) for _ in range(5)))

    assert sum(result is not None for result in results) == 1
    assert not await store.note_preview(draft.id, 1, 40)
    assert await store.note_preview(draft.id, 2, 50)
    assert [(found.previewed, found.head_count) for found in await store.broadcasts("draft")] == [(2, 50)]


async def test_only_a_draft_is_changed_seen_or_erased(store: Store) -> None:
    broadcast = await queued(store)

    assert await rewritten(store, broadcast, broadcast.revision) is None
    assert not await store.note_preview(broadcast.id, broadcast.revision, 1)
    assert not await store.drop_broadcast(broadcast.id)
    assert await store.broadcast(broadcast.id) == broadcast


async def test_an_author_has_one_draft_and_so_has_the_operator(store: Store) -> None:
    drafts = [await store.new_broadcast(author, NOON, HARBIN) for author in (ADMIN, None, OTHER, ADMIN, None)]

    assert [found.author for found in await store.broadcasts()] == [None, ADMIN, OTHER]
    assert await store.drop_broadcast(drafts[-1].id)
    assert not await store.drop_broadcast(drafts[-1].id)
    assert await store.broadcast(drafts[0].id) is None


async def test_numbers_run_within_a_year_of_the_city(store: Store) -> None:
    """In Harbin the year is eight hours old when it begins in Greenwich."""
    eve = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    for at in (NOON, eve, eve + timedelta(minutes=1), eve + timedelta(hours=9)):
        draft = await store.new_broadcast(ADMIN, at, HARBIN)
        await store.move_broadcast(draft.id, ["draft"], "cancelled", None)

    assert [found.number for found in await store.broadcasts()] == ["2027-002", "2027-001", "2026-002", "2026-001"]


async def test_of_two_broadcasts_none_has_the_others_number_also_after_drafts_were_erased(store: Store) -> None:
    """A number may be given again only while it is unread; an identifier never is."""
    first = await store.new_broadcast(ADMIN, NOON, HARBIN)
    second = await store.new_broadcast(OTHER, NOON, HARBIN)
    await store.drop_broadcast(first.id)
    third = await store.new_broadcast(ADMIN, NOON, HARBIN)
    await store.drop_broadcast(third.id)
    fourth = await store.new_broadcast(ADMIN, NOON, HARBIN)

    made = (first, second, third, fourth)
    assert [found.number for found in made] == ["2026-001", "2026-002", "2026-003", "2026-003"]
    assert len({found.id for found in made}) == 4


# --- From state to state ---


async def test_of_fifty_who_confirm_one_succeeds_and_one_line_is_in_the_audit(store: Store) -> None:
    draft = await store.new_broadcast(ADMIN, NOON, HARBIN)
    confirmed = await asyncio.gather(
        *(
            store.move_broadcast(
                draft.id,
                ["draft", "unapproved"],
                "queued",
                line(subject=str(number)),
                revision=1,
                head_count=number,
                approved_by=OTHER,
                starts_at=LATER,
            )
            for number in range(50)
        )
    )
    [winner] = [found for found in confirmed if found is not None]

    assert (winner.state, winner.starts_at, winner.approved_by) == ("queued", LATER, OTHER)
    assert await store.broadcast(draft.id) == winner
    assert [entry.subject for entry in await store.audit(100)] == [str(winner.head_count)]


@pytest.mark.parametrize(("origins", "revision"), [(["queued"], 1), (["draft"], 2), ([], 1)])
async def test_a_wrong_state_or_epoch_changes_no_broadcast(
    store: Store, origins: list[BroadcastState], revision: int
) -> None:
    draft = await store.new_broadcast(ADMIN, NOON, HARBIN)
    moved = await store.move_broadcast(draft.id, origins, "cancelled", line(), revision=revision, ended_at=NOON)

    assert moved is None
    assert await store.broadcast(draft.id) == draft
    assert await store.audit(10) == []


async def test_every_value_of_a_broadcast_can_be_kept_with_its_state(store: Store) -> None:
    draft = await store.new_broadcast(ADMIN, NOON, HARBIN)
    values: dict[str, Any] = {
        "paused_for": "crashes",
        "active_at": LATER,
        "crashes": (NOON, LATER),
        "card": (GROUP, 5),
        "total": 3,
        "is_open": True,
        "gathered": True,
        "epoch": 9,
        "started_at": NOON,
        "ended_at": LATER,
    }
    moved = await store.move_broadcast(draft.id, ["draft"], "paused", None, **values)

    assert moved is not None
    assert {name: getattr(moved, name) for name in values} == values
    await store.place_card(draft.id, (ANN, 6))
    assert [found.card for found in await store.broadcasts("paused", "queued")] == [(ANN, 6)]


async def test_lists_are_newest_first_and_no_longer_than_asked_for(store: Store) -> None:
    made = [await queued(store) for _ in range(3)]

    assert [found.id for found in await store.broadcasts(limit=2)] == [made[2].id, made[1].id]
    assert await store.broadcasts("finished", "draft") == []


async def test_never_are_two_broadcasts_active(store: Store) -> None:
    """Neither a take-over nor an admin can start a second one."""
    first, second = await sending(store), await queued(store)
    with pytest.raises(StaleEpochError):
        await store.take_over(second.id, NOON)
    assert await store.move_broadcast(second.id, ["queued"], "sending", line()) is None
    assert (await store.audit(10), await store.broadcast(second.id)) == ([], second)
    await store.move_broadcast(first.id, ["sending"], "paused", None)

    assert (await store.take_over(second.id, NOON)).broadcast.state == "gathering"
    assert await store.move_broadcast(first.id, ["paused"], "sending", None) is None
    with pytest.raises(StaleEpochError):
        await store.take_over(first.id, NOON)


# --- Whose turn it is ---


async def test_an_active_one_goes_before_alerts_and_these_before_those_that_wait_longer(store: Store) -> None:
    late = await queued(store, starts_at=NOON + timedelta(minutes=1))
    early = await queued(store)
    alert = await queued(store, kind="alert", starts_at=LATER)

    async def turn(now: datetime) -> int | None:
        found = await store.next_broadcast(now)
        return found.id if found else None

    assert [await turn(NOON - timedelta(seconds=1)), await turn(NOON), await turn(LATER)] == [None, early.id, alert.id]
    await store.take_over(late.id, LATER)
    assert await turn(LATER) == late.id
    await store.move_broadcast(late.id, ["gathering"], "paused", None)
    assert await turn(LATER) == alert.id


# --- How many ---


async def test_an_audience_is_counted_by_the_language_that_each_gets(store: Store) -> None:
    """The chosen one, else that of their Telegram, else the city's; testers must have pressed start as well."""
    await subscribers(store, ANN, CAT, telegram_language="ru")
    await subscribers(store, BEN, GROUP)
    await store.choose_language(CAT, "en")
    await store.choose_language(14, "ru")

    assert await store.count_subscribers("zh") == {"ru": 1, "en": 1, "zh": 2}
    numbers = [await store.count_audience(audience, [ANN, 14], "zh") for audience in ("everybody", "zh", "ru", "en")]
    assert numbers == [4, 2, 1, 1]
    assert await store.count_audience("test", [ANN, 14], "zh") == 1
    assert await store.count_audience("test", [], "zh") == 0


async def test_what_waits_in_a_cancelled_broadcast_counts_as_cancelled_at_once(store: Store, place: Place) -> None:
    await subscribers(store, ANN, BEN, CAT)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await exchange(store, broadcast, Settled(ANN, "sent", message_id=5))
    await store.move_broadcast(broadcast.id, ["sending"], "cancelled", None, ended_at=NOON)
    counts = await store.counts(broadcast.id)
    assert not await store.cancel_rest(broadcast.id)

    assert counts == Counts({("sent", ""): 1, ("cancelled", ""): 2}) == await store.counts(broadcast.id)
    assert states(place) == {ANN: "sent", BEN: "cancelled", CAT: "cancelled"}


async def test_what_may_have_arrived_is_not_said_to_be_cancelled(store: Store, place: Place) -> None:
    """It waited for its second attempt, or its process crashed."""
    await subscribers(store, ANN, BEN, CAT)
    broadcast = await sending(store)
    await claimed(store, broadcast, 1)
    await exchange(store, broadcast, Settled(ANN, "unknown", "silence"))
    await store.requeue_unknown(broadcast.id, 1, before=LATER, now=NOON)
    place.execute(f"UPDATE deliveries SET next_at = next_at + 1 WHERE chat_id = {ANN}")
    await claimed(store, broadcast, 1)
    await store.move_broadcast(broadcast.id, ["sending"], "cancelled", None, ended_at=NOON)

    assert await store.counts(broadcast.id) == Counts(
        {("unknown", "cancelled"): 1, ("sending", ""): 1, ("cancelled", ""): 1}
    )
    await store.cancel_rest(broadcast.id)
    assert rows(place, "state", "reason") == {
        ANN: ("unknown", "cancelled"),
        BEN: ("unknown", "died"),
        CAT: ("cancelled", ""),
    }


async def test_only_of_a_cancelled_broadcast_the_rest_is_cancelled(store: Store, place: Place) -> None:
    await subscribers(store, ANN)
    broadcast = await sending(store)
    assert not await store.cancel_rest(broadcast.id)

    assert states(place) == {ANN: "pending"}


# --- What is erased ---


async def test_forgetting_erases_a_persons_deliveries_and_only_their_number_stays(store: Store, place: Place) -> None:
    """What is pending or in flight becomes skipped; the rest is counted with its outcome."""
    await subscribers(store, ANN, BEN, CAT)
    broadcast = await sending(store)
    await claimed(store, broadcast, 2)
    await exchange(store, broadcast, Settled(ANN, "failed", "blocked"))
    for chat in (ANN, BEN, CAT, 14):
        await store.forget(chat)
    late = await exchange(store, broadcast, Settled(BEN, "sent", message_id=5), wanted=5)

    assert (await store.counts(broadcast.id)) == Counts({("failed", "blocked"): 1, ("skipped", "erased"): 2})
    assert (late.claims, states(place), place.count("tallies")) == ([], {}, 2)


async def test_no_column_has_the_number_of_a_forgotten_person_but_those_of_the_citys_record(
    store: Store, place: Place
) -> None:
    """A person who is an admin too: what they approved stays, their draft, card and deliveries do not."""
    await subscribers(store, ADMIN, ANN)
    broadcast = await sending(store, approved_by=ADMIN)
    await store.place_card(broadcast.id, (ADMIN, 5))
    place.execute(f"UPDATE broadcasts SET cursor = {ADMIN}, gathered = false")
    await store.new_broadcast(ADMIN, NOON, HARBIN)
    await store.forget(ADMIN)

    found = {
        f"{table}.{column}"
        for table, columns in place.shape().items()
        for column in columns
        if place.execute(f"SELECT 1 FROM {table} WHERE CAST({column} AS VARCHAR(40)) = '{ADMIN}'")
    }
    assert found == {"broadcasts.author", "broadcasts.approved_by"}
    assert await store.deliveries_of(ADMIN) == 0
    assert [found.card for found in await store.broadcasts()] == [None]


async def test_deliveries_become_numbers_90_days_after_the_end(store: Store, place: Place) -> None:
    await subscribers(store, ANN, BEN)
    ended = await sending(store)
    await claimed(store, ended, 1)
    await exchange(store, ended, Settled(ANN, "sent", message_id=5))
    await store.move_broadcast(ended.id, ["sending"], "cancelled", None, ended_at=NOON)
    lasting = await sending(store)
    assert await store.deliveries_of(ANN) == 2
    await store.expire(NOON + timedelta(days=90))
    assert await store.deliveries_of(ANN) == 2
    before = await store.counts(ended.id)
    await store.expire(NOON + timedelta(days=90, seconds=1))

    assert before == await store.counts(ended.id) == Counts({("sent", ""): 1, ("cancelled", ""): 1})
    assert set(rows(place, "broadcast_id").values()) == {lasting.id}
    assert await store.deliveries_of(ANN) == 1


async def test_deliveries_are_erased_in_short_transactions_and_counted_once(store: Store, place: Place) -> None:
    broadcast = await queued(store)
    place.execute(
        "INSERT INTO deliveries (broadcast_id, chat_id, state, attempts, epoch, next_at, reason)"
        f" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)"
        f" SELECT {broadcast.id}, i, CASE WHEN i % 3 = 0 THEN 'unknown' ELSE 'sent' END, 1, 1, 0, '' FROM n"
    )
    await store.move_broadcast(broadcast.id, ["queued"], "finished", None, ended_at=NOON)
    assert len(await store.unknown_chats(broadcast.id)) == 4_000
    await store.expire(NOON + timedelta(days=91))

    assert await store.counts(broadcast.id) == Counts({("sent", ""): 8_000, ("unknown", ""): 4_000})
    assert place.count("deliveries") == 0
    assert await store.unknown_chats(broadcast.id) == []
