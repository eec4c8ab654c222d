"""The first tables, and what the database refuses to lose of them."""

import sqlalchemy as sa
from alembic import op

from services.dossier.models import append_only as erasable
from shared.database import types

revision = "0001"
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
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_answered")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_answered_at"), ["answered_at"], unique=False)

    op.create_table(
        "chain_head",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chain_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "child",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("last_name", sa.String(length=80), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "(first_name IS NULL) = (last_name IS NULL) AND (first_name IS NULL) = (birth_date IS NULL)",
            name=op.f("ck_child_identity_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
        sa.UniqueConstraint("reference", name=op.f("uq_child_reference")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.create_index(
            "ix_child_last_name_birth_date", ["last_name", "birth_date"], unique=False
        )

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
        sqlite_strict=True,
    )
    op.create_table(
        "guardian",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("reference", name=op.f("uq_guardian_reference")),
        sqlite_strict=True,
    )
    op.create_table(
        "household",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("reference", name=op.f("uq_household_reference")),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.String(length=80), nullable=False, comment="message id as its sender gave it"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
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
        sa.Column("told_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_next_at", ["next_at"], unique=False)

    op.create_table(
        "read_log",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=True),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=True),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.Column("unusual", sa.Boolean(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=True),
        sa.Column("through_mac", sa.String(length=64), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(kind = 'purge') = (through IS NOT NULL) AND (kind = 'purge') = (child_id IS NULL)",
            name=op.f("ck_read_log_read_or_purge"),
        ),
        sa.CheckConstraint("kind IN ('read', 'purge')", name=op.f("ck_read_log_kind_known")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_read_log")),
        sa.UniqueConstraint("message_id", name=op.f("uq_read_log_message_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("read_log", schema=None) as batch_op:
        batch_op.create_index("ix_read_log_child", ["child_id", "at"], unique=False)

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
        "secret",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
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
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
        sqlite_strict=True,
    )
    op.create_table(
        "child_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_child_household_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_child_household_household_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_child_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child_household", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_child_household_household_id"), ["household_id"], unique=False
        )

    op.create_table(
        "erasure_receipt",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_erasure_receipt_child_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_erasure_receipt")),
        sa.UniqueConstraint(
            "child_id", "provider", "projection", "version", name="uq_erasure_receipt_version"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "guardianship",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("authority", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_guardianship_period_in_order"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_guardianship_child_id")),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_guardianship_guardian_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianship")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardianship_child_id"), ["child_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_guardianship_guardian_id"), ["guardian_id"], unique=False
        )

    op.create_table(
        "household_guardian",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_household_guardian_guardian_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_guardian_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "guardian_id", name=op.f("pk_household_guardian")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("household_guardian", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_household_guardian_guardian_id"), ["guardian_id"], unique=False
        )

    op.create_table(
        "section",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "section <> 'identity' OR content IS NULL", name=op.f("ck_section_identity_in_child")
        ),
        sa.CheckConstraint(
            "section IN ('identity', 'contacts', 'custody', 'pickup', 'schooling', 'diet', 'health')",
            name=op.f("ck_section_section_known"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_section_version_counts_from_one")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_section_child_id")),
        sa.PrimaryKeyConstraint("child_id", "section", name=op.f("pk_section")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_section_turns_on"), ["turns_on"], unique=False)

    op.create_table(
        "section_erasure",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("through_version", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "section IN ('identity', 'contacts', 'custody', 'pickup', 'schooling', 'diet', 'health')",
            name=op.f("ck_section_erasure_section_known"),
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_section_erasure_child_id")
        ),
        sa.PrimaryKeyConstraint(
            "child_id", "section", "through_version", name=op.f("pk_section_erasure")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "section_history",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "section IN ('identity', 'contacts', 'custody', 'pickup', 'schooling', 'diet', 'health')",
            name=op.f("ck_section_history_section_known"),
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_section_history_child_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "section", "version", name=op.f("pk_section_history")),
        sqlite_strict=True,
    )
    op.create_table(
        "subject_right",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day; null: open"),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["subject.subject"],
            name=op.f("fk_subject_right_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subject", "role", "valid_from", name=op.f("pk_subject_right")),
        sqlite_strict=True,
    )
    op.create_table(
        "link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("erased_at", types.Moment(), nullable=True),
        sa.Column("receipt", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "origin IN ('guardian_request', 'school_list', 'imported')",
            name=op.f("ck_link_origin_known"),
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_link_period_in_order")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_link_child_id")),
        sa.ForeignKeyConstraint(
            ["receipt"], ["erasure_receipt.number"], name=op.f("fk_link_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("child_id", "provider", "version", name="uq_link_version"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_provider", ["provider", "child_id"], unique=False)
        batch_op.create_index(
            "uq_link_one_open",
            ["child_id", "provider"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "projection",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told_version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.Column("received_version", sa.BigInteger(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=True),
        sa.Column("seen_version", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column("seen_by", sa.String(length=40), nullable=False),
        sa.Column("erase_after", types.Moment(), nullable=True),
        sa.Column("erased_at", types.Moment(), nullable=True),
        sa.Column("receipt", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "projection IN ('care_core', 'pickup', 'schooling', 'diet', 'allergies', 'treatments', 'health_sheet')",
            name=op.f("ck_projection_projection_known"),
        ),
        sa.CheckConstraint(
            "(digest IS NULL) = (erase_after IS NOT NULL)",
            name=op.f("ck_projection_live_or_tombstone"),
        ),
        sa.CheckConstraint(
            "(erased_at IS NULL) = (receipt IS NULL)",
            name=op.f("ck_projection_erased_with_receipt"),
        ),
        sa.CheckConstraint(
            "received_version <= version", name=op.f("ck_projection_received_was_sent")
        ),
        sa.CheckConstraint(
            "seen_version <= received_version", name=op.f("ck_projection_seen_was_received")
        ),
        sa.CheckConstraint(
            "told_version BETWEEN 1 AND version", name=op.f("ck_projection_told_was_sent")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_projection_child_id")),
        sa.ForeignKeyConstraint(
            ["receipt"], ["erasure_receipt.number"], name=op.f("fk_projection_receipt")
        ),
        sa.PrimaryKeyConstraint("child_id", "provider", "projection", name=op.f("pk_projection")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("projection", schema=None) as batch_op:
        batch_op.create_index("ix_projection_provider", ["provider", "child_id"], unique=False)

    erasable.install(op.get_bind(), "read_log", "section_history")


def downgrade() -> None:
    with op.batch_alter_table("projection", schema=None) as batch_op:
        batch_op.drop_index("ix_projection_provider")

    op.drop_table("projection")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_link_one_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_link_provider")

    op.drop_table("link")
    op.drop_table("subject_right")
    op.drop_table("section_history")
    op.drop_table("section_erasure")
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_section_turns_on"))

    op.drop_table("section")
    with op.batch_alter_table("household_guardian", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_household_guardian_guardian_id"))

    op.drop_table("household_guardian")
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_guardian_id"))
        batch_op.drop_index(batch_op.f("ix_guardianship_child_id"))

    op.drop_table("guardianship")
    op.drop_table("erasure_receipt")
    with op.batch_alter_table("child_household", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_household_household_id"))

    op.drop_table("child_household")
    op.drop_table("subject")
    op.drop_table("secret")
    op.drop_table("returned")
    with op.batch_alter_table("read_log", schema=None) as batch_op:
        batch_op.drop_index("ix_read_log_child")

    op.drop_table("read_log")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_next_at")

    op.drop_table("outbox")
    op.drop_table("lease")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_received_at"))

    op.drop_table("inbox")
    op.drop_table("household")
    op.drop_table("guardian")
    op.drop_table("counter")
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.drop_index("ix_child_last_name_birth_date")

    op.drop_table("child")
    op.drop_table("chain_head")
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answered_answered_at"))

    op.drop_table("answered")
