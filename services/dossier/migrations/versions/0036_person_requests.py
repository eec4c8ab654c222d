"""Requests of persons on their data, what was done about each, and the proof of their erasure."""

import sqlalchemy as sa
from alembic import op

from services.dossier.models import append_only as erasable
from shared.database import types

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _requests()
    _acts()
    op.create_table(
        "person_request_erasure",
        sa.Column("person_request_id", sa.String(length=36), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person_request_id", name=op.f("pk_person_request_erasure")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_person_request_erasure_erased_at"), "person_request_erasure", ["erased_at"]
    )
    erasable.install(op.get_bind(), "person_request_act")


def _requests() -> None:
    op.create_table(
        "person_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("child_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('access', 'rectification', 'erasure', 'restriction', 'objection',"
            " 'portability')",
            name=op.f("ck_person_request_kind_known"),
        ),
        sa.CheckConstraint(
            "way IN ('account', 'counter', 'letter', 'email', 'phone')",
            name=op.f("ck_person_request_way_known"),
        ),
        sa.CheckConstraint(
            "proof IN ('account', 'document', 'known', 'asked')",
            name=op.f("ck_person_request_proof_known"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'in_hand', 'answered', 'refused')",
            name=op.f("ck_person_request_state_known"),
        ),
        sa.CheckConstraint(
            "(asked_by IS NULL) = (recorded_by IS NOT NULL)",
            name=op.f("ck_person_request_asked_or_recorded"),
        ),
        sa.CheckConstraint("more BETWEEN 0 AND 2", name=op.f("ck_person_request_two_months_more")),
        sa.CheckConstraint(
            "(state IN ('answered', 'refused')) = (closed_on IS NOT NULL)",
            name=op.f("ck_person_request_closed_on_a_day"),
        ),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (forget_on IS NULL)",
            name=op.f("ck_person_request_forgotten_once_closed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_request")),
        sqlite_strict=True,
    )
    for column in ("asked_by", "due_on", "forget_on", "state"):
        op.create_index(op.f(f"ix_person_request_{column}"), "person_request", [column])


def _acts() -> None:
    op.create_table(
        "person_request_act",
        sa.Column("person_request_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("done_by", sa.String(length=36), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "act IN ('filed', 'recorded', 'taken', 'proof_seen', 'prolonged', 'answered',"
            " 'refused')",
            name=op.f("ck_person_request_act_act_known"),
        ),
        sa.CheckConstraint(
            "(act = 'prolonged') = (until IS NOT NULL)",
            name=op.f("ck_person_request_act_prolonged_to_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["person_request_id"],
            ["person_request.id"],
            name=op.f("fk_person_request_act_person_request_id"),
        ),
        sa.PrimaryKeyConstraint("person_request_id", "number", name=op.f("pk_person_request_act")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("person_request_act")
    op.drop_table("person_request_erasure")
    op.drop_table("person_request")
