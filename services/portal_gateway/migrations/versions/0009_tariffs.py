"""Prices as their providers publish them."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_tariff",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("heard_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "tariff", name=op.f("pk_published_tariff")),
        sqlite_strict=True,
    )
    op.create_table(
        "published_residences",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("heard_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_published_residences")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("published_residences")
    op.drop_table("published_tariff")
