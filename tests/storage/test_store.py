"""What the store keeps in either database, and that it never keeps anything twice or partially."""

import asyncio
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger

from bot.broadcasts.ports import BroadcastStore, DeliveryQueue
from bot.errors import OperatorError, StorageError
from bot.i18n.catalog import translator_in
from bot.i18n.languages import LANGUAGES, Language
from bot.people.messages import privacy_notice
from bot.people.ports import Audit, ChatRecord, Chats, Roles, ScheduledJobs
from bot.publishing.ports import DraftStore, Versions
from bot.storage import Store, open_store
from bot.storage.schema import metadata
from bot.storage.updates import KEEP_HANDLED
from bot.telegram_api.ports import UpdateStore
from tests.documents import DOCS, text
from tests.storage.databases import Place, Update

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN, BEN, GROUP = 11, 12, -100
QUESTION = "my question"


async def test_it_fits_the_ports(store: Store) -> None:
    """The type checker proves it; here it is only said."""
    ports: tuple[
        Chats, UpdateStore, Roles, DraftStore, Versions, Audit, ScheduledJobs, BroadcastStore, DeliveryQueue
    ] = (store,) * 9

    assert len(set(ports)) == 1


def test_what_is_said_about_privacy_names_how_long_ids_of_updates_are_kept() -> None:
    """In words: the translations of the notice follow its English sentence."""
    span = {timedelta(days=2): "two days"}[KEEP_HANDLED]
    notice = privacy_notice(translator_in("en"), staff=False)
    assert f"for {span} the numbers of the messages that I have seen" in notice
    assert f"| ids of handled updates, without their senders | {span} |" in text(DOCS / "privacy.md")


async def test_of_an_unknown_chat_nothing_is_known(store: Store) -> None:
    assert await store.read(ANN) == ChatRecord(ANN, None, None)


async def test_language_and_subscription_stay_when_the_program_starts_again(place: Place) -> None:
    async with open_store(place.address) as first:
        await first.choose_language(ANN, "ru")
        await first.subscribe(ANN, NOON, "en")
        await first.subscribe(ANN, NOON + timedelta(hours=1), "zh")
    async with open_store(place.address) as second:
        assert await second.read(ANN) == ChatRecord(ANN, "ru", NOON, "zh")


async def test_a_chat_of_which_nothing_is_left_has_no_row(store: Store, place: Place) -> None:
    await store.choose_language(ANN, "zh")
    await store.subscribe(ANN, NOON, "zh")
    await store.choose_language(ANN, None)
    await store.unsubscribe(ANN)

    assert await store.read(ANN) == ChatRecord(ANN, None, None)
    assert place.count("chats") == 0


@pytest.mark.parametrize("telegram_language", ["zh", None])
async def test_a_block_suspends_a_subscription_until_the_unblock(
    store: Store, telegram_language: Language | None
) -> None:
    """Nothing about it is a subscription meanwhile; /stop and /forget end it for good."""
    await store.subscribe(ANN, NOON, telegram_language)
    await store.suspend(ANN)
    assert await store.read(ANN) == ChatRecord(ANN, None, None, is_suspended=True)
    assert await store.count_subscribers("en") == {}
    await store.resume(ANN, NOON + timedelta(days=1), "ru")
    assert await store.read(ANN) == ChatRecord(ANN, None, NOON + timedelta(days=1), "ru")


@pytest.mark.parametrize("end", ["unsubscribe", "forget", "never"])
async def test_no_unblock_brings_back_what_was_ended_otherwise(store: Store, place: Place, end: str) -> None:
    if end != "never":
        await store.subscribe(ANN, NOON, None)
        await getattr(store, end)(ANN)
    await store.suspend(ANN)
    await store.resume(ANN, NOON, "ru")

    assert await store.read(ANN) == ChatRecord(ANN, None, None)
    assert place.count("chats") == 0


async def test_what_is_ended_while_it_is_suspended_stays_ended(store: Store, place: Place) -> None:
    await store.subscribe(ANN, NOON, None)
    await store.suspend(ANN)
    await store.choose_language(ANN, "ru")
    await store.unsubscribe(ANN)
    await store.resume(ANN, NOON, None)

    assert await store.read(ANN) == ChatRecord(ANN, "ru", None)


async def test_a_group_that_removed_the_bot_is_not_suspended(store: Store, place: Place) -> None:
    """People who join it later have not subscribed."""
    await store.subscribe(GROUP, NOON, None)
    await store.suspend(GROUP)

    assert place.count("chats") == 0


async def test_forgetting_erases_and_leaves_others_alone(store: Store) -> None:
    await store.choose_language(ANN, "zh")
    await store.choose_language(BEN, "en")
    await store.forget(ANN)

    assert await store.read(ANN) == ChatRecord(ANN, None, None)
    assert await store.read(BEN) == ChatRecord(BEN, "en", None)


async def test_a_migrated_group_has_one_row_under_its_new_id(store: Store, place: Place) -> None:
    await store.subscribe(GROUP, NOON, None)
    await store.migrate(GROUP, -200)
    await store.migrate(GROUP, -200)

    assert await store.read(-200) == ChatRecord(-200, None, NOON)
    assert await store.read(GROUP) == ChatRecord(GROUP, None, None)
    assert place.count("chats") == 1


async def test_what_was_read_during_a_write_is_not_cached(store: Store) -> None:
    for language in LANGUAGES * 7:
        await asyncio.gather(store.read(ANN), store.choose_language(ANN, language), store.read(ANN))
        assert (await store.read(ANN)).language == language


async def test_an_update_is_handled_once_also_after_a_restart(place: Place) -> None:
    async with open_store(place.address) as first:
        assert await first.unhandled([5, 6, 7]) == {5, 6, 7}
        await first.handled([6, 6], NOON)
        assert await first.unhandled([5, 6, 7]) == {5, 7}
    async with open_store(place.address) as second:
        assert await second.unhandled([5, 6, 7]) == {5, 7}


async def test_parked_updates_stay_until_they_are_handled(place: Place) -> None:
    async with open_store(place.address) as first:
        await first.park([Update(8), Update(7)], NOON)
        await first.park([Update(7, raw={"again": True})], NOON)
    async with open_store(place.address) as second:
        assert await second.parked() == [(7, '{"again": true}'), (8, "{}")]
        await second.handled([7], NOON)
        assert await second.parked() == [(8, "{}")]


async def test_update_ids_are_forgotten_after_two_days(store: Store) -> None:
    await store.handled([1], NOON)
    await store.handled([2], NOON + timedelta(hours=1))
    await store.expire(NOON + timedelta(days=2, minutes=1))

    assert await store.unhandled([1, 2]) == {1}


async def test_more_updates_than_fit_into_a_statement_are_written_after_an_outage(store: Store, place: Place) -> None:
    await store.handled(range(1, 33_001), NOON)

    assert await store.unhandled(range(32_000, 33_010)) == set(range(33_001, 33_010))
    assert place.count("handled_updates") == 33_000


async def test_nothing_else_is_stored_of_people(store: Store, place: Place) -> None:
    """A new column is a decision: it is written into the privacy text first."""
    found = place.shape()
    del found["alembic_version"]

    assert found == {
        "handled_updates": {"update_id", "handled_at"},
        "parked_updates": {"update_id", "body", "parked_at"},
        "chats": {"chat_id", "language", "subscribed_since", "spoken"},
        "grants": {"person", "role", "given_by", "given_at"},
        "audit": {"id", "at", "person", "act", "subject", "before", "after"},
        "drafts": {"id", "person", "origin", "base", "digest", "content", "created_at"},
        "versions": {"id", "digest", "person", "origin", "at", "content"},
        "chores": {"chore", "done_at"},
        "counters": {"name", "number"},
        "broadcasts": {
            "id",
            "year",
            "running",
            "author",
            "state",
            "created_at",
            "kind",
            "audience",
            "editions",
            "planned_at",
            "revision",
            "previewed",
            "head_count",
            "approved_by",
            "starts_at",
            "started_at",
            "ended_at",
            "active_at",
            "paused_for",
            "gathered",
            "total",
            "epoch",
            "is_open",
            "crashes",
            "card_chat",
            "card_message",
            "cursor",
        },
        "unanswered_questions": {"id", "group_id", "text", "language", "outcome", "near", "at"},
        "question_groups": {
            "id",
            "state",
            "count",
            "newest",
            "embedding",
            "target_kind",
            "target",
            "decided_at",
        },
        "answered_digests": {"id", "embedding", "answered", "at"},
        "question_counts": {"hour", "outcome", "language", "area", "number"},
        "won_answers": {"group_id", "day", "number"},
        "teachings": {"draft", "group_id", "target_kind", "target", "digest", "at"},
        "tickets": {
            "id",
            "question",
            "chat_id",
            "person",
            "message_id",
            "language",
            "text",
            "group_id",
            "state",
            "reminded",
            "opened_at",
            "created_at",
            "answered_by",
            "answered_at",
            "answer",
        },
        "ticket_messages": {"chat_id", "message_id", "ticket_id"},
        "wishes": {"chat_id", "group_id", "person", "message_id", "language", "created_at"},
        "owed_messages": {
            "id",
            "kind",
            "chat_id",
            "ticket_id",
            "language",
            "reply_to",
            "text",
            "state",
            "attempts",
            "next_at",
        },
        "deliveries": {
            "broadcast_id",
            "chat_id",
            "state",
            "attempts",
            "epoch",
            "claimed_at",
            "next_at",
            "message_id",
            "reason",
        },
        "tallies": {"broadcast_id", "state", "reason", "number"},
        "replicas": {"id", "name", "minsheng", "beaten_at", "knowledge", "answers", "flood_until"},
        "leases": {"name", "replica_id", "wakes"},
        "update_claims": {"update_id", "chat", "replica_id"},
    }


def test_people_are_named_only_where_it_was_decided() -> None:
    """A number that may be a person's or a chat's is a big one; of citizens there are three such columns."""
    big = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, BigInteger)
    }

    assert big == {
        "handled_updates.update_id",
        "parked_updates.update_id",
        "update_claims.update_id",  # until the update is handled
        "chats.chat_id",  # erased by /forget
        "unanswered_questions.id",  # random, so it names no person
        "drafts.person",  # erased by /forget, and after a day
        "grants.person",  # what was done as staff or as an admin is the city's record, and stays
        "grants.given_by",
        "audit.person",
        "versions.person",
        "deliveries.chat_id",  # erased by /forget, and 90 days after the broadcast
        "tickets.chat_id",  # erased by /forget, when the ticket is closed, and after 90 days
        "tickets.person",
        "tickets.message_id",
        "tickets.question",  # random, so it names no person
        "tickets.answered_by",  # a person of staff; erased with the ticket
        "ticket_messages.chat_id",  # chats of staff
        "ticket_messages.message_id",
        "wishes.chat_id",  # erased by /forget, when the wish is granted, and after 90 days
        "wishes.person",
        "wishes.message_id",
        "owed_messages.chat_id",  # erased by /forget, when the message was sent, and after 90 days
        "owed_messages.reply_to",
        "counters.number",  # of the newest message, so it names no person
        "broadcasts.cursor",  # overwritten by /forget, and when all recipients are written down
        "broadcasts.card_chat",  # erased by /forget
        "broadcasts.author",  # what was done as an admin is the city's record, but a draft is erased by /forget
        "broadcasts.approved_by",
    }


async def test_the_steps_lead_to_the_tables(store: Store, place: Place) -> None:
    found = place.shape()
    del found["alembic_version"]

    assert found == {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}


async def test_a_second_bot_is_refused_with_a_sentence(store: Store, place: Place) -> None:
    with pytest.raises(OperatorError, match=r"^Another bot works on .*stop that one first"):
        async with open_store(place.address):
            pass


async def test_the_next_bot_may_work_as_soon_as_the_first_has_stopped(place: Place) -> None:
    for _ in range(3):
        async with open_store(place.address) as opened:
            assert opened.failure is None


async def test_an_older_program_refuses_a_newer_database(place: Place) -> None:
    async with open_store(place.address) as opened:
        await opened.choose_language(ANN, "ru")
    place.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(OperatorError, match="written by a newer Minsheng"):
        async with open_store(place.address):
            pass
    assert place.count("chats") == 1


async def test_what_goes_wrong_is_a_storage_error_that_quotes_nothing(store: Store, place: Place) -> None:
    place.execute("DROP TABLE parked_updates")
    with pytest.raises(StorageError) as failed:
        await store.park([Update(7, raw={"text": QUESTION})], NOON)

    assert "cannot be used at the moment" in str(failed.value)
    assert QUESTION not in "".join(traceback.format_exception(failed.value))
    await store.choose_language(ANN, "ru")
    assert (await store.read(ANN)).language == "ru"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("sqlite+aiosqlite://", "has no file name"),
        ("sqlite+aiosqlite:///file:m.db?mode=ro&uri=true", "has no file name"),
        ("postgresql+psycopg://ann:secret@host:secret/m", "is not a database URL"),
        ("secret", "is not a database URL"),
    ],
)
async def test_an_address_that_means_nothing_is_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence) as refused:
        async with open_store(address):
            pass
    assert "secret" not in "".join(traceback.format_exception(refused.value))
