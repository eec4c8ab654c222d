"""Cards of conversations, bulletins, absences of providers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed: subject, children, dates"
        ),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "thread_id", name=op.f("pk_thread_card")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_thread_card_heard_at"), "thread_card", ["heard_at"])
    op.create_table(
        "thread_reader",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "thread_id"],
            ["thread_card.provider", "thread_card.thread_id"],
            name=op.f("fk_thread_reader_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("provider", "thread_id", "subject", name=op.f("pk_thread_reader")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_thread_reader_subject"), "thread_reader", ["subject"])
    op.create_table(
        "bulletin_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="sealed: title, moment"),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "number", name=op.f("pk_bulletin_card")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_bulletin_card_heard_at"), "bulletin_card", ["heard_at"])
    op.create_table(
        "bulletin_read",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "provider", name=op.f("pk_bulletin_read")),
        sqlite_strict=True,
    )
    op.create_table(
        "away_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON: days and sentences"),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_away_card")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("away_card", "bulletin_read", "bulletin_card", "thread_reader", "thread_card"):
        op.drop_table(table)
