"""Unanswered questions, their groups, digests of answers, counters, and drafts that attach a group."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("near", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_unanswered_questions_group", "unanswered_questions", ["group_id", "at"])
    op.create_index("ix_unanswered_questions_at", "unanswered_questions", ["at"])
    op.create_table(
        "question_groups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("newest", sa.BigInteger, nullable=False),
        sa.Column("embedding", sa.LargeBinary, nullable=False),
        sa.Column("target_kind", sa.String(16)),
        sa.Column("target", sa.String(128)),
        sa.Column("decided_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_question_groups_state", "question_groups", ["state", "count"])
    op.create_table(
        "answered_digests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("embedding", sa.LargeBinary, nullable=False),
        sa.Column("answered", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answered_digests_at", "answered_digests", ["at"])
    op.create_table(
        "question_counts",
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("language", sa.String(8), primary_key=True),
        sa.Column("area", sa.String(48), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "won_answers",
        sa.Column("group_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "teachings",
        sa.Column("draft", sa.String(32), primary_key=True),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("target_kind", sa.String(16), nullable=False),
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
