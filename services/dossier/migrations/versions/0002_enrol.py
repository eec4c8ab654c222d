"""Enrolment from the offer to the roll call."""

import sqlalchemy as sa
from alembic import op

from shared.database import types
from shared.database.migrations import replace_check

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


KNOWN = "'care_core', 'pickup', 'schooling', 'diet', 'allergies', 'treatments', 'health_sheet'"


def upgrade() -> None:
    replace_check(
        "projection",
        op.f("ck_projection_projection_known"),
        f"projection IN ({KNOWN})",
        f"projection IN ({KNOWN}, 'family')",
    )
    op.create_table(
        "guardian_card",
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", name=op.f("pk_guardian_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "child_weeks",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("even_household", sa.String(length=36), nullable=True),
        sa.Column("odd_household", sa.String(length=36), nullable=True),
        sa.Column("changes_on", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "changes_on BETWEEN 1 AND 7", name=op.f("ck_child_weeks_changes_on_known")
        ),
        sa.CheckConstraint(
            "even_household <> odd_household", name=op.f("ck_child_weeks_two_households")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_child_weeks_child_id")),
        sa.ForeignKeyConstraint(
            ["even_household"], ["household.id"], name=op.f("fk_child_weeks_even_household")
        ),
        sa.ForeignKeyConstraint(
            ["odd_household"], ["household.id"], name=op.f("fk_child_weeks_odd_household")
        ),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_child_weeks")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child_weeks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_child_weeks_even_household"), ["even_household"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_child_weeks_odd_household"), ["odd_household"], unique=False
        )

    op.create_table(
        "course",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.CheckConstraint("origin IN ('told', 'taken_over')", name=op.f("ck_course_origin_known")),
        sa.CheckConstraint("times >= 0", name=op.f("ck_course_times_counted")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_course_child_id")),
        sa.PrimaryKeyConstraint(
            "child_id", "provider", "activity", "school_year", "month", name=op.f("pk_course")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "course_erasure",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("through_month", sa.String(length=7), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_course_erasure_child_id")
        ),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_course_erasure")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_birth_date"), ["birth_date"], unique=False)

    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turns_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_guardianship_turns_on"), ["turns_on"], unique=False)


def downgrade() -> None:
    replace_check(
        "projection",
        op.f("ck_projection_projection_known"),
        f"projection IN ({KNOWN}, 'family')",
        f"projection IN ({KNOWN})",
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guardianship_turns_on"))
        batch_op.drop_column("turns_on")

    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_birth_date"))

    op.drop_table("course_erasure")
    op.drop_table("course")
    with op.batch_alter_table("child_weeks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_weeks_odd_household"))
        batch_op.drop_index(batch_op.f("ix_child_weeks_even_household"))

    op.drop_table("child_weeks")
    op.drop_table("guardian_card")
