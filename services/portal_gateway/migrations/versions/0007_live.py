"""Open pages, and e-mail notices."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guardianship",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "subject", name=op.f("pk_guardianship")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardianship_subject"), ["subject"], unique=False)

    op.create_table(
        "live_change",
        sa.Column("audience", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "kind", name=op.f("pk_live_change")),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_notice",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("last_at", types.Moment(), nullable=True),
        sa.Column("due_at", types.Moment(), nullable=True),
        sa.Column("written_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "category", name=op.f("pk_mail_notice")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("mail_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_notice_due_at"), ["due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mail_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_notice_due_at"))

    op.drop_table("mail_notice")
    op.drop_table("live_change")
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_subject"))

    op.drop_table("guardianship")
