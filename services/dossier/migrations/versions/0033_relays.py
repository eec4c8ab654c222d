"""Hand-overs between two services of a child."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("from_provider", sa.String(length=40), nullable=False),
        sa.Column("to_provider", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("valid_from", types.Day(), nullable=False),
        sa.Column("valid_to", types.Day(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("given_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint("from_provider <> to_provider", name=op.f("ck_relay_two_services")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_relay_period_in_order")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_relay_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_relay_child_id"), "relay", ["child_id"], unique=False)


def downgrade() -> None:
    op.drop_table("relay")
