"""Quantities that providers tell, without prices."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quantity_sheet",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint(
            "provider", "session_id", "version", name=op.f("pk_quantity_sheet")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quantity_sheet", schema=None) as batch_op:
        batch_op.create_index("ix_quantity_sheet_day", ["provider", "day"], unique=False)

    op.create_table(
        "quantity",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('present', 'unexpected', 'absent', 'excused', 'cancelled_late')",
            name=op.f("ck_quantity_outcome_known"),
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_quantity_quantity_counted")),
        sa.ForeignKeyConstraint(
            ["provider", "session_id", "version"],
            ["quantity_sheet.provider", "quantity_sheet.session_id", "quantity_sheet.version"],
            name="fk_quantity_sheet",
        ),
        sa.PrimaryKeyConstraint(
            "provider", "session_id", "version", "child_id", name=op.f("pk_quantity")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quantity", schema=None) as batch_op:
        batch_op.create_index("ix_quantity_household", ["household_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("quantity", schema=None) as batch_op:
        batch_op.drop_index("ix_quantity_household")

    op.drop_table("quantity")
    with op.batch_alter_table("quantity_sheet", schema=None) as batch_op:
        batch_op.drop_index("ix_quantity_sheet_day")

    op.drop_table("quantity_sheet")
