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
        "held_projection",
        op.f("ck_held_projection_known_projection"),
        f"projection IN ({KNOWN})",
        f"projection IN ({KNOWN}, 'family')",
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("booking", sa.String(length=10), nullable=False),
        sa.Column("allocation", sa.String(length=10), nullable=False),
        sa.Column("opens_at", types.Moment(), nullable=False),
        sa.Column("closes_at", types.Moment(), nullable=True),
        sa.Column("book_before", sa.String(length=12), nullable=False),
        sa.Column("cancel_before", sa.String(length=12), nullable=False),
        sa.Column("answer_days", sa.BigInteger(), nullable=False),
        sa.Column(
            "criteria",
            sa.JSON(),
            nullable=False,
            comment="[{code, label, points}], read where places are short",
        ),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.String(length=64), nullable=False),
        sa.Column("copied_from", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "allocation IN ('order', 'criteria', 'draw')", name=op.f("ck_activity_allocation_known")
        ),
        sa.CheckConstraint(
            "booking IN ('whole', 'by_day')", name=op.f("ck_activity_booking_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'ended')", name=op.f("ck_activity_state_known")
        ),
        sa.CheckConstraint(
            "closes_at IS NULL OR closes_at > opens_at", name=op.f("ck_activity_window_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("reference", name=op.f("uq_activity_reference")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_code"), ["code"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "kind IN ('school_holiday', 'public_holiday', 'closed')",
            name=op.f("ck_calendar_day_kind_known"),
        ),
        sa.CheckConstraint(
            "source IN ('imported', 'entered', 'removed')",
            name=op.f("ck_calendar_day_source_known"),
        ),
        sa.PrimaryKeyConstraint("day", "kind", name=op.f("pk_calendar_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "card_told",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_card_told")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("card_told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_told_first_day"), ["first_day"], unique=False)

    op.create_table(
        "child_guardian",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint(
            "child_id", "subject", "household_id", name=op.f("pk_child_guardian")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("child_guardian", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_guardian_subject"), ["subject"], unique=False)

    op.create_table(
        "child_weeks",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("even_household", sa.String(length=36), nullable=False),
        sa.Column("odd_household", sa.String(length=36), nullable=False),
        sa.Column("changes_on", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("changes_on BETWEEN 1 AND 7", name=op.f("ck_child_weeks_weekday")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_child_weeks")),
        sqlite_strict=True,
    )
    op.create_table(
        "count_told",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "activity", "month", name=op.f("pk_count_told")),
        sqlite_strict=True,
    )
    op.create_table(
        "notice_told",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("told_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "key", name=op.f("pk_notice_told")),
        sqlite_strict=True,
    )
    op.create_table(
        "pin",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", types.Moment(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_pin")),
        sqlite_strict=True,
    )
    op.create_table(
        "tablet",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("enrolled_by", sa.String(length=36), nullable=False),
        sa.Column("enrolled_at", types.Moment(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column("unsent", sa.BigInteger(), nullable=False, comment="as it said last"),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tablet")),
        sa.UniqueConstraint("digest", name=op.f("uq_tablet_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "activity_group",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("activity_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("born_from", sa.Date(), nullable=True),
        sa.Column("born_to", sa.Date(), nullable=True),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("runs_in", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "runs_in IN ('term', 'holidays', 'always')",
            name=op.f("ck_activity_group_runs_in_known"),
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_activity_group_period_in_order")),
        sa.CheckConstraint(
            "places IS NULL OR places >= 0", name=op.f("ck_activity_group_places_counted")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_group_activity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_group")),
        sa.UniqueConstraint("reference", name=op.f("uq_activity_group_reference")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("activity_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activity_group_activity_id"), ["activity_id"], unique=False
        )

    op.create_table(
        "tablet_duty",
        sa.Column("id", sa.String(length=64), nullable=False, comment="digest of the secret"),
        sa.Column("tablet_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tablet_id"], ["tablet.id"], name=op.f("fk_tablet_duty_tablet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tablet_duty")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("tablet_duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tablet_duty_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index("ix_tablet_duty_who", ["tablet_id", "subject"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("link_version", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("reason_detail", sa.JSON(), nullable=False),
        sa.Column("submitted_at", types.Moment(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("answer_until", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(state = 'offered') = (answer_until IS NOT NULL)",
            name=op.f("ck_application_offer_has_end"),
        ),
        sa.CheckConstraint(
            "channel IN ('portal', 'desk', 'telephone', 'paper', 'import')",
            name=op.f("ck_application_channel_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('', 'capacity', 'age', 'not_guardian', 'no_file', 'closed', 'criteria', 'other')",
            name=op.f("ck_application_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('en_route', 'deciding', 'offered', 'accepted', 'waiting', 'refused', 'withdrawn', 'expired')",
            name=op.f("ck_application_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["activity_group.id"], name=op.f("fk_application_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index("ix_application_child", ["child_id"], unique=False)
        batch_op.create_index(
            "ix_application_group_state", ["group_id", "state", "submitted_at"], unique=False
        )
        batch_op.create_index(
            "uq_application_one_live",
            ["child_id", "group_id"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('refused', 'withdrawn', 'expired')"),
            postgresql_where=sa.text("state NOT IN ('refused', 'withdrawn', 'expired')"),
        )

    op.create_table(
        "session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.Column("book_until", types.Moment(), nullable=False),
        sa.Column("cancel_until", types.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'cancelled')", name=op.f("ck_session_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["activity_group.id"], name=op.f("fk_session_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("group_id", "day", name="uq_session_group_day"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_day", ["day", "group_id"], unique=False)

    op.create_table(
        "booking",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False, comment="sick, other, or a code"),
        sa.Column("changed_by", sa.String(length=10), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "changed_by IN ('family', 'agent', 'place', 'provider')",
            name=op.f("ck_booking_changed_by_known"),
        ),
        sa.CheckConstraint(
            "state IN ('booked', 'cancelled', 'late', 'excused', 'closed')",
            name=op.f("ck_booking_state_known"),
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_booking_session_id")),
        sa.PrimaryKeyConstraint("session_id", "child_id", name=op.f("pk_booking")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index("ix_booking_child", ["child_id", "session_id"], unique=False)
        batch_op.create_index("ix_booking_household", ["household_id"], unique=False)

    op.create_table(
        "list_read",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_list_read_session_id")
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "subject", "child_id", "projection", name=op.f("pk_list_read")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("list_read", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_read_read_at"), ["read_at"], unique=False)

    op.create_table(
        "mark",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column(
            "device_id",
            sa.String(length=36),
            nullable=False,
            comment="a tablet, or the desk session's subject",
        ),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "kind IN ('present', 'absent', 'left', 'cleared')", name=op.f("ck_mark_kind_known")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_mark_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        info={"preau_guards": [("append_only", ())]},
        sqlite_strict=True,
    )
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mark_session", ["session_id", "child_id", "made_at"], unique=False
        )

    op.create_table(
        "place",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=True),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_place_period_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_place_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["activity_group.id"], name=op.f("fk_place_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        info={
            "preau_guards": [("no_overlap", (("child_id", "group_id"), "valid_from", "valid_to"))]
        },
        sqlite_strict=True,
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_child_id"), ["child_id"], unique=False)
        batch_op.create_index("ix_place_group", ["group_id", "valid_from"], unique=False)

    op.create_table(
        "roll_call",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_roll_call_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_roll_call")),
        sqlite_strict=True,
    )
    op.create_table(
        "unknown_child",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column(
            "child_id", sa.String(length=36), nullable=True, comment="who it was, once reconciled"
        ),
        sa.Column("settled_at", types.Moment(), nullable=True, comment="told apart, or a mistake"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_unknown_child_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_child")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("unknown_child", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unknown_child_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "week_pattern",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_week_pattern_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "place_id", "household_id", "valid_from", name=op.f("pk_week_pattern")
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    replace_check(
        "held_projection",
        op.f("ck_held_projection_known_projection"),
        f"projection IN ({KNOWN}, 'family')",
        f"projection IN ({KNOWN})",
    )
    op.drop_table("week_pattern")
    with op.batch_alter_table("unknown_child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unknown_child_session_id"))

    op.drop_table("unknown_child")
    op.drop_table("roll_call")
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index("ix_place_group")
        batch_op.drop_index(batch_op.f("ix_place_child_id"))

    op.drop_table("place")
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.drop_index("ix_mark_session")

    op.drop_table("mark")
    with op.batch_alter_table("list_read", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_list_read_read_at"))

    op.drop_table("list_read")
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.drop_index("ix_booking_household")
        batch_op.drop_index("ix_booking_child")

    op.drop_table("booking")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index("ix_session_day")

    op.drop_table("session")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_application_one_live",
            sqlite_where=sa.text("state NOT IN ('refused', 'withdrawn', 'expired')"),
            postgresql_where=sa.text("state NOT IN ('refused', 'withdrawn', 'expired')"),
        )
        batch_op.drop_index("ix_application_group_state")
        batch_op.drop_index("ix_application_child")

    op.drop_table("application")
    with op.batch_alter_table("tablet_duty", schema=None) as batch_op:
        batch_op.drop_index("ix_tablet_duty_who")
        batch_op.drop_index(batch_op.f("ix_tablet_duty_opened_at"))

    op.drop_table("tablet_duty")
    with op.batch_alter_table("activity_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_group_activity_id"))

    op.drop_table("activity_group")
    op.drop_table("tablet")
    op.drop_table("pin")
    op.drop_table("notice_told")
    op.drop_table("count_told")
    op.drop_table("child_weeks")
    with op.batch_alter_table("child_guardian", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_guardian_subject"))

    op.drop_table("child_guardian")
    with op.batch_alter_table("card_told", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_told_first_day"))

    op.drop_table("card_told")
    op.drop_table("calendar_day")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_code"))

    op.drop_table("activity")
