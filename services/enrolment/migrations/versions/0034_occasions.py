"""Sessions that have food though this provider usually has none."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "food_announced",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False, comment="ids of children, sorted"),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("announced_by", sa.String(length=36), nullable=False),
        sa.Column("announced_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_food_announced_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_food_announced")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("food_announced")
