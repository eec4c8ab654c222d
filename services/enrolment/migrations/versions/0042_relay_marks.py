"""Ticks of hand-overs by their ids from the device, as marks of the roll call are kept."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0042"
down_revision = "0034"
branch_labels = None
depends_on = None

_OLD = sa.table(
    "relay_mark",
    sa.column("relay_id", sa.String),
    sa.column("day", types.Day()),
    sa.column("act", sa.String),
    sa.column("at", types.Moment()),
)


def upgrade() -> None:
    ticked = op.get_bind().execute(sa.select(_OLD).order_by(_OLD.c.at)).all()
    op.drop_table("relay_mark")
    marks = _create()
    rows: list[dict] = []
    for tick in ticked:
        side = "receives" if tick.act == "received" else "hands"
        where = {"relay_id": tick.relay_id, "day": tick.day, "side": side}
        after = [row["id"] for row in rows if where.items() <= row.items()]
        moments = {"made_at": tick.at, "received_at": tick.at}
        rows.append({"id": str(uuid4()), **where, "act": tick.act, "after": after, **moments})
    if rows:
        op.bulk_insert(marks, rows)


def downgrade() -> None:
    """What was ticked lives two weeks: it is not carried back."""
    op.drop_table("relay_mark")
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


def _create() -> sa.Table:
    marks = op.create_table(
        "relay_mark",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("relay_id", sa.String(length=36), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.CheckConstraint("side IN ('hands', 'receives')", name=op.f("ck_relay_mark_side_known")),
        sa.CheckConstraint(
            "act IN ('handed', 'not_coming', 'received', 'cleared')",
            name=op.f("ck_relay_mark_act_known"),
        ),
        sa.ForeignKeyConstraint(
            ["relay_id"],
            ["relay.relay_id"],
            name=op.f("fk_relay_mark_relay_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_relay_mark_day", "relay_mark", ["relay_id", "day"], unique=False)
    return marks
