"""Payers' names folded again, as every search folds them: Lebœuf answers to leboeuf."""

import sqlalchemy as sa
from alembic import op

from shared.text import searchable

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_HOUSEHOLD = sa.table(
    "household",
    sa.column("id", sa.String),
    sa.column("payer", sa.String),
    sa.column("sought", sa.String(250)),
)
MOST = 250


def upgrade() -> None:
    bind = op.get_bind()
    again = sa.update(_HOUSEHOLD).where(_HOUSEHOLD.c.id == sa.bindparam("household_id"))
    rows = [
        {"household_id": row.id, "folded": searchable(row.payer)[:MOST]}
        for row in bind.execute(sa.select(_HOUSEHOLD.c.id, _HOUSEHOLD.c.payer))
    ]
    if rows:
        bind.execute(again.values(sought=sa.bindparam("folded")), rows)


def downgrade() -> None:
    """What is folded for the newer search is found by the older, too."""
