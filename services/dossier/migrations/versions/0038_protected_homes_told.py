"""What is withheld from another home, and protected households, of which billing is told again."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without a digest the dossier tells billing of a household again, by itself (households/commands/billing_household.py)."""
    op.add_column("section_history", sa.Column("shown", sa.LargeBinary(), nullable=True))
    told = sa.table("household_told", sa.column("household_id"), sa.column("digest"))
    protected = sa.table("protected_household", sa.column("household_id"), sa.column("lifted_at"))
    now = sa.select(protected.c.household_id).where(protected.c.lifted_at.is_(None))
    op.execute(sa.update(told).where(told.c.household_id.in_(now)).values(digest=""))


def downgrade() -> None:
    op.drop_column("section_history", "shown")
