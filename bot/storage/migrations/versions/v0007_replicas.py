"""Replicas, their leases, and the updates that they handle."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "replicas",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("minsheng", sa.String(32), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("knowledge", sa.String(64), nullable=False),
        sa.Column("answers", sa.Float, nullable=False),
        sa.Column("flood_until", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("replica_id", sa.Integer, nullable=False),
        sa.Column("wakes", sa.Integer, nullable=False),
    )
    op.create_table(
        "update_claims",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("chat", sa.String(32), nullable=False, index=True),
        sa.Column("replica_id", sa.Integer),
    )
