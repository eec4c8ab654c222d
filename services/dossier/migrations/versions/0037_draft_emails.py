"""How far the e-mail of a draft is proven, and the letters to it; old keys are good no more."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_email",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("letter_digest", sa.String(length=64), nullable=False),
        sa.Column("proven_at", types.Moment(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("changed_at", types.Moment(), nullable=True),
        sa.Column("former", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR proven_at IS NOT NULL",
            name=op.f("ck_draft_email_confirmed_once"),
        ),
        sa.CheckConstraint(
            "former IS NULL OR changed_at IS NOT NULL",
            name=op.f("ck_draft_email_former_once_changed"),
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_email_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_draft_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "draft_letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.Column("posted_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_letter")),
        sqlite_strict=True,
    )
    for column in ("address_digest", "draft_id", "posted_at"):
        op.create_index(op.f(f"ix_draft_letter_{column}"), "draft_letter", [column])
    op.create_table(
        "email_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("confirmed_at", types.Moment(), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_check")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_email_check_reference"), "email_check", ["reference"])
    _prove_anew()


def _prove_anew() -> None:
    """
    Let every draft there is begin as unproven, and those begun by e-mail without a key.

    Their keys were shown to who typed the address: who reads its letters asks for a new link.
    """
    draft = sa.table("draft", *(sa.column(name, sa.String) for name in ("id", "key_digest", "way")))
    email = sa.table(
        "draft_email", *(sa.column(name, sa.String) for name in ("draft_id", "letter_digest"))
    )
    op.execute(
        sa.insert(email).from_select(
            ["draft_id", "letter_digest"], sa.select(draft.c.id, sa.literal("", sa.String))
        )
    )
    op.execute(sa.update(draft).where(draft.c.way == "email").values(key_digest=""))


def downgrade() -> None:
    op.drop_table("email_check")
    op.drop_table("draft_letter")
    op.drop_table("draft_email")
