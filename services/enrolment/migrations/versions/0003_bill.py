"""Tariffs, residence classes, how a child comes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_told",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_place_told")),
        sqlite_strict=True,
    )
    op.create_table(
        "residence_classes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_residence_classes_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence_classes")),
        sqlite_strict=True,
    )
    op.create_table(
        "tariff",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tariff")),
        sqlite_strict=True,
    )
    op.create_table(
        "place_variant",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_place_variant_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place_id", "valid_from", name=op.f("pk_place_variant")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("place_variant")
    op.drop_table("tariff")
    op.drop_table("residence_classes")
    op.drop_table("place_told")
