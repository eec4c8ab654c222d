"""Letters by e-mail."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", types.Moment(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'uncertain', 'given_up')",
            name=op.f("ck_letter_state_known"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_letter_content_goes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index("ix_letter_due", ["state", "next_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index("ix_letter_due")

    op.drop_table("letter")
