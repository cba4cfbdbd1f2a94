"""Broadcasts, their deliveries, and the language of a subscriber's Telegram."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.add_column("chats", sa.Column("spoken", sa.String(8)))
    _create_broadcasts()
    _create_deliveries()
    op.create_table(
        "tallies",
        sa.Column("broadcast_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )


def _create_broadcasts() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("author", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("editions", sa.Text, nullable=False),
        sa.Column("planned_at", moment),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("previewed", sa.Integer),
        sa.Column("head_count", sa.Integer),
        sa.Column("approved_by", sa.BigInteger),
        sa.Column("starts_at", moment),
        sa.Column("started_at", moment),
        sa.Column("ended_at", moment),
        sa.Column("active_at", moment),
        sa.Column("paused_for", sa.String(16)),
        sa.Column("gathered", sa.Boolean, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("crashes", sa.Text, nullable=False),
        sa.Column("card_chat", sa.BigInteger),
        sa.Column("card_message", sa.Integer),
        sa.Column("cursor", sa.BigInteger),
        sa.UniqueConstraint("year", "running"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_broadcasts_state", "broadcasts", ["state"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("broadcast_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("claimed_at", sa.BigInteger),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.Integer),
        sa.Column("reason", sa.String(16), nullable=False),
        sqlite_with_rowid=False,
    )
    for name, columns, condition in (
        ("due", ("next_at", "chat_id"), "state = 'pending'"),
        ("sending", ("epoch",), "state = 'sending'"),
        ("unknown", ("claimed_at",), "state = 'unknown' AND attempts < 2"),
    ):
        where = sa.text(condition)
        op.create_index(
            f"ix_deliveries_{name}",
            "deliveries",
            ["broadcast_id", *columns],
            sqlite_where=where,
            postgresql_where=where,
        )
