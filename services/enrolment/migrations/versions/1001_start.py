"""
The tables of 0.2.0, the first form that later ones upgrade from (docs/decisions/0058-one-start.md).

Lengths are held by checks that `shared.database.tables.types` adds to every table, here too.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tables import start_tables, types

revision = "1001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    start_tables.create_kit_tables()
    start_tables.create_subjects()
    start_tables.create_desk_sessions()
    start_tables.create_live_changes()
    start_tables.create_published_schools()

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
        sa.Column("conditions", sa.JSON(), nullable=False),
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
    op.create_index("ix_activity_code", "activity", ["code"])

    op.create_table(
        "attachment_part",
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the file's own key"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", "number", name=op.f("pk_attachment_part")),
        sqlite_strict=True,
    )
    op.create_index("ix_attachment_part_received_at", "attachment_part", ["received_at"])

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
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "(target = 'all') = (target_id IS NULL)", name=op.f("ck_bulletin_target")
        ),
        sa.CheckConstraint(
            "target IN ('all', 'activity', 'group')", name=op.f("ck_bulletin_target_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("number", name=op.f("uq_bulletin_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_bulletin_sent_at", "bulletin", ["sent_at"])

    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "kind IN ('school_holiday', 'public_holiday', 'closed', 'bridge')",
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
        "card_version",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_card_version")),
        sqlite_strict=True,
    )
    op.create_index("ix_card_version_first_day", "card_version", ["first_day"])

    op.create_table(
        "child_card",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column(
            "search", sa.Text(), nullable=False, comment="as children/rules/search.py folds it"
        ),
        sa.Column("listed_as", types.Ordered, nullable=False, comment="its place in a list"),
        sa.Column("whole_name", sa.Text(), nullable=False, comment="folded, first name first"),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_child_card")),
        sqlite_strict=True,
    )
    op.create_index("ix_child_card_birth_date", "child_card", ["birth_date", "listed_as"])
    op.create_index("ix_child_card_listed_as", "child_card", ["listed_as"])
    op.create_index("ix_child_card_whole_name", "child_card", ["whole_name"])

    start_tables.create_words(
        "child_word", "child_id", "child_card.child_id", found_by=["child_id", "word"]
    )

    op.create_table(
        "child_carer",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("home", sa.String(length=36), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("says_absent", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "child_id", "subject", "household_id", "home", name=op.f("pk_child_carer")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_child_carer_subject", "child_carer", ["subject"])

    op.create_table(
        "same_child",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "other_id", name=op.f("pk_same_child")),
        sqlite_strict=True,
    )

    op.create_table(
        "child_guardian",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "child_id", "subject", "household_id", name=op.f("pk_child_guardian")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_child_guardian_subject", "child_guardian", ["subject"])

    op.create_table(
        "child_key",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_child_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_child_key_key_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "child_weeks",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("even_household", sa.String(length=36), nullable=False),
        sa.Column("odd_household", sa.String(length=36), nullable=False),
        sa.Column("changes_on", sa.BigInteger(), nullable=False),
        sa.Column("changes_at", sa.String(length=10), nullable=False),
        sa.Column("school_days", sa.String(length=36), nullable=True),
        sa.Column("holidays", sa.String(length=36), nullable=True),
        sa.Column("summer", sa.String(length=10), nullable=False),
        sa.CheckConstraint("changes_on BETWEEN 1 AND 7", name=op.f("ck_child_weeks_weekday")),
        sa.CheckConstraint(
            "changes_at IN ('morning', 'evening')", name=op.f("ck_child_weeks_changes_at_known")
        ),
        sa.CheckConstraint(
            "summer IN ('halves', 'fortnights')", name=op.f("ck_child_weeks_summer_known")
        ),
        sa.PrimaryKeyConstraint("child_id", "valid_from", name=op.f("pk_child_weeks")),
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
    op.create_table(
        "count_version",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "activity", "month", name=op.f("pk_count_version")),
        sqlite_strict=True,
    )

    op.create_table(
        "former_site",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_former_site")),
        sqlite_strict=True,
    )
    op.create_table(
        "names_in_vain",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", name=op.f("pk_names_in_vain")),
        sqlite_strict=True,
    )
    op.create_table(
        "held_file",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_held_file")),
        sqlite_strict=True,
    )
    op.create_table(
        "held_projection",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True, comment="sealed by the child's key"),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("erase_after", types.Moment(), nullable=True),
        sa.Column("erased_at", types.Moment(), nullable=True),
        sa.Column(
            "to_see",
            sa.Boolean(),
            nullable=False,
            comment="this version has something that a role has not marked as seen",
        ),
        sa.Column("seen_version", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column(
            "seen_by", sa.String(length=40), nullable=False, comment="a role of the register"
        ),
        sa.Column(
            "seen_subject", sa.String(length=36), nullable=True, comment="for the DPO, never shown"
        ),
        sa.CheckConstraint(
            "(content IS NULL) = (erased_at IS NOT NULL)",
            name=op.f("ck_held_projection_held_or_erased"),
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR erase_after IS NOT NULL",
            name=op.f("ck_held_projection_erased_by_tombstone"),
        ),
        sa.CheckConstraint(
            "seen_version >= 0 AND seen_version <= version",
            name=op.f("ck_held_projection_seen_what_came"),
        ),
        sa.PrimaryKeyConstraint("child_id", "projection", name=op.f("pk_held_projection")),
        sqlite_strict=True,
    )
    op.create_index("ix_held_projection_erase_after", "held_projection", ["erase_after"])
    op.create_index("ix_held_projection_to_see", "held_projection", ["to_see", "projection"])
    op.create_index(
        "ix_held_projection_bucket",
        "held_projection",
        [sa.text("substr(child_id, 35, 2)"), "projection"],
    )

    start_tables.create_sums("held_projection", by={"projection": 20}, found_by=None)

    op.create_table(
        "imported_sheet",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_imported_sheet")),
        sqlite_strict=True,
    )
    op.create_table(
        "notice_sent",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("household_id", "key", name=op.f("pk_notice_sent")),
        sqlite_strict=True,
    )

    op.create_table(
        "pin",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_pin")),
        sqlite_strict=True,
    )
    op.create_table(
        "place_version",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "activity",
            sa.String(length=40),
            nullable=False,
            comment="a code; '' before the first version",
        ),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_place_version")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_place_version_pending",
        "place_version",
        ["place_id"],
        sqlite_where=sa.text("version = 0"),
        postgresql_where=sa.text("version = 0"),
    )
    op.create_table(
        "protected_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_protected_household")),
        sqlite_strict=True,
    )
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("other", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('hands', 'receives')", name=op.f("ck_handover_side_known")),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover")),
        sqlite_strict=True,
    )
    op.create_index("ix_handover_child_id", "handover", ["child_id"])

    op.create_table(
        "renewal_campaign",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("from_year", sa.String(length=9), nullable=False),
        sa.Column("to_year", sa.String(length=9), nullable=False),
        sa.Column("opens_at", types.Moment(), nullable=False),
        sa.Column("closes_at", types.Moment(), nullable=False),
        sa.Column("keeps", sa.Boolean(), nullable=False),
        sa.Column("remind_days", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "opened_by",
            sa.String(length=36),
            nullable=True,
            comment="the agent; never shown to families",
        ),
        sa.Column("reminded_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'closed')", name=op.f("ck_renewal_campaign_state_known")
        ),
        sa.CheckConstraint(
            "closes_at > opens_at", name=op.f("ck_renewal_campaign_window_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_campaign")),
        sqlite_strict=True,
    )
    op.create_table(
        "residence_classes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_residence_classes_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence_classes")),
        sqlite_strict=True,
    )

    op.create_table(
        "published_figures",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.Column("published_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_published_figures")),
        sqlite_strict=True,
    )
    op.create_table(
        "session_tally",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("present", sa.BigInteger(), nullable=False),
        sa.Column("unexpected", sa.BigInteger(), nullable=False),
        sa.Column("absent", sa.BigInteger(), nullable=False),
        sa.Column("excused", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_late", sa.BigInteger(), nullable=False),
        sa.Column("own_meals", sa.BigInteger(), nullable=False),
        sa.Column("under_6", sa.BigInteger(), nullable=False),
        sa.Column("from_6", sa.BigInteger(), nullable=False, comment="6 to 11 years"),
        sa.Column("from_12", sa.BigInteger(), nullable=False),
        sa.Column("age_unknown", sa.BigInteger(), nullable=False, comment="no birth date was here"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_tally")),
        sqlite_strict=True,
    )
    op.create_index("ix_session_tally_day", "session_tally", ["day", "group_id"])

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
        "tariff",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tariff")),
        sqlite_strict=True,
    )
    op.create_table(
        "thread",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False, comment="sealed by the thread's key"),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("last_at", types.Moment(), nullable=False),
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
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "ended_at",
            types.Moment(),
            nullable=True,
            comment="no child of it is linked any more; retention runs from here",
        ),
        sa.CheckConstraint(
            "kind IN ('question', 'absence', 'enrolment', 'billing', 'practical')",
            name=op.f("ck_thread_kind_known"),
        ),
        sa.CheckConstraint(
            "last_side IN ('family', 'provider')", name=op.f("ck_thread_last_side_known")
        ),
        sa.CheckConstraint(
            "seen_to >= 0 AND seen_to <= messages", name=op.f("ck_thread_seen_what_came")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sqlite_strict=True,
    )
    op.create_index("ix_thread_ended_at", "thread", ["ended_at"])
    op.create_index("ix_thread_household_id", "thread", ["household_id"])
    op.create_index("ix_thread_last_at", "thread", ["last_at"])

    op.create_table(
        "activity_group",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("activity_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("born_from", sa.Date(), nullable=True),
        sa.Column("born_to", sa.Date(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
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
    op.create_index("ix_activity_group_activity_id", "activity_group", ["activity_id", "site"])

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
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_attachment_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_strict=True,
    )
    op.create_index("ix_attachment_state", "attachment", ["state"])
    op.create_index("ix_attachment_thread_id", "attachment", ["thread_id"])

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
        sa.Column("at", types.Moment(), nullable=False, comment="when it was written"),
        sa.CheckConstraint("side IN ('family', 'provider')", name=op.f("ck_message_side_known")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", "number", name=op.f("pk_message")),
        sqlite_strict=True,
    )
    op.create_table(
        "handover_mark",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("handover_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "act IN ('handed', 'not_coming', 'received', 'cleared')",
            name=op.f("ck_handover_mark_act_known"),
        ),
        sa.CheckConstraint(
            "side IN ('hands', 'receives')", name=op.f("ck_handover_mark_side_known")
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handover.handover_id"],
            name=op.f("fk_handover_mark_handover_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_handover_mark_day", "handover_mark", ["handover_id", "day"])

    op.create_table(
        "renewal_route",
        sa.Column("activity_id", sa.String(length=36), nullable=False),
        sa.Column("campaign_id", sa.String(length=36), nullable=False),
        sa.Column("next_activity_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_renewal_route_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["renewal_campaign.id"],
            name=op.f("fk_renewal_route_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["next_activity_id"], ["activity.id"], name=op.f("fk_renewal_route_next_activity_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_renewal_route")),
        sqlite_strict=True,
    )
    op.create_index("ix_renewal_route_campaign_id", "renewal_route", ["campaign_id"])

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
    op.create_index("ix_tablet_duty_opened_at", "tablet_duty", ["opened_at"])
    op.create_index("ix_tablet_duty_who", "tablet_duty", ["tablet_id", "subject"])

    op.create_table(
        "thread_child",
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_child_thread_id"), ondelete="CASCADE"
        ),
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
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["thread.id"],
            name=op.f("fk_thread_reader_thread_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "subject", name=op.f("pk_thread_reader")),
        sqlite_strict=True,
    )
    op.create_index("ix_thread_reader_subject", "thread_reader", ["subject"])

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
        sa.Column("exception", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", types.Moment(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("answer_until", types.Moment(), nullable=True),
        sa.Column("left_to_desk_until", types.Moment(), nullable=True),
        sa.Column("batch", sa.String(length=60), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'offered') = (answer_until IS NOT NULL)",
            name=op.f("ck_application_offer_has_end"),
        ),
        sa.CheckConstraint(
            "channel IN ('portal', 'desk', 'telephone', 'paper', 'import', 'renewal')",
            name=op.f("ck_application_channel_known"),
        ),
        sa.CheckConstraint(
            "exception IN ('', 'derogation', 'sibling', 'moving', 'agreement', 'continuity', 'other')",
            name=op.f("ck_application_exception_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('', 'capacity', 'age', 'conditions', 'not_guardian', 'no_file', 'closed', 'criteria', 'other')",
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
    op.create_index("ix_application_batch", "application", ["batch", "id"])
    op.create_index("ix_application_state", "application", ["state", "submitted_at"])
    op.create_index("ix_application_child", "application", ["child_id"])
    op.create_index(
        "ix_application_group_state", "application", ["group_id", "state", "submitted_at"]
    )
    op.create_index("ix_application_submitted_at", "application", ["submitted_at"])
    op.create_index(
        "uq_application_one_live",
        "application",
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
        sa.Column("erased_on", sa.Date(), nullable=True),
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
    op.create_index("ix_session_day", "session", ["day", "group_id"])
    op.create_index(
        "ix_session_not_erased",
        "session",
        ["day"],
        sqlite_where=sa.text("erased_on IS NULL"),
        postgresql_where=sa.text("erased_on IS NULL"),
    )

    op.create_table(
        "closure",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("school_class", sa.String(length=170), nullable=False, comment="of an outing"),
        sa.Column("declared_by", sa.String(length=36), nullable=False),
        sa.Column("declared_at", types.Moment(), nullable=False),
        sa.Column("lifted_by", sa.String(length=36), nullable=True),
        sa.Column("lifted_at", types.Moment(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closure_period_in_order")),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_closure_lifted_by_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sqlite_strict=True,
    )
    op.create_index("ix_closure_last_day", "closure", ["last_day"])

    op.create_table(
        "closed_session",
        sa.Column("closure_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["closure_id"],
            ["closure.id"],
            name=op.f("fk_closed_session_closure_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_closed_session_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("closure_id", "session_id", name=op.f("pk_closed_session")),
        sqlite_strict=True,
    )
    op.create_index("ix_closed_session_session", "closed_session", ["session_id"])

    op.create_table(
        "closed_booking",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("closure_id", sa.String(length=36), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("changed_by", sa.String(length=10), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closure_id"],
            ["closure.id"],
            name=op.f("fk_closed_booking_closure_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_closed_booking_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "child_id", name=op.f("pk_closed_booking")),
        sqlite_strict=True,
    )
    op.create_index("ix_closed_booking_closure_id", "closed_booking", ["closure_id"])

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
            "changed_by IN ('family', 'agent', 'place', 'provider', 'carer')",
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
    op.create_index("ix_booking_child", "booking", ["child_id", "session_id"])
    op.create_index("ix_booking_household", "booking", ["household_id"])

    op.create_table(
        "agent_act",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=True),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.Column("after", sa.String(length=10), nullable=False),
        sa.Column("over_capacity", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "act IN ('book', 'cancel', 'excuse', 'came', 'missed', 'reopen', 'close', 'mistake')",
            name=op.f("ck_agent_act_act_known"),
        ),
        sa.CheckConstraint(
            "asked_by IN ('telephone', 'door', 'letter', 'service')",
            name=op.f("ck_agent_act_asked_by_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('', 'family', 'sick', 'class_away', 'wrong_mark', 'service_error',"
            " 'other')",
            name=op.f("ck_agent_act_reason_known"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_agent_act_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_act")),
        sqlite_strict=True,
    )
    op.create_index("ix_agent_act_child", "agent_act", ["child_id"])
    op.create_index("ix_agent_act_session", "agent_act", ["session_id", "child_id", "at"])

    op.create_table(
        "activities_taken",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.JSON(), nullable=False, comment="codes of activities, sorted"),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_activities_taken")),
        sqlite_strict=True,
    )
    op.create_table(
        "food_announced",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.JSON(), nullable=False, comment="ids of children, sorted"),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("announced_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_food_announced_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_food_announced")),
        sqlite_strict=True,
    )
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
    op.create_index("ix_list_read_read_at", "list_read", ["read_at"])

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
        sa.Column("collected_by", sa.LargeBinary(), nullable=True, comment="with whom it left"),
        sa.CheckConstraint(
            "kind IN ('present', 'absent', 'left', 'cleared')", name=op.f("ck_mark_kind_known")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_mark_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sqlite_strict=True,
    )
    op.create_index("ix_mark_session", "mark", ["session_id", "child_id", "made_at"])

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
        sqlite_strict=True,
    )
    op.create_index("ix_place_child_id", "place", ["child_id"])
    op.create_index("ix_place_group", "place", ["group_id", "valid_from"])
    op.create_index("ix_place_valid_to", "place", ["valid_to"])

    op.create_table(
        "renewal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("campaign_id", sa.String(length=36), nullable=False),
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("from_group_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("application_id", sa.String(length=36), nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column(
            "subject", sa.String(length=36), nullable=True, comment="the guardian who answered"
        ),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "answer IN ('', 'confirmed', 'declined')", name=op.f("ck_renewal_answer_known")
        ),
        sa.CheckConstraint(
            "why IN ('same', 'older', 'other', 'none')", name=op.f("ck_renewal_why_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_renewal_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["renewal_campaign.id"], name=op.f("fk_renewal_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_group_id"], ["activity_group.id"], name=op.f("fk_renewal_from_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["activity_group.id"], name=op.f("fk_renewal_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal")),
        sa.UniqueConstraint("place_id", name=op.f("uq_renewal_place_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_renewal_application_id", "renewal", ["application_id"])
    op.create_index("ix_renewal_campaign_id", "renewal", ["campaign_id"])
    op.create_index("ix_renewal_child_id", "renewal", ["child_id"])

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
        sa.Column("resolved_at", types.Moment(), nullable=True, comment="told apart, or a mistake"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_unknown_child_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_child")),
        sqlite_strict=True,
    )
    op.create_index("ix_unknown_child_session_id", "unknown_child", ["session_id"])

    op.create_table(
        "place_variant",
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_place_variant_place_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place_id", "valid_from", name=op.f("pk_place_variant")),
        sqlite_strict=True,
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
    op.create_table(
        "school",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("folded", sa.String(length=240), nullable=False),
        sa.Column("uai", sa.String(length=8), nullable=True),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=5), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("commune", sa.String(length=120), nullable=False),
        sa.Column("levels", sa.String(length=60), nullable=False),
        sa.Column("followed_by", sa.String(length=36), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "published", sa.String(length=64), nullable=False, comment="digest, empty: never"
        ),
        sa.ForeignKeyConstraint(["followed_by"], ["school.id"], name=op.f("fk_school_followed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("folded", name=op.f("uq_school_folded")),
        sa.UniqueConstraint("uai", name=op.f("uq_school_uai")),
        sqlite_strict=True,
    )
    op.create_table(
        "school_change",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=False),
        sa.Column("decided_at", types.Moment(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.Column("withdrawn_at", types.Moment(timezone=True), nullable=True),
        sa.Column("former", sa.String(length=120), nullable=False),
        sa.Column("done_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (former = '')", name=op.f("ck_school_change_former_once_done")
        ),
        sa.CheckConstraint(
            "done_at IS NULL OR withdrawn_at IS NULL",
            name=op.f("ck_school_change_done_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_school_change_withdrawn_by_whom"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_change_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_change")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_school_change_waiting",
        "school_change",
        ["school_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "school_class",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("teacher", sa.String(length=80), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("levels", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "places IS NULL OR places > 0", name=op.f("ck_school_class_places_positive")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_class_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_class")),
        sa.UniqueConstraint("school_id", "school_year", "folded", name="uq_school_class_name"),
        sqlite_strict=True,
    )
    op.create_table(
        "school_director",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_school_director_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["school.id"],
            name=op.f("fk_school_director_school_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_director")),
        sqlite_strict=True,
    )
    op.create_index("ix_school_director_school_id", "school_director", ["school_id"])
    op.create_index("ix_school_director_subject", "school_director", ["subject"])
    op.create_table(
        "catchment_street",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("street_key", sa.String(length=240), nullable=False),
        sa.Column("parity", sa.String(length=5), nullable=False),
        sa.Column("from_number", sa.BigInteger(), nullable=True),
        sa.Column("to_number", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "parity IN ('all', 'odd', 'even')", name=op.f("ck_catchment_street_parity_known")
        ),
        sa.CheckConstraint(
            "from_number IS NULL OR to_number IS NULL OR from_number <= to_number",
            name=op.f("ck_catchment_street_numbers_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["school.id"],
            name=op.f("fk_catchment_street_school_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catchment_street")),
        sqlite_strict=True,
    )
    op.create_index("ix_catchment_street_school_id", "catchment_street", ["school_id"])
    op.create_index("ix_catchment_street_street_key", "catchment_street", ["street_key"])
    op.create_table(
        "catchment_area",
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("geometry", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["school.id"],
            name=op.f("fk_catchment_area_school_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_catchment_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "local_address",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("street_key", sa.String(length=240), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("suffix", sa.String(length=10), nullable=False),
        sa.Column(
            "longitude", sa.BigInteger(), nullable=False, comment="ten-millionths of a degree"
        ),
        sa.Column(
            "latitude", sa.BigInteger(), nullable=False, comment="ten-millionths of a degree"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_address")),
        sqlite_strict=True,
    )
    op.create_index("ix_local_address_street", "local_address", ["insee", "street_key", "number"])
    op.create_table(
        "pupil_moves",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "school_year",
            sa.String(length=9),
            nullable=False,
            comment="in which the pupils will be there",
        ),
        sa.Column("school_id", sa.String(length=36), nullable=True),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column("unsettled", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_by", sa.String(length=36), nullable=False),
        sa.Column("drafted_at", types.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", types.Moment(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "kind IN ('moving_up', 'onde', 'one_pupil', 'renaming')",
            name=op.f("ck_pupil_moves_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'sending', 'done', 'undoing', 'undone')",
            name=op.f("ck_pupil_moves_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_pupil_moves_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_moves")),
        sqlite_strict=True,
    )
    op.create_index("ix_pupil_moves_drafted_at", "pupil_moves", ["drafted_at"])
    op.create_table(
        "pupil_move",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("moves_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("to_school_id", sa.String(length=36), nullable=True),
        sa.Column("elsewhere", sa.String(length=120), nullable=False),
        sa.Column("to_level", sa.String(length=10), nullable=False),
        sa.Column("to_class", sa.String(length=60), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["moves_id"],
            ["pupil_moves.id"],
            name=op.f("fk_pupil_move_moves_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_school_id"], ["school.id"], name=op.f("fk_pupil_move_to_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_move")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_pupil_move_decision_id")),
        sa.UniqueConstraint("moves_id", "child_id", name="uq_pupil_move_child"),
        sqlite_strict=True,
    )
    op.create_index("ix_pupil_move_child_id", "pupil_move", ["child_id"])

    op.create_table(
        "school_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=36),
            nullable=False,
            comment="the guardian or, at a counter, the agent",
        ),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("link_version", sa.BigInteger(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column(
            "addresses", sa.LargeBinary(), nullable=False, comment="sealed by the request's key"
        ),
        sa.Column("papers", sa.JSON(), nullable=False, comment="how each of the three was given"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", types.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'enrolled', 'withdrawn')",
            name=op.f("ck_school_request_state_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('portal', 'desk', 'telephone', 'paper')",
            name=op.f("ck_school_request_channel_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_request")),
        sqlite_strict=True,
    )
    op.create_index("ix_school_request_child_id", "school_request", ["child_id"])
    op.create_index("ix_school_request_state", "school_request", ["state", "submitted_at"])
    op.create_index(
        "uq_school_request_one_asked",
        "school_request",
        ["child_id", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "school_enrolment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("act_year", sa.BigInteger(), nullable=False),
        sa.Column("act_number", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("moves_id", sa.String(length=36), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the enrolment's key"
        ),
        sa.Column("decided_by", sa.String(length=36), nullable=False),
        sa.Column("decided_at", types.Moment(timezone=True), nullable=False),
        sa.Column("withdrawn_for", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.Column("withdrawn_at", types.Moment(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(length=36), nullable=True),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("admitted_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "basis IN ('area', 'choice', 'waiver')", name=op.f("ck_school_enrolment_basis_known")
        ),
        sa.CheckConstraint(
            "withdrawn_for IN ('', 'replaced', 'left', 'mistake')",
            name=op.f("ck_school_enrolment_withdrawn_for_known"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_for = '')",
            name=op.f("ck_school_enrolment_withdrawn_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_school_enrolment_withdrawn_by_one"),
        ),
        sa.CheckConstraint(
            "(admitted_on IS NULL) = (admitted_by IS NULL)",
            name=op.f("ck_school_enrolment_admitted_by_one"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["school_request.id"], name=op.f("fk_school_enrolment_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_enrolment_school_id")
        ),
        sa.ForeignKeyConstraint(
            ["moves_id"], ["pupil_moves.id"], name=op.f("fk_school_enrolment_moves_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"], ["school_enrolment.id"], name=op.f("fk_school_enrolment_replaced_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_enrolment")),
        sa.UniqueConstraint("act_year", "act_number", name="uq_school_enrolment_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_school_enrolment_child_id", "school_enrolment", ["child_id"])
    op.create_index("ix_school_enrolment_request_id", "school_enrolment", ["request_id"])
    op.create_index("ix_school_enrolment_school", "school_enrolment", ["school_id", "school_year"])
    op.create_index(
        "uq_school_enrolment_stands",
        "school_enrolment",
        ["child_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "school_signature",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("acts_as", sa.String(length=10), nullable=False),
        sa.Column(
            "quality", sa.String(length=120), nullable=False, comment="such as « Le maire de … »"
        ),
        sa.Column("signer", sa.String(length=120), nullable=False),
        sa.Column(
            "delegation",
            sa.String(length=200),
            nullable=False,
            comment="of whom signs for them, or empty",
        ),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column(
            "deliberation",
            sa.String(length=200),
            nullable=False,
            comment="that sets areas, or empty",
        ),
        sa.Column(
            "address",
            sa.String(length=200),
            nullable=False,
            comment="for an appeal, or empty",
        ),
        sa.Column(
            "court",
            sa.String(length=200),
            nullable=False,
            comment="the tribunal administratif, or empty",
        ),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.Column("written_at", types.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "acts_as IN ('mayor', 'president')", name=op.f("ck_school_signature_acts_as_known")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_school_signature_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_signature")),
        sqlite_strict=True,
    )

    op.create_table(
        "school_waiver_motives",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "motives", sa.JSON(), nullable=False, comment="of the deliberation: code, label, points"
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_school_waiver_motives_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_waiver_motives")),
        sqlite_strict=True,
    )
    op.create_table(
        "school_waiver",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("school_id", sa.String(length=36), nullable=True),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed by the waiver's key"
        ),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column(
            "proof",
            sa.String(length=10),
            nullable=False,
            comment="how the paper for it was given",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("entered_by", sa.String(length=36), nullable=False),
        sa.Column("entered_at", types.Moment(timezone=True), nullable=False),
        sa.Column("refused_for", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'refused', 'withdrawn')",
            name=op.f("ck_school_waiver_state_known"),
        ),
        sa.CheckConstraint(
            "refused_for IN ('', 'no_place', 'not_proven', 'not_a_motive')",
            name=op.f("ck_school_waiver_refused_for_known"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_school_waiver_decided_at_a_moment"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refused_for <> '')",
            name=op.f("ck_school_waiver_refused_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["school_request.id"], name=op.f("fk_school_waiver_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_waiver_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_waiver")),
        sqlite_strict=True,
    )
    op.create_index("ix_school_waiver_child_id", "school_waiver", ["child_id"])
    op.create_index("ix_school_waiver_request_id", "school_waiver", ["request_id"])
    op.create_index(
        "uq_school_waiver_one_waiting",
        "school_waiver",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "menu",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column(
            "dishes", sa.JSON(), nullable=False, comment="as published: course, name, allergens"
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu")),
        sa.UniqueConstraint("day", "site", name="uq_menu_day_site"),
        sqlite_strict=True,
    )
    op.create_table(
        "meal_order",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("meals", sa.JSON(), nullable=False, comment="site, menu, meals: numbers alone"),
        sa.Column(
            "allergens",
            sa.JSON(),
            nullable=False,
            comment="site, allergen, meals: numbers alone",
        ),
        sa.Column("adults", sa.JSON(), nullable=False, comment="site, kind, meals: numbers alone"),
        sa.Column("sent_by", sa.String(length=36), nullable=False),
        sa.Column("sent_at", types.Moment(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("answered_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('order', 'change')", name=op.f("ck_meal_order_kind_known")),
        sa.CheckConstraint(
            "answer IN ('received', 'accepted', 'refused')", name=op.f("ck_meal_order_answer_known")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_meal_order_answered_at_a_moment"),
        ),
        sa.PrimaryKeyConstraint("day", "version", name=op.f("pk_meal_order")),
        sqlite_strict=True,
    )
    op.create_table(
        "received_order",
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("meals", sa.JSON(), nullable=False, comment="site, menu, meals: numbers alone"),
        sa.Column(
            "allergens",
            sa.JSON(),
            nullable=False,
            comment="site, allergen, meals: numbers alone",
        ),
        sa.Column("adults", sa.JSON(), nullable=False, comment="site, kind, meals: numbers alone"),
        sa.Column("sent_at", types.Moment(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("answered_by", sa.String(length=36), nullable=True),
        sa.Column("answered_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('order', 'change')", name=op.f("ck_received_order_kind_known")
        ),
        sa.CheckConstraint(
            "answer IN ('received', 'accepted', 'refused')",
            name=op.f("ck_received_order_answer_known"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_received_order_answered_at_a_moment"),
        ),
        sa.PrimaryKeyConstraint("customer", "day", "version", name=op.f("pk_received_order")),
        sqlite_strict=True,
    )
    op.create_table(
        "adult_meals",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("staff", sa.BigInteger(), nullable=False),
        sa.Column("guests", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("guests BETWEEN 0 AND 1000", name=op.f("ck_adult_meals_guests_counted")),
        sa.CheckConstraint("staff BETWEEN 0 AND 1000", name=op.f("ck_adult_meals_staff_counted")),
        sa.PrimaryKeyConstraint("day", "site", name=op.f("pk_adult_meals")),
        sqlite_strict=True,
    )
    op.create_table(
        "waste",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.Column("adults", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("adults BETWEEN 0 AND 100000", name=op.f("ck_waste_adults_counted")),
        sa.CheckConstraint("grams BETWEEN 0 AND 10000000", name=op.f("ck_waste_grams_weighed")),
        sa.CheckConstraint("served BETWEEN 0 AND 100000", name=op.f("ck_waste_served_counted")),
        sa.PrimaryKeyConstraint("day", "site", name=op.f("pk_waste")),
        sqlite_strict=True,
    )
    op.create_table(
        "staff_shift",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("qualification", sa.String(length=12), nullable=False),
        sa.Column("directs", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.CheckConstraint("ends > starts", name=op.f("ck_staff_shift_hours_in_order")),
        sa.CheckConstraint(
            "qualification IN ('qualified', 'in_training', 'unqualified')",
            name=op.f("ck_staff_shift_qualification_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_shift")),
        sqlite_strict=True,
    )
    op.create_index("ix_staff_shift_day", "staff_shift", ["day", "site"])

    op.create_table(
        "reception_terms",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("with_pedt", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "declared OR NOT with_pedt", name=op.f("ck_reception_terms_pedt_is_declared")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reception_terms")),
        sqlite_strict=True,
    )

    start_tables.create_sums("activities_taken", found_by="child_id")

    start_tables.create_sums("card_version", found_by="household_id")

    start_tables.create_sums("count_version", by={"activity": 40}, found_by="child_id")

    start_tables.create_sums("imported_sheet", found_by="session_id")

    start_tables.create_sums("place_version", by={"activity": 40}, found_by="place_id")

    start_tables.create_sums("roll_call", found_by="session_id")

    start_tables.create_sums("thread", found_by="id")


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
