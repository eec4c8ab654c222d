"""Carers of placed children, protected homes, and children of whom nothing is told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "child_carer",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("child_id", "subject", "household_id", name=op.f("pk_child_carer")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child_carer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_carer_subject"), ["subject"], unique=False)

    op.create_table(
        "protected_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_protected_household")),
        sqlite_strict=True,
    )
    op.create_table(
        "held_file",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_held_file")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("protected_household")
    op.drop_table("held_file")
    with op.batch_alter_table("child_carer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_carer_subject"))

    op.drop_table("child_carer")
