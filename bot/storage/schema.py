"""All tables: what is stored about people, and the state of broadcasts, replicas, leases and jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and read as UTC, even if the database has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class EpochMicros(TypeDecorator[datetime]):
    """A datetime as microseconds since 1970, for tables of a million rows: a UtcDateTime takes 26 bytes in SQLite."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _MICROSECOND


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

metadata = MetaData()

#: Handled updates, which Telegram may deliver again; `bot.storage.updates.KEEP_HANDLED` says for how long.
handled_updates = Table(
    "handled_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("handled_at", UtcDateTime, nullable=False, index=True),
)

#: Updates that were confirmed to Telegram before they were handled; deleted once handled.
parked_updates = Table(
    "parked_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("parked_at", UtcDateTime, nullable=False),
)

#: The processes that share this database (PostgreSQL and a webhook); see `bot.storage.replica`.
replicas = Table(
    "replicas",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("minsheng", String(32), nullable=False),
    Column("beaten_at", UtcDateTime, nullable=False),
    Column("knowledge", String(64), nullable=False),
    Column("answers", Float, nullable=False),
    Column("flood_until", UtcDateTime),
    sqlite_autoincrement=True,
)

#: What only one replica does. A row goes with the replica that holds it.
leases = Table(
    "leases",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("replica_id", Integer, nullable=False),
    Column("wakes", Integer, nullable=False),
)

#: Which replica handles an update, until it is handled; without a replica the update is parked and waits for one.
update_claims = Table(
    "update_claims",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat", String(32), nullable=False, index=True),
    Column("replica_id", Integer),
)

#: Chats that chose a language or subscribed.
chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(8)),
    Column("subscribed_since", UtcDateTime),
    Column("spoken", String(8), key="telegram_language"),
)

#: Roles granted or revoked in chat; the last decision per person.
grants = Table(
    "grants",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(8)),
    Column("given_by", BigInteger, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
)

#: What staff did. Database triggers reject changing or deleting an entry.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("person", BigInteger),
    Column("act", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: Changed knowledge that waits for its author's confirmation, for a day; compressed.
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", BigInteger, nullable=False, index=True),
    Column("origin", String(16), nullable=False),
    Column("base", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

#: The last published versions of the knowledge; compressed.
versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("person", BigInteger),
    Column("origin", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

#: When recurring jobs last ran.
scheduled_jobs = Table(
    "chores",
    metadata,
    Column("chore", String(32), primary_key=True, key="job"),
    Column("done_at", UtcDateTime, nullable=False),
)

#: Telegram's numbers that only increase; `newest_message` is the newest one in private chats and groups.
counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

#: Broadcasts: the fields of `Broadcast`, and the progress of recording the recipients.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", SmallInteger, nullable=False),
    Column("running", Integer, nullable=False),
    Column("author", BigInteger),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("audience", String(16), nullable=False),
    Column("editions", Text, nullable=False),
    Column("planned_at", UtcDateTime),
    Column("revision", Integer, nullable=False),
    Column("previewed", Integer),
    Column("head_count", Integer),
    Column("approved_by", BigInteger),
    Column("starts_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("active_at", UtcDateTime),
    Column("paused_for", String(16)),
    Column("gathered", Boolean, nullable=False),
    Column("total", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("crashes", Text, nullable=False),
    Column("card_chat", BigInteger),
    Column("card_message", Integer),
    Column("cursor", BigInteger),  # the last chat that was read; only while recipients are recorded
    UniqueConstraint("year", "running"),
    sqlite_autoincrement=True,
)

#: One broadcast in one chat, until 90 days after the end of the broadcast.
deliveries = Table(
    "deliveries",
    metadata,
    Column("broadcast_id", Integer, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("claimed_at", EpochMicros),
    Column("next_at", EpochMicros, nullable=False),
    Column("message_id", Integer),
    Column("reason", String(16), nullable=False),
    sqlite_with_rowid=False,
)
for _name, _columns, _condition in (
    ("due", ("next_at", "chat_id"), "state = 'pending'"),
    ("sending", ("epoch",), "state = 'sending'"),
    ("unknown", ("claimed_at",), "state = 'unknown' AND attempts < 2"),
):
    Index(
        f"ix_deliveries_{_name}",
        *(deliveries.c[_column] for _column in ("broadcast_id", *_columns)),
        sqlite_where=text(_condition),
        postgresql_where=text(_condition),
    )

#: Counts of erased deliveries by state.
delivery_totals = Table(
    "tallies",
    metadata,
    Column("broadcast_id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), primary_key=True),
    Column("reason", String(16), primary_key=True),
    Column("number", Integer, nullable=False),
)

#: Questions that could not be answered, for 30 days; masked, and without their askers.
unanswered_questions = Table(
    "unanswered_questions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # random
    Column("group_id", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(8)),
    Column("outcome", String(16), nullable=False),
    Column("near", Text, nullable=False),  # JSON: [[id, confidence], ...]
    Column("at", EpochMicros, nullable=False, index=True),
    Index("ix_unanswered_questions_group", "group_id", "at"),
)

#: Groups of unanswered questions. Open ones are deleted with their last question; decided ones stay.
question_groups = Table(
    "question_groups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(8), nullable=False),
    Column("count", Integer, nullable=False),
    Column("newest", EpochMicros, nullable=False),
    Column("embedding", LargeBinary, nullable=False),
    Column("target_kind", String(16)),
    Column("target", String(128)),
    Column("decided_at", EpochMicros),
    Index("ix_question_groups_state", "state", "count"),
    sqlite_autoincrement=True,
)

#: The meanings of answered questions, without text, for 30 days.
answered_digests = Table(
    "answered_digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("embedding", LargeBinary, nullable=False),
    Column("answered", String(64), nullable=False),
    Column("at", EpochMicros, nullable=False, index=True),
    sqlite_autoincrement=True,
)

#: How many questions there were, by hour, outcome, language and area.
question_counts = Table(
    "question_counts",
    metadata,
    Column("hour", EpochMicros, primary_key=True, autoincrement=False),
    Column("outcome", String(16), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("area", String(48), primary_key=True),
    Column("number", Integer, nullable=False),
)

#: Answers that citizens got because a group was taught, by day.
gained_answers = Table(
    "won_answers",
    metadata,
    Column("group_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("number", Integer, nullable=False),
)

#: Drafts that attach a group, until they are published or two days old.
teachings = Table(
    "teachings",
    metadata,
    Column("draft", String(32), primary_key=True),
    Column("group_id", Integer, nullable=False),
    Column("target_kind", String(16), nullable=False),
    Column("target", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", EpochMicros, nullable=False),
)

#: Questions for a person to answer, for 90 days. A closed one has no text and no asker.
tickets = Table(
    "tickets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", BigInteger, nullable=False, unique=True),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("person", BigInteger, nullable=False, index=True),
    Column("message_id", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("group_id", Integer, index=True),
    Column("state", String(8), nullable=False, index=True),
    Column("reminded", Boolean, nullable=False),
    Column("opened_at", EpochMicros, nullable=False),
    Column("created_at", EpochMicros, nullable=False),
    Column("answered_by", BigInteger),
    Column("answered_at", EpochMicros),
    Column("answer", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: The messages in chats of staff that show a ticket.
ticket_messages = Table(
    "ticket_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ticket_id", Integer, nullable=False, index=True),
)

#: Chats that want to be told when a group is taught, for 90 days.
wishes = Table(
    "wishes",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("group_id", Integer, primary_key=True, autoincrement=False, index=True),
    Column("person", BigInteger, nullable=False, index=True),
    Column("message_id", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", EpochMicros, nullable=False),
)

#: Messages of the inbox that must arrive; deleted once they did.
owed_messages = Table(
    "owed_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("ticket_id", Integer, index=True),
    Column("language", String(8)),
    Column("reply_to", BigInteger),
    Column("text", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("next_at", EpochMicros, nullable=False),
    Index("ix_owed_messages_due", "state", "next_at"),
    sqlite_autoincrement=True,
)
