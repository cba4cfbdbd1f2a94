"""Grants, the audit, drafts, versions, chores."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "grants",
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("role", sa.String(8)),
        sa.Column("given_by", sa.BigInteger, nullable=False),
        sa.Column("given_at", moment, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("person", sa.BigInteger),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", moment, nullable=False),
    )
    op.create_index("ix_drafts_person", "drafts", ["person"])
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person", sa.BigInteger),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_versions_digest", "versions", ["digest"])
    op.create_table(
        "chores",
        sa.Column("chore", sa.String(32), primary_key=True),
        sa.Column("done_at", moment, nullable=False),
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


_ABORT = " BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
_IS_THERE = "EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
_COMPLAINT = "BEGIN RAISE EXCEPTION 'the audit only grows'; END"
_FOR_EACH = "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
#: Entries of the audit are only added, also by other programs that write to the database.
_GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit{_ABORT}",
        f"CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit{_ABORT}",
        # INSERT OR REPLACE erases a line without asking the trigger before.
        f"CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN {_IS_THERE}{_ABORT}",
    ),
    "postgresql": (
        f"CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ {_COMPLAINT} $$",
        f"CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit {_FOR_EACH}",
    ),
}
