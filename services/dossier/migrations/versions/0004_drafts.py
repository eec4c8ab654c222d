"""Drafts of dossiers, their papers, and what the central desk has seen."""

from datetime import date

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("contact_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("forget_on", sa.Date(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (sent_at IS NULL)", name=op.f("ck_draft_sent_or_open")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'refused')) = (content IS NULL)",
            name=op.f("ck_draft_content_until_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'sent', 'accepted', 'refused')", name=op.f("ck_draft_state_known")
        ),
        sa.CheckConstraint("way IN ('email', 'phone', 'letter')", name=op.f("ck_draft_way_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("reference", name=op.f("uq_draft_reference")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_draft_contact_digest"), "draft", ["contact_digest"], unique=False)
    op.create_index(op.f("ix_draft_forget_on"), "draft", ["forget_on"], unique=False)
    op.create_index(op.f("ix_draft_opened_at"), "draft", ["opened_at"], unique=False)
    op.create_index(op.f("ix_draft_state"), "draft", ["state"], unique=False)

    op.create_table(
        "paper_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=True),
        sa.Column("paper", sa.String(length=80), nullable=False),
        sa.Column("paper_date", sa.Date(), nullable=True),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(kind = 'link') = (guardian_id IS NOT NULL)",
            name=op.f("ck_paper_check_link_of_guardian"),
        ),
        sa.CheckConstraint(
            "kind IN ('child_identity', 'guardian_identity', 'domicile', 'link')",
            name=op.f("ck_paper_check_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_check")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_paper_check_subject_id"), "paper_check", ["subject_id"], unique=False)

    op.create_table(
        "draft_paper",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('child_identity', 'guardian_identity', 'domicile')",
            name=op.f("ck_draft_paper_kind_known"),
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_paper_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_paper")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_draft_paper_draft_id"), "draft_paper", ["draft_id"], unique=False)

    op.create_table(
        "draft_paper_part",
        sa.Column("paper_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["draft_paper.id"], name=op.f("fk_draft_paper_part_paper_id")
        ),
        sa.PrimaryKeyConstraint("paper_id", "part", name=op.f("pk_draft_paper_part")),
        sqlite_strict=True,
    )
    op.add_column("guardian", sa.Column("identity_checked_on", sa.Date(), nullable=True))

    op.add_column("guardianship", sa.Column("link_checked_on", sa.Date(), nullable=True))

    op.add_column("household", sa.Column("domicile_checked_on", sa.Date(), nullable=True))

    _note_as_seen("guardian", "identity_checked_on")
    _note_as_seen("guardianship", "link_checked_on")
    _note_as_seen("household", "domicile_checked_on")


def _note_as_seen(table: str, column: str) -> None:
    """Who is here came from another software, whose desk had seen the papers."""
    op.execute(
        sa.update(sa.table(table, sa.column(column, sa.Date))).values({column: date.today()})
    )


def downgrade() -> None:
    op.drop_column("household", "domicile_checked_on")

    op.drop_column("guardianship", "link_checked_on")

    op.drop_column("guardian", "identity_checked_on")

    op.drop_table("draft_paper_part")
    op.drop_index(op.f("ix_draft_paper_draft_id"), table_name="draft_paper")

    op.drop_table("draft_paper")
    op.drop_index(op.f("ix_paper_check_subject_id"), table_name="paper_check")

    op.drop_table("paper_check")
    op.drop_index(op.f("ix_draft_state"), table_name="draft")
    op.drop_index(op.f("ix_draft_opened_at"), table_name="draft")
    op.drop_index(op.f("ix_draft_forget_on"), table_name="draft")
    op.drop_index(op.f("ix_draft_contact_digest"), table_name="draft")

    op.drop_table("draft")
