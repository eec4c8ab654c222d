"""From one desk to another."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passing",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("came_from", sa.String(length=40), nullable=False),
        sa.Column("azp", sa.String(length=60), nullable=False),
        sa.Column("signed_in_at", types.Moment(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["subject"], ["subject.subject"], name=op.f("fk_passing_subject")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_passing")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("passing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passing_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_passing_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("passing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passing_subject"))
        batch_op.drop_index(batch_op.f("ix_passing_expires_at"))

    op.drop_table("passing")
