"""Files held after a death, carers of placed children, protected households."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0008"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_hold",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held_by", sa.String(length=120), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("released_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_file_hold_child_id")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_file_hold")),
        sqlite_strict=True,
    )
    op.create_table(
        "protected_household",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("lifted_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_protected_household_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_protected_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.add_column(sa.Column("carer_in", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_guardianship_carer_in"), ["carer_in"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_carer_in"))
        batch_op.drop_column("carer_in")

    op.drop_table("protected_household")
    op.drop_table("file_hold")
