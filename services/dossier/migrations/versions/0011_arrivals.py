"""Families of another software, by batch; whom they could be."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival_decision",
        sa.Column("child", sa.String(length=60), nullable=False),
        sa.Column("known", sa.String(length=36), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("child", name=op.f("pk_arrival_decision")),
        sqlite_strict=True,
    )
    op.create_table(
        "arrival_doubt",
        sa.Column("child", sa.String(length=60), nullable=False),
        sa.Column("known", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("found_at", types.Moment(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 100", name=op.f("ck_arrival_doubt_of_a_hundred")),
        sa.PrimaryKeyConstraint("child", "known", name=op.f("pk_arrival_doubt")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("arrival_doubt", schema=None) as batch_op:
        batch_op.create_index("ix_arrival_doubt_batch", ["batch", "family"], unique=False)

    op.create_table(
        "arrived",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("arrived_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'household') = (digest <> '')", name=op.f("ck_arrived_digest_of_household")
        ),
        sa.CheckConstraint(
            "kind IN ('household', 'guardian', 'child', 'link')", name=op.f("ck_arrived_kind_known")
        ),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_arrived")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("arrived", schema=None) as batch_op:
        batch_op.create_index("ix_arrived_batch", ["batch", "family"], unique=False)
        batch_op.create_index("ix_arrived_id", ["id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("arrived", schema=None) as batch_op:
        batch_op.drop_index("ix_arrived_id")
        batch_op.drop_index("ix_arrived_batch")

    op.drop_table("arrived")
    with op.batch_alter_table("arrival_doubt", schema=None) as batch_op:
        batch_op.drop_index("ix_arrival_doubt_batch")

    op.drop_table("arrival_doubt")
    op.drop_table("arrival_decision")
