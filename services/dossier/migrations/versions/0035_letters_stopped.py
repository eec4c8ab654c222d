"""Households to which no letter of access is written any more, with who said so and why."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letters_stopped",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("stopped_by", sa.String(length=36), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("resumed_at", types.Moment(), nullable=True),
        sa.Column("resumed_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "why IN ('asked', 'returned')", name=op.f("ck_letters_stopped_why_known")
        ),
        sa.CheckConstraint(
            "(resumed_at IS NULL) = (resumed_by IS NULL)",
            name=op.f("ck_letters_stopped_resumed_by_whom"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_letters_stopped_household_id_household"),
        ),
        sa.PrimaryKeyConstraint("household_id", "since", name=op.f("pk_letters_stopped")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_letters_stopped_now",
        "letters_stopped",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("letters_stopped")
