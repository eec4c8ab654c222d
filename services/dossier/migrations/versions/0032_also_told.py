"""What a guardian has sent to one provider more, up to a day."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "also_told",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("given_at", types.Moment(), nullable=False),
        sa.Column("until", types.Day(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NOT NULL OR ended_by IS NULL", name=op.f("ck_also_told_ended_by_whom")
        ),
        sa.CheckConstraint(
            "projection IN ('pickup', 'diet', 'allergies', 'treatments')",
            name=op.f("ck_also_told_projection_known"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_also_told_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_also_told")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_also_told_child_id"), "also_told", ["child_id"], unique=False)
    op.create_index(op.f("ix_also_told_until"), "also_told", ["until"], unique=False)
    op.create_index(
        "uq_also_told_one_stands",
        "also_told",
        ["child_id", "provider", "projection"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("also_told")
