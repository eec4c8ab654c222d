"""Conversations with families, bulletins, absences."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = "'question', 'absence', 'enrolment', 'billing', 'practical'"


def upgrade() -> None:
    _threads()
    _messages()
    _to_many()


def downgrade() -> None:
    for table in (
        "conversation_count",
        "away",
        "bulletin",
        "attachment_part",
        "attachment",
        "message",
        "thread_reader",
        "thread_child",
        "thread",
    ):
        op.drop_table(table)


def _threads() -> None:
    op.create_table(
        "thread",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False, comment="sealed by the thread's key"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_side", sa.String(length=8), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column(
            "to_answer",
            sa.Boolean(),
            nullable=False,
            comment="a family wrote last, and nobody said that it needs no answer",
        ),
        sa.Column(
            "taken_by", sa.String(length=36), nullable=True, comment="the agent who answered last"
        ),
        sa.Column(
            "seen_to", sa.BigInteger(), nullable=False, comment="last message that an agent opened"
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="no child of it is linked any more; retention runs from here",
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_thread_kind_known")),
        sa.CheckConstraint(
            "last_side IN ('family', 'provider')", name=op.f("ck_thread_last_side_known")
        ),
        sa.CheckConstraint(
            "seen_to >= 0 AND seen_to <= messages", name=op.f("ck_thread_seen_what_came")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sqlite_strict=True,
    )
    for column in ("household_id", "last_at", "ended_at"):
        op.create_index(op.f(f"ix_thread_{column}"), "thread", [column])
    op.create_table(
        "thread_child",
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        _of_thread("thread_child"),
        sa.PrimaryKeyConstraint("thread_id", "child_id", name=op.f("pk_thread_child")),
        sqlite_strict=True,
    )
    op.create_table(
        "thread_reader",
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("read_to", sa.BigInteger(), nullable=False),
        sa.Column(
            "own_since", sa.BigInteger(), nullable=False, comment="own messages after read_to"
        ),
        sa.Column("reads", sa.Boolean(), nullable=False),
        sa.CheckConstraint("read_to >= 0 AND own_since >= 0", name=op.f("ck_thread_reader_marks")),
        _of_thread("thread_reader"),
        sa.PrimaryKeyConstraint("thread_id", "subject", name=op.f("pk_thread_reader")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_thread_reader_subject"), "thread_reader", ["subject"])


def _messages() -> None:
    op.create_table(
        "message",
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column(
            "author",
            sa.String(length=36),
            nullable=False,
            comment="a subject; of an agent never shown outside",
        ),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the thread's key"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when it was written"),
        sa.CheckConstraint("side IN ('family', 'provider')", name=op.f("ck_message_side_known")),
        _of_thread("message"),
        sa.PrimaryKeyConstraint("thread_id", "number", name=op.f("pk_message")),
        sqlite_strict=True,
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="of its message"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the thread's key"
        ),
        sa.CheckConstraint(
            "state IN ('awaited', 'held', 'refused')", name=op.f("ck_attachment_state_known")
        ),
        _of_thread("attachment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_attachment_state"), "attachment", ["state"])
    op.create_index(op.f("ix_attachment_thread_id"), "attachment", ["thread_id"])
    op.create_table(
        "attachment_part",
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the file's own key"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", "number", name=op.f("pk_attachment_part")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_attachment_part_received_at"), "attachment_part", ["received_at"])


def _to_many() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the bulletin's own key"
        ),
        sa.Column("author", sa.String(length=36), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "target IN ('all', 'activity', 'group')", name=op.f("ck_bulletin_target_known")
        ),
        sa.CheckConstraint(
            "(target = 'all') = (target_id IS NULL)", name=op.f("ck_bulletin_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("number", name=op.f("uq_bulletin_number")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_bulletin_sent_at"), "bulletin", ["sent_at"])
    op.create_table(
        "away",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("sentence", sa.String(length=200), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_away_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sqlite_strict=True,
    )
    op.create_table(
        "conversation_count",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bulletins", sa.BigInteger(), nullable=False),
        sa.Column("away", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_conversation_count_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_count")),
        sqlite_strict=True,
    )


def _of_thread(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["thread_id"], ["thread.id"], name=op.f(f"fk_{table}_thread_id"), ondelete="CASCADE"
    )
