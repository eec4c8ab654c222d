"""
The tables of 0.2.0, the first form that later ones upgrade from (docs/decisions/0058-one-start.md).

Lengths are held by checks that `shared.database.tables.types` adds to every table, here too.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tables import types

revision = "1001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("caller", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column(
            "answer", sa.Text(), nullable=False, comment="JSON: ids and versions only; one day"
        ),
        sa.Column("answered_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_answered")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_answered_at"), ["answered_at"], unique=False)

    op.create_table(
        "asked_approval",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_approval")),
        sqlite_strict=True,
    )
    op.create_table(
        "barrier",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reported_at", types.Moment(), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answered_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("barrier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_barrier_reported_at"), ["reported_at"], unique=False)

    op.create_table(
        "breach",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("notified_at", types.Moment(), nullable=True),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sqlite_strict=True,
    )
    op.create_table(
        "desk_door",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_door")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("desk_door", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_door_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "desk_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("token_until", types.Moment(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_session")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_session_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_session_subject"), ["subject"], unique=False)

    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.String(length=80), nullable=False, comment="message id as its sender gave it"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        comment="what was handled; unique, so that a second delivery has no effect; 30 days",
        sqlite_strict=True,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_received_at"), ["received_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.String(length=36),
            nullable=False,
            comment="message id, the same at every attempt",
        ),
        sa.Column(
            "key",
            sa.String(length=200),
            nullable=False,
            comment="routing key on the service's exchange",
        ),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "body", sa.LargeBinary(), nullable=False, comment="JSON; the row goes once confirmed"
        ),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.Column(
            "lane",
            sa.BigInteger(),
            nullable=False,
            comment="in which its child's events stay in order (shared/contracts/event_lanes.py)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_next_at", ["next_at"], unique=False)

    op.create_table(
        "returned",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("returned_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned")),
        comment="publications that no binding took: mistakes, counted, without their bodies",
        sqlite_strict=True,
    )
    op.create_table(
        "sent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent")),
        comment="ids of events that left the outbox lately, so that a restore can prove each heard",
        sqlite_strict=True,
    )
    with op.batch_alter_table("sent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "provider_figures",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "period", name=op.f("pk_provider_figures")),
        sqlite_strict=True,
    )
    op.create_table(
        "published_school",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "school_id", name=op.f("pk_published_school")),
        sqlite_strict=True,
    )
    op.create_table(
        "subject",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("not_before", types.Moment(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("anew_from", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
        sqlite_strict=True,
    )
    op.create_table(
        "subject_right",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=130), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day; null: open"),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["subject.subject"],
            name=op.f("fk_subject_right_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "subject", "role", "place", "valid_from", name=op.f("pk_subject_right")
        ),
        sqlite_strict=True,
    )

    op.create_table(
        "compared",
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("bucket", sa.String(length=2), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.Column("mine", sa.String(length=16), nullable=False),
        sa.Column("theirs", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("event", "source", "bucket", name=op.f("pk_compared")),
        comment="what the sums of both sides said of a bucket when its facts were found equal",
        sqlite_strict=True,
    )
    op.create_table(
        "taking_in",
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("events", name=op.f("pk_taking_in")),
        comment="one row while a transaction handles events, and none that is ever committed",
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
