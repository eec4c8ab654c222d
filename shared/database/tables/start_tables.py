"""
The tables of 0.2.0 that several databases have alike, stated once: first migrations make them here.

This is part of each `1001_start.py` and, as they, never changed once it was released: what a table
becomes later is a migration of its own (docs/decisions/0206-alike-in-every-start.md).
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.tables import types

_TOUCHED = "changes that no event made"


def create_kit_tables() -> None:
    """Create the tables of the kit, which each database has (kit_tables.py)."""
    _create_outbox()
    _create_ids_of_sent_and_returned()
    _create_inbox()
    _create_lease_and_comparison()


def _trace() -> sa.Column[str]:
    comment = "id of the click or task that caused it (shared/runtime/trace.py)"
    return sa.Column("trace", sa.String(length=36), nullable=True, comment=comment)


def _create_outbox() -> None:
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
        _trace(),
        sa.Column(
            "lane",
            sa.BigInteger(),
            nullable=False,
            comment="in which its child's events stay in order (shared/contracts/event_lanes.py)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_next_at", "outbox", ["next_at"])


def _create_ids_of_sent_and_returned() -> None:
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
    op.create_index("ix_sent_sent_at", "sent", ["sent_at"])


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.String(length=80), nullable=False, comment="message id as its sender gave it"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
        _trace(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        comment="what was handled; unique, so that a second delivery has no effect; 30 days",
        sqlite_strict=True,
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "answered",
        sa.Column("caller", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column(
            "answer", sa.Text(), nullable=False, comment="JSON: ids and versions only; one day"
        ),
        sa.Column("answered_at", types.Moment(), nullable=False),
        _trace(),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_answered")),
        sqlite_strict=True,
    )
    op.create_index("ix_answered_answered_at", "answered", ["answered_at"])


def _create_lease_and_comparison() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "taking_in",
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("events", name=op.f("pk_taking_in")),
        comment="one row while a transaction handles events, and none that is ever committed",
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


def create_subjects() -> None:
    """Create the replica of agents and guardians (shared/person/account_replica.py)."""
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


def create_desk_sessions() -> None:
    """Create what agents' pages know of who is signed in (shared/web/agents/session_tables.py)."""
    op.create_table(
        "desk_door",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_door")),
        sqlite_strict=True,
    )
    op.create_index("ix_desk_door_ends_at", "desk_door", ["ends_at"])
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
    op.create_index("ix_desk_session_ends_at", "desk_session", ["ends_at"])
    op.create_index("ix_desk_session_subject", "desk_session", ["subject"])


def create_live_changes() -> None:
    """Create the counts by which open pages are told of a change (shared/live)."""
    op.create_table(
        "live_change",
        sa.Column("audience", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", "kind", name=op.f("pk_live_change")),
        sqlite_strict=True,
    )


def create_published_schools() -> None:
    """Create the replica of a town's schools (shared/town/schools/replica.py)."""
    op.create_table(
        "published_school",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "school_id", name=op.f("pk_published_school")),
        sqlite_strict=True,
    )


def create_words(name: str, subject: str, of: str, *, found_by: Sequence[str]) -> None:
    """
    Create the words under which somebody is found (shared/database/words), deleted with their row.

    `subject` is the column with who answers to a word, `of` the table and column that it refers to;
    `found_by` are the columns of the index by which the words of a subject are found.
    """
    op.create_table(
        name,
        sa.Column("word", types.Word, nullable=False),
        sa.Column(subject, sa.String(length=36), nullable=False),
        sa.Column("noted_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            [subject], [of], name=op.f(f"fk_{name}_{subject}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", subject, name=op.f(f"pk_{name}")),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{name}_{subject}", name, list(found_by))
    op.create_index(f"ix_{name}_noted_at", name, ["noted_at"])


def create_sums(
    of: str,
    *,
    by: Mapping[str, int] | None = None,
    touched: bool = False,
    found_by: str | None,
) -> None:
    """
    Create the sums of a table, with their index (shared/database/comparison/sums.py).

    `by` gives the lengths of the columns by which the sums stand apart; `found_by` is the column by
    whose end the rows of a bucket are found, None where the table has an index of its own for that.
    """
    names = list(by or {})
    sums = f"{of}_sum"
    op.create_table(
        sums,
        *(
            sa.Column(name, sa.String(length=length), nullable=False)
            for name, length in (by or {}).items()
        ),
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        *(
            [sa.Column("touched", sa.BigInteger(), nullable=False, comment=_TOUCHED)]
            if touched
            else []
        ),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{sums}", sums, [*names, "bucket"])
    if found_by is not None:
        bucket = sa.text(f"substr({found_by}, 35, 2)")
        op.create_index(f"ix_{of}_bucket", of, [*names[:1], bucket, found_by])
