"""What open pages of the desk compare."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_change",
        sa.Column("audience", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "kind", name=op.f("pk_live_change")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("live_change")
