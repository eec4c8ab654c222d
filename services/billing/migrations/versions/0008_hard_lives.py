"""Households of whom no bill leaves: an agent holds a child's file."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_hold",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_file_hold")),
        sqlite_strict=True,
    )
    op.create_table(
        "held_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_held_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("held_household", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_held_household_household_id"), ["household_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("held_household", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_held_household_household_id"))

    op.drop_table("held_household")
    op.drop_table("file_hold")
