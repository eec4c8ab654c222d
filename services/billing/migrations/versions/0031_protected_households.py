"""Which households are protected, as the dossier tells (rule R9)."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who is protected already is told again: the dossier's own migration sees to that."""
    op.add_column(
        "household",
        sa.Column("protected", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("household", "protected")
