"""Families who act at the front desk, an agent beside them."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter_code",
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("family", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["subject.subject"], name=op.f("fk_counter_code_agent")),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_counter_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("counter_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counter_code_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "accompanied_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("family", sa.String(length=36), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=False),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("slip_signed_on", sa.Date(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.Column("passing_digest", sa.String(length=64), nullable=False),
        sa.Column("entered_at", types.Moment(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("last_used_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint("ends_at > opened_at", name=op.f("ck_accompanied_session_period")),
        sa.CheckConstraint(
            "(proof = 'paper') = (slip_signed_on IS NOT NULL)"
            " AND (proof = 'paper') = (paper <> '')",
            name=op.f("ck_accompanied_session_proven"),
        ),
        sa.ForeignKeyConstraint(
            ["agent"], ["subject.subject"], name=op.f("fk_accompanied_session_agent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_accompanied_session_digest")),
        sa.UniqueConstraint("passing_digest", name=op.f("uq_accompanied_session_passing_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("accompanied_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accompanied_session_agent"), ["agent"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_accompanied_session_ends_at"), ["ends_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_accompanied_session_family"), ["family"], unique=False)


def downgrade() -> None:
    op.drop_table("accompanied_session")
    op.drop_table("counter_code")
