"""New codes that operations had made for administrators: who asked, and why."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_by_town",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("others", sa.BigInteger(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_code_by_town_subject_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_by_town")),
        info={"preau_guards": [("append_only", ())]},
        sqlite_strict=True,
    )
    with op.batch_alter_table("code_by_town", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_by_town_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("code_by_town", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_by_town_subject"))

    op.drop_table("code_by_town")
