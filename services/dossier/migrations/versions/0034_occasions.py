"""Sessions that have food though their provider usually has none, and who is booked there."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "food_occasion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("first_day", types.Day(), nullable=False),
        sa.Column("last_day", types.Day(), nullable=False),
        sa.Column("turns_on", types.Day(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_food_occasion")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_food_occasion_turns_on"), "food_occasion", ["turns_on"], unique=False)
    op.create_table(
        "food_occasion_child",
        sa.Column("occasion_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["occasion_id"],
            ["food_occasion.id"],
            name=op.f("fk_food_occasion_child_occasion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_food_occasion_child_child_id")
        ),
        sa.PrimaryKeyConstraint("occasion_id", "child_id", name=op.f("pk_food_occasion_child")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_food_occasion_child_child_id"), "food_occasion_child", ["child_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("food_occasion_child")
    op.drop_table("food_occasion")
