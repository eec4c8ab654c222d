"""Trials, announced widenings, and links born of a change of operator."""

import sqlalchemy as sa
from alembic import op

from shared.database.migrations import replace_check

revision = "0007"
down_revision = "0008"
branch_labels = None
depends_on = None

BEFORE = "'guardian_request', 'school_list', 'imported'"


def upgrade() -> None:
    replace_check(
        "link",
        op.f("ck_link_origin_known"),
        f"origin IN ({BEFORE})",
        f"origin IN ({BEFORE}, 'operator_change')",
    )
    op.create_table(
        "trial_member",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_trial_member")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("trial_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_member_provider"), ["provider"], unique=False)
    op.create_table(
        "widening_told",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "key", name=op.f("pk_widening_told")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("widening_told")
    op.drop_table("trial_member")
    replace_check(
        "link",
        op.f("ck_link_origin_known"),
        f"origin IN ({BEFORE}, 'operator_change')",
        f"origin IN ({BEFORE})",
    )
