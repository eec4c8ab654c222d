"""Every time that a household was protected has a row of its own, with who lifted it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEPT: tuple[sa.Column[Any], ...] = (
    sa.Column("household_id", sa.String(length=36), nullable=False),
    sa.Column("since", types.Moment(), nullable=False),
    sa.Column("recorded_by", sa.String(length=36), nullable=False),
    sa.Column("lifted_at", types.Moment(), nullable=True),
    sa.Column("paper", sa.String(length=80), nullable=True),
    sa.Column("paper_date", types.Day(), nullable=True),
)


def upgrade() -> None:
    """Until now who lifted a protection stood as who recorded it."""
    rows = _taken_away()
    _made(
        ["household_id", "since"],
        sa.Column("lifted_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)",
            name=op.f("ck_protected_household_lifted_by_whom"),
        ),
    )
    op.create_index(
        "uq_protected_household_now",
        "protected_household",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    _put_back(
        [{**row, "lifted_by": row["recorded_by"] if row["lifted_at"] else None} for row in rows]
    )


def downgrade() -> None:
    """Of several times the last one stays."""
    last = {row["household_id"]: row for row in _taken_away()}
    _made(["household_id"])
    _put_back(list(last.values()))


def _taken_away() -> list[dict[str, object]]:
    table = sa.table("protected_household", *(sa.column(one.name, one.type) for one in KEPT))
    rows = op.get_bind().execute(sa.select(table).order_by(table.c.since)).mappings().all()
    op.drop_table("protected_household")
    return [dict(row) for row in rows]


def _made(key: list[str], *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        "protected_household",
        *(column._copy() for column in KEPT),
        *more,
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_protected_household_household_id")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_protected_household")),
        sqlite_strict=True,
    )


def _put_back(rows: list[dict[str, object]]) -> None:
    table = sa.table(
        "protected_household",
        *(sa.column(one.name, one.type) for one in KEPT),
        sa.column("lifted_by"),
    )
    if rows:
        op.get_bind().execute(sa.insert(table), rows)
