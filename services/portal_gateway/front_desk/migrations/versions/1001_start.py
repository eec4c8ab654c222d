"""
The tables of 0.2.0, the first form that later ones upgrade from (docs/decisions/0058-one-start.md).

Lengths are held by checks that `shared.database.tables.types` adds to every table, here too.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tables import start_tables, types

revision = "1001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    start_tables.create_kit_tables()
    start_tables.create_subjects()
    start_tables.create_desk_sessions()
    start_tables.create_published_schools()

    op.create_table(
        "asked_approval",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_approval")),
        sqlite_strict=True,
    )
    op.create_table(
        "barrier",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reported_at", types.Moment(), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answered_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier")),
        sqlite_strict=True,
    )
    op.create_index("ix_barrier_reported_at", "barrier", ["reported_at"])

    op.create_table(
        "breach",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("notified_at", types.Moment(), nullable=True),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sqlite_strict=True,
    )

    op.create_table(
        "provider_figures",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "period", name=op.f("pk_provider_figures")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
