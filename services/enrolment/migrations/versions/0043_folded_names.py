"""Children's names folded again, as every search folds them: Le Goff answers to legoff."""

import sqlalchemy as sa
from alembic import op

from services.enrolment.children.rules.search import searchable

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_CARD = sa.table(
    "child_card",
    sa.column("child_id", sa.String),
    sa.column("first_name", sa.String),
    sa.column("last_name", sa.String),
    sa.column("birth_date", sa.Date),
    sa.column("search", sa.Text),
)


def upgrade() -> None:
    bind = op.get_bind()
    again = sa.update(_CARD).where(_CARD.c.child_id == sa.bindparam("child"))
    cards = sa.select(_CARD.c.child_id, _CARD.c.first_name, _CARD.c.last_name, _CARD.c.birth_date)
    rows = [
        {"child": row.child_id, "folded": searchable(row.first_name, row.last_name, row.birth_date)}
        for row in bind.execute(cards)
    ]
    if rows:
        bind.execute(again.values(search=sa.bindparam("folded")), rows)


def downgrade() -> None:
    """What is folded for the newer search is found by the older, too."""
