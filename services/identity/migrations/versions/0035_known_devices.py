"""Devices that an account has used, and the tries of all others by address, login and principal."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM login_tries")  # filed under other names; they live for a day
    with op.batch_alter_table("login_tries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_at", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("knocked_at", types.Moment(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_login_tries_counted_at"), ["counted_at", "last_at"], unique=False
        )
    op.create_table(
        "known_device",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("azp", sa.String(length=60), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_known_device_subject_subject")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_device")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("known_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_device_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_known_device_used_at"), ["used_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("known_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_device_used_at"))
        batch_op.drop_index(batch_op.f("ix_known_device_subject"))
    op.drop_table("known_device")
    op.execute("DELETE FROM login_tries")
    with op.batch_alter_table("login_tries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_tries_counted_at"))
        batch_op.drop_column("knocked_at")
        batch_op.drop_column("counted_at")
