"""Hand-overs with another service, and what was ticked."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0033"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay",
        sa.Column("relay_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("other", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("valid_from", types.Day(), nullable=False),
        sa.Column("valid_to", types.Day(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('hands', 'receives')", name=op.f("ck_relay_side_known")),
        sa.PrimaryKeyConstraint("relay_id", name=op.f("pk_relay")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_relay_child_id"), "relay", ["child_id"], unique=False)
    op.create_table(
        "relay_mark",
        sa.Column("relay_id", sa.String(length=36), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "act IN ('handed', 'not_coming', 'received')", name=op.f("ck_relay_mark_act_known")
        ),
        sa.ForeignKeyConstraint(
            ["relay_id"],
            ["relay.relay_id"],
            name=op.f("fk_relay_mark_relay_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("relay_id", "day", "act", name=op.f("pk_relay_mark")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("relay_mark")
    op.drop_table("relay")
