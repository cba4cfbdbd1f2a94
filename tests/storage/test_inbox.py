"""What the inbox keeps, on both databases."""

from datetime import UTC, date, datetime, timedelta

from bot.inbox.model import (
    AnsweredDigest,
    Collected,
    CountKey,
    InboxBatch,
    NearMiss,
    Teaching,
    TeachingTarget,
    UnansweredQuestion,
)
from bot.people.ports import AuditEntry
from bot.publishing.ports import Version
from bot.storage import Store
from tests.storage.databases import Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROJECT = TeachingTarget("project", "sixth-hospital")
LINE = AuditEntry(NOON, 21, "inbox", "group 1", "open", "ignored")


def asked(number: int, *, group: int | None = None, new: int = 0, at: datetime = NOON) -> Collected:
    """Store a question that was not answered."""
    return Collected(number, group, new, f"question {number}", "en", "unsure", (NearMiss("heating", 0.25),), at)


async def three_in_one_group(store: Store) -> int:
    """Store the questions 1, 2 and 3 as one group; return its id."""
    batch = InboxBatch(tuple(asked(number, new=0) for number in (1, 2, 3)), new_groups=(b"12",))
    (group,) = await store.write_batch(batch, NOON)
    return group


async def test_a_group_keeps_its_questions_with_outcome_language_and_near_misses(store: Store) -> None:
    group = await three_in_one_group(store)

    ((found,), total) = await store.waiting_groups(NOON, 5)

    assert (found.id, found.count, found.newest, found.embedding, total) == (group, 3, NOON, b"12", 1)
    assert await store.question(2) == UnansweredQuestion(
        2, group, "question 2", "en", "unsure", (NearMiss("heating", 0.25),), NOON
    )


async def test_a_question_that_arrives_twice_is_kept_and_counted_once(store: Store, place: Place) -> None:
    group = await three_in_one_group(store)
    await store.write_batch(InboxBatch((asked(2, group=group), asked(4, group=group))), NOON)

    found = await store.group(group)

    assert found is not None
    assert found.count == 4
    assert place.count("unanswered_questions") == 4


async def test_questions_are_erased_after_thirty_days_and_an_empty_group_with_them(store: Store, place: Place) -> None:
    group = await three_in_one_group(store)
    await store.write_batch(InboxBatch((asked(4, group=group, at=NOON + timedelta(days=1)),)), NOON)

    await store.expire(NOON + timedelta(days=30, hours=1))
    left = await store.group(group)
    await store.expire(NOON + timedelta(days=31, hours=1))

    assert left is not None
    assert left.count == 1
    assert await store.group(group) is None
    assert place.count("unanswered_questions") == 0


async def test_what_staff_decided_stays_when_the_questions_are_gone(store: Store) -> None:
    group = await three_in_one_group(store)
    assert await store.decide_group(group, "ignored", None, NOON, LINE)

    await store.expire(NOON + timedelta(days=60))
    found = await store.group(group)

    assert found is not None
    assert found.state == "ignored"
    assert [entry.subject for entry in await store.audit(5)] == ["group 1"]


async def test_a_number_of_a_group_is_never_given_again(store: Store) -> None:
    group = await three_in_one_group(store)
    await store.expire(NOON + timedelta(days=31))

    assert await three_in_one_group(store) == group + 1


async def test_later_hides_a_group_for_a_week(store: Store) -> None:
    group = await three_in_one_group(store)
    await store.decide_group(group, "later", None, NOON, None)

    hidden = await store.waiting_groups(NOON + timedelta(days=6), 5)
    shown = await store.waiting_groups(NOON + timedelta(days=8), 5)

    assert (hidden[1], shown[1]) == (0, 1)


async def test_a_teaching_counts_as_published_only_by_a_version_that_came_after_it(store: Store) -> None:
    group = await three_in_one_group(store)
    digest = "d" * 64
    async with store.recording(Version(digest, 21, "inbox", NOON), b"x", LINE, draft=None):
        pass
    again = Teaching(group, PROJECT, "draft", digest, NOON + timedelta(hours=1))
    await store.keep_teaching(again)

    before = await store.teachings()
    async with store.recording(Version(digest, 21, "inbox", NOON + timedelta(hours=2)), b"x", LINE, draft=None):
        pass
    after = await store.teachings()
    await store.mark_taught(again)

    assert (before, after) == ([(again, False)], [(again, True)])
    found = await store.group(group)
    assert found is not None
    assert (found.state, found.target) == ("taught", PROJECT)
    assert await store.teachings() == []


async def test_counters_add_up(store: Store, place: Place) -> None:
    key = CountKey(NOON, "unsure", "en", "heating")
    for _ in range(2):
        await store.write_batch(InboxBatch(counts={key: 3}, gained={7: 2}), NOON)

    assert place.execute("SELECT number FROM question_counts") == [(6,)]
    assert (await store.gained_since(date(2026, 3, 1)), await store.gained_since(date(2026, 3, 2))) == (4, 0)


async def test_digests_hold_no_text_and_go_after_thirty_days(store: Store) -> None:
    digest = AnsweredDigest(b"12", "heating", NOON)
    await store.write_batch(InboxBatch(digests=(digest,)), NOON)

    assert await store.digests() == [digest]
    await store.expire(NOON + timedelta(days=31))
    assert await store.digests() == []


async def test_a_taught_group_that_cannot_be_answered_again_is_open_again(store: Store) -> None:
    group = await three_in_one_group(store)
    await store.decide_group(group, "taught", PROJECT, NOON, None)

    await store.write_batch(InboxBatch((asked(9, group=group),), reopened=(group,)), NOON)

    assert [each.id for each in (await store.waiting_groups(NOON, 5))[0]] == [group]
