"""The tables: all that is ever stored of people stands in this file."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A time with its zone, also where the database knows none: stored as UTC, read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """To UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData()

#: Updates that were handled, for two days: Telegram may deliver each again for one.
handled_updates = Table(
    "handled_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("handled_at", Moment, nullable=False, index=True),
)

#: Updates that were confirmed to Telegram before they were handled; gone as soon as they are.
parked_updates = Table(
    "parked_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("parked_at", Moment, nullable=False),
)

#: Chats that chose a language or subscribed.
chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(8)),
    Column("subscribed_since", Moment),
)

#: The last word of an admin on a person's rights.
grants = Table(
    "grants",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(8)),
    Column("given_by", BigInteger, nullable=False),
    Column("given_at", Moment, nullable=False),
)

#: Who did what as staff. Triggers of the database forbid to change a line or to take one out.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("person", BigInteger),
    Column("act", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: Changed knowledge files that wait for their author's yes, for a day; compressed.
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", BigInteger, nullable=False, index=True),
    Column("origin", String(16), nullable=False),
    Column("base", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)

#: The last knowledge files that were published; compressed.
versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("person", BigInteger),
    Column("origin", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

#: When recurring work was last done.
chores = Table(
    "chores",
    metadata,
    Column("chore", String(32), primary_key=True),
    Column("done_at", Moment, nullable=False),
)
