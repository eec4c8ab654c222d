"""Enrolment from the offer to the roll call."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("activity_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "activity_id", name=op.f("pk_activity")),
        sqlite_strict=True,
    )
    op.create_table(
        "family_act",
        sa.Column("act_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_family_act")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("family_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_family_act_subject"), ["subject"], unique=False)

    op.create_table(
        "family_card",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", name=op.f("pk_family_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "guardian_card",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_guardian_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "news_read",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_news_read")),
        sqlite_strict=True,
    )
    op.create_table(
        "notice",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("heard_at", types.Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", "key", name=op.f("pk_notice")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_heard_at"), ["heard_at"], unique=False)

    op.create_table(
        "silent_provider",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("noticed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_silent_provider")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_subject"))

    op.drop_table("silent_provider")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_heard_at"))

    op.drop_table("notice")
    op.drop_table("news_read")
    op.drop_table("guardian_card")
    op.drop_table("family_card")
    with op.batch_alter_table("family_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_family_act_subject"))

    op.drop_table("family_act")
    op.drop_table("activity")
