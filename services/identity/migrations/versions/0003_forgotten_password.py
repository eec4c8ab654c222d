"""Passwords said to be forgotten."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten_password",
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_forgotten_password")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_forgotten_password_asked_at"), "forgotten_password", ["asked_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_forgotten_password_asked_at"), table_name="forgotten_password")

    op.drop_table("forgotten_password")
