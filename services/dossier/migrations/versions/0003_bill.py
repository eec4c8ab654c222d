"""Where households live, as billing is told."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household_told",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household_told")),
        sqlite_strict=True,
    )
    op.create_table(
        "household_address",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "version >= 1", name=op.f("ck_household_address_version_counts_from_one")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_address_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "valid_from", name=op.f("pk_household_address")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("household_address")
    op.drop_table("household_told")
