"""Sessions at the front desk, an agent beside the family."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accompanied_visit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("actor", sa.String(length=36), nullable=False),
        sa.Column("web_session", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_visit")),
        sa.UniqueConstraint("web_session", name=op.f("uq_accompanied_visit_web_session")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("accompanied_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accompanied_visit_actor"), ["actor"], unique=False)
        batch_op.create_index(batch_op.f("ix_accompanied_visit_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_accompanied_visit_subject"), ["subject"], unique=False)

    op.create_table(
        "accompanied_line",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["accompanied_visit.id"],
            name=op.f("fk_accompanied_line_visit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("accompanied_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accompanied_line_visit_id"), ["visit_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("accompanied_line")
    op.drop_table("accompanied_visit")
