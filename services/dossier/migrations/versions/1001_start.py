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

    op.create_table(
        "import_decision",
        sa.Column("child", sa.String(length=60), nullable=False),
        sa.Column("known", sa.String(length=36), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("child", name=op.f("pk_import_decision")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_doubt",
        sa.Column("child", sa.String(length=60), nullable=False),
        sa.Column("known", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("found_at", types.Moment(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 100", name=op.f("ck_import_doubt_of_a_hundred")),
        sa.PrimaryKeyConstraint("child", "known", name=op.f("pk_import_doubt")),
        sqlite_strict=True,
    )
    op.create_index("ix_import_doubt_batch", "import_doubt", ["batch", "family"])

    op.create_table(
        "import_reference",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("arrived_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'household') = (digest <> '')",
            name=op.f("ck_import_reference_digest_of_household"),
        ),
        sa.CheckConstraint(
            "kind IN ('household', 'guardian', 'child', 'link')",
            name=op.f("ck_import_reference_kind_known"),
        ),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_import_reference")),
        sqlite_strict=True,
    )
    op.create_index("ix_import_reference_batch", "import_reference", ["batch", "family"])
    op.create_index("ix_import_reference_id", "import_reference", ["id"])

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
    op.create_index("ix_child_birth_date", "child", ["birth_date"])
    op.create_index("ix_child_last_name_birth_date", "child", ["last_name", "birth_date"])

    start_tables.create_words("child_name_word", "child_id", "child.id", found_by=["child_id"])

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
        sqlite_strict=True,
    )
    op.create_table(
        "course_provider",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_course_provider")),
        sqlite_strict=True,
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("contact_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("opened_from", sa.String(length=64), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("forget_on", sa.Date(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=True),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (sent_at IS NULL)", name=op.f("ck_registration_sent_or_open")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'refused')) = (content IS NULL)",
            name=op.f("ck_registration_content_until_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'sent', 'accepted', 'refused')",
            name=op.f("ck_registration_state_known"),
        ),
        sa.CheckConstraint(
            "way IN ('email', 'phone', 'letter', 'account')",
            name=op.f("ck_registration_way_known"),
        ),
        sa.CheckConstraint(
            "(guardian_id IS NULL) = (household_id IS NULL)",
            name=op.f("ck_registration_guardian_of_household"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("reference", name=op.f("uq_registration_reference")),
        sqlite_strict=True,
    )
    op.create_index("ix_registration_contact_digest", "registration", ["contact_digest"])
    op.create_index("ix_registration_forget_on", "registration", ["forget_on"])
    op.create_index("ix_registration_guardian_id", "registration", ["guardian_id"])
    op.create_index("ix_registration_opened_at", "registration", ["opened_at"])
    op.create_index("ix_registration_state", "registration", ["state"])

    op.create_table(
        "registration_letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.Column("posted_at", types.Moment(), nullable=False),
        sa.Column("asked_from", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_letter")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_registration_letter_address_digest", "registration_letter", ["address_digest"]
    )
    op.create_index(
        "ix_registration_letter_registration_id", "registration_letter", ["registration_id"]
    )
    op.create_index("ix_registration_letter_posted_at", "registration_letter", ["posted_at"])

    op.create_table(
        "email_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("confirmed_at", types.Moment(), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_check")),
        sqlite_strict=True,
    )
    op.create_index("ix_email_check_reference", "email_check", ["reference"])

    op.create_table(
        "food_occasion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_food_occasion")),
        sqlite_strict=True,
    )
    op.create_index("ix_food_occasion_turns_on", "food_occasion", ["turns_on"])

    op.create_table(
        "guardian",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("identity_checked_on", sa.Date(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("reference", name=op.f("uq_guardian_reference")),
        sqlite_strict=True,
    )
    start_tables.create_words(
        "guardian_name_word", "guardian_id", "guardian.id", found_by=["guardian_id"]
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
        "household",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("domicile_checked_on", sa.Date(), nullable=True),
        sa.Column("separated_from", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("reference", name=op.f("uq_household_reference")),
        sqlite_strict=True,
    )
    op.create_index("ix_household_separated_from", "household", ["separated_from"])

    op.create_table(
        "guardian_version",
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", name=op.f("pk_guardian_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "household_version",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household_version")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_household_version_due",
        "household_version",
        ["household_id"],
        sqlite_where=sa.text("digest = ''"),
        postgresql_where=sa.text("digest = ''"),
    )

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
    op.create_index("ix_paper_check_subject_id", "paper_check", ["subject_id"])

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
        sa.Column("person", sa.String(length=10), nullable=True),
        sa.Column("paper", sa.String(length=20), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("file_id", sa.String(length=36), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('answered', 'refused', 'withdrawn')) = (closed_on IS NOT NULL)",
            name=op.f("ck_person_request_closed_on_a_day"),
        ),
        sa.CheckConstraint(
            "kind IN ('access', 'rectification', 'erasure', 'restriction', 'objection', 'portability')",
            name=op.f("ck_person_request_kind_known"),
        ),
        sa.CheckConstraint(
            "proof IN ('account', 'document', 'known', 'asked')",
            name=op.f("ck_person_request_proof_known"),
        ),
        sa.CheckConstraint(
            "person IN ('adult', 'pupil', 'called', 'agent')",
            name=op.f("ck_person_request_person_known"),
        ),
        sa.CheckConstraint(
            "paper IN ('identity_card', 'passport', 'residence_permit', 'driving_licence')",
            name=op.f("ck_person_request_paper_known"),
        ),
        sa.CheckConstraint(
            "(person IS NULL) = (paper IS NULL)"
            " AND (person_id IS NULL) = (COALESCE(person, 'called') = 'called')"
            " AND (file_id IS NULL) = (COALESCE(person, '') <> 'called')"
            " AND (person IS NULL OR asked_by IS NULL)",
            name=op.f("ck_person_request_person_known_by_a_paper"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'in_hand', 'answered', 'refused', 'withdrawn')",
            name=op.f("ck_person_request_state_known"),
        ),
        sa.CheckConstraint(
            "way IN ('account', 'counter', 'letter', 'email', 'phone')",
            name=op.f("ck_person_request_way_known"),
        ),
        sa.CheckConstraint(
            "(asked_by IS NULL) = (recorded_by IS NOT NULL)",
            name=op.f("ck_person_request_asked_or_recorded"),
        ),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (forget_on IS NULL)",
            name=op.f("ck_person_request_forgotten_once_closed"),
        ),
        sa.CheckConstraint("more BETWEEN 0 AND 2", name=op.f("ck_person_request_two_months_more")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_request")),
        sqlite_strict=True,
    )
    op.create_index("ix_person_request_asked_by", "person_request", ["asked_by"])
    op.create_index("ix_person_request_due_on", "person_request", ["due_on"])
    op.create_index("ix_person_request_forget_on", "person_request", ["forget_on"])
    op.create_index("ix_person_request_state", "person_request", ["state"])

    op.create_table(
        "person_request_erasure",
        sa.Column("person_request_id", sa.String(length=36), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("person_request_id", name=op.f("pk_person_request_erasure")),
        sqlite_strict=True,
    )
    op.create_index("ix_person_request_erasure_erased_at", "person_request_erasure", ["erased_at"])

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
    op.create_index("ix_read_log_child", "read_log", ["child_id", "at"])
    op.create_index("ix_read_log_unusual", "read_log", ["unusual", "at"])

    op.create_table(
        "read_name_question",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.Column("reader", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=True),
        sa.Column("given_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(given_by IS NULL) = (given_at IS NULL)",
            name=op.f("ck_read_name_question_given_by_somebody"),
        ),
        sa.CheckConstraint(
            "given_by IS NULL OR given_by <> asked_by",
            name=op.f("ck_read_name_question_given_by_another"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_name_question")),
        sa.UniqueConstraint("line", name=op.f("uq_read_name_question_line")),
        sqlite_strict=True,
    )
    op.create_index("ix_read_name_question_read_at", "read_name_question", ["read_at"])

    op.create_table(
        "secret",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
        sqlite_strict=True,
    )
    op.create_table(
        "trial_member",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_trial_member")),
        sqlite_strict=True,
    )
    op.create_index("ix_trial_member_provider", "trial_member", ["provider"])

    op.create_table(
        "widening_notice",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "key", name=op.f("pk_widening_notice")),
        sqlite_strict=True,
    )
    op.create_table(
        "guardian_grant",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("given_at", types.Moment(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NOT NULL OR ended_by IS NULL", name=op.f("ck_guardian_grant_ended_by_whom")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_guardian_grant_child_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_grant")),
        sqlite_strict=True,
    )
    op.create_index("ix_guardian_grant_child_id", "guardian_grant", ["child_id"])
    op.create_index("ix_guardian_grant_until", "guardian_grant", ["until"])
    op.create_index(
        "uq_guardian_grant_one_active",
        "guardian_grant",
        ["child_id", "provider", "projection"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
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
    op.create_index("ix_child_household_household_id", "child_household", ["household_id"])

    op.create_table(
        "child_weeks",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("even_household", sa.String(length=36), nullable=True),
        sa.Column("odd_household", sa.String(length=36), nullable=True),
        sa.Column("changes_on", sa.Integer(), nullable=False),
        sa.Column("changes_at", sa.String(length=10), nullable=False),
        sa.Column("school_days", sa.String(length=36), nullable=True),
        sa.Column("holidays", sa.String(length=36), nullable=True),
        sa.Column("summer", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "changes_on BETWEEN 1 AND 7", name=op.f("ck_child_weeks_changes_on_known")
        ),
        sa.CheckConstraint(
            "changes_at IN ('morning', 'evening')", name=op.f("ck_child_weeks_changes_at_known")
        ),
        sa.CheckConstraint(
            "summer IN ('halves', 'fortnights')", name=op.f("ck_child_weeks_summer_known")
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
    op.create_index("ix_child_weeks_even_household", "child_weeks", ["even_household"])
    op.create_index("ix_child_weeks_odd_household", "child_weeks", ["odd_household"])

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
        sa.Column("batch", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "origin IN ('published', 'taken_over')", name=op.f("ck_course_origin_known")
        ),
        sa.CheckConstraint("times >= 0", name=op.f("ck_course_times_counted")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_course_child_id")),
        sa.PrimaryKeyConstraint(
            "child_id", "provider", "activity", "school_year", "month", name=op.f("pk_course")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_course_batch", "course", ["batch"])
    op.create_index("ix_course_child_id_school_year", "course", ["child_id", "school_year"])

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
    op.create_table(
        "registration_email",
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("letter_digest", sa.String(length=64), nullable=False),
        sa.Column("proven_at", types.Moment(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("changed_at", types.Moment(), nullable=True),
        sa.Column("former", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR proven_at IS NOT NULL",
            name=op.f("ck_registration_email_confirmed_once"),
        ),
        sa.CheckConstraint(
            "former IS NULL OR changed_at IS NOT NULL",
            name=op.f("ck_registration_email_former_once_changed"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_email_registration_id"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registration_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "registration_paper",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('child_identity', 'guardian_identity', 'domicile')",
            name=op.f("ck_registration_paper_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_paper_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_paper")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_registration_paper_registration_id", "registration_paper", ["registration_id"]
    )

    op.create_table(
        "activities_taken",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("activities", sa.JSON(), nullable=False, comment="codes, sorted"),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_activities_taken_child_id")
        ),
        sa.PrimaryKeyConstraint("provider", "child_id", name=op.f("pk_activities_taken")),
        sqlite_strict=True,
    )
    op.create_index("ix_activities_taken_child_id", "activities_taken", ["child_id"])

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
        "file_hold",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held_by", sa.String(length=120), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("released_at", types.Moment(), nullable=True),
        sa.Column("billed_since", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_file_hold_child_id")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_file_hold")),
        sqlite_strict=True,
    )
    op.create_table(
        "food_occasion_child",
        sa.Column("occasion_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_food_occasion_child_child_id")
        ),
        sa.ForeignKeyConstraint(
            ["occasion_id"], ["food_occasion.id"], name=op.f("fk_food_occasion_child_occasion_id")
        ),
        sa.PrimaryKeyConstraint("occasion_id", "child_id", name=op.f("pk_food_occasion_child")),
        sqlite_strict=True,
    )
    op.create_index("ix_food_occasion_child_child_id", "food_occasion_child", ["child_id"])

    op.create_table(
        "guardianship",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("authority", sa.Boolean(), nullable=False),
        sa.Column("carer_in", sa.String(length=36), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.Column("link_checked_on", sa.Date(), nullable=True),
        sa.Column("paper", sa.String(length=80), nullable=True),
        sa.Column("paper_date", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
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
    op.create_index("ix_guardianship_carer_in", "guardianship", ["carer_in"])
    op.create_index("ix_guardianship_child_id", "guardianship", ["child_id"])
    op.create_index("ix_guardianship_guardian_id", "guardianship", ["guardian_id"])
    op.create_index("ix_guardianship_turns_on", "guardianship", ["turns_on"])

    op.create_table(
        "household_address",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "version >= 1", name=op.f("ck_household_address_version_counts_from_one")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_address_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "valid_from", name=op.f("pk_household_address")),
        sqlite_strict=True,
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
    op.create_index("ix_household_guardian_guardian_id", "household_guardian", ["guardian_id"])

    op.create_table(
        "letters_stopped",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("stopped_by", sa.String(length=36), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("resumed_at", types.Moment(), nullable=True),
        sa.Column("resumed_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "why IN ('asked', 'returned')", name=op.f("ck_letters_stopped_why_known")
        ),
        sa.CheckConstraint(
            "(resumed_at IS NULL) = (resumed_by IS NULL)",
            name=op.f("ck_letters_stopped_resumed_by_whom"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_letters_stopped_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "since", name=op.f("pk_letters_stopped")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_letters_stopped_now",
        "letters_stopped",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )

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
            "(act = 'prolonged') = (until IS NOT NULL)",
            name=op.f("ck_person_request_act_prolonged_to_a_day"),
        ),
        sa.CheckConstraint(
            "act IN ('filed', 'recorded', 'taken', 'proof_seen', 'identified', 'sought', "
            "'prolonged', 'copied', 'erased', 'answered', 'refused', 'withdrawn')",
            name=op.f("ck_person_request_act_act_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_request_id"],
            ["person_request.id"],
            name=op.f("fk_person_request_act_person_request_id"),
        ),
        sa.PrimaryKeyConstraint("person_request_id", "number", name=op.f("pk_person_request_act")),
        sqlite_strict=True,
    )
    op.create_table(
        "protected_household",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("lifted_at", types.Moment(), nullable=True),
        sa.Column("lifted_by", sa.String(length=36), nullable=True),
        sa.Column("paper", sa.String(length=80), nullable=True),
        sa.Column("paper_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)",
            name=op.f("ck_protected_household_lifted_by_whom"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_protected_household_household_id")
        ),
        sa.PrimaryKeyConstraint("household_id", "since", name=op.f("pk_protected_household")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_protected_household_now",
        "protected_household",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )

    op.create_table(
        "handover",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("from_provider", sa.String(length=40), nullable=False),
        sa.Column("to_provider", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("given_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint("from_provider <> to_provider", name=op.f("ck_handover_two_services")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_handover_period_in_order")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_handover_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sqlite_strict=True,
    )
    op.create_index("ix_handover_child_id", "handover", ["child_id"])

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
        sa.CheckConstraint("version >= 1", name=op.f("ck_section_version_counts_from_one")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_section_child_id")),
        sa.PrimaryKeyConstraint("child_id", "section", name=op.f("pk_section")),
        sqlite_strict=True,
    )
    op.create_index("ix_section_turns_on", "section", ["turns_on"])

    op.create_table(
        "section_erasure",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("through_version", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=False),
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
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_section_history_child_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "section", "version", name=op.f("pk_section_history")),
        sqlite_strict=True,
    )
    op.create_table(
        "paper_part",
        sa.Column("paper_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "part", name=op.f("pk_paper_part")),
        sqlite_strict=True,
    )
    op.create_table(
        "kept_paper",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.Column("ask_again_on", sa.Date(), nullable=True),
        sa.Column("asked_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(size = 0) = (media_type = '')", name=op.f("ck_kept_paper_typed_once_whole")
        ),
        sa.CheckConstraint(
            "asked_at IS NULL OR ask_again_on IS NOT NULL",
            name=op.f("ck_kept_paper_asked_once_due"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_kept_paper_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_paper")),
        sqlite_strict=True,
    )
    for column in ("added_at", "ask_again_on", "child_id"):
        op.create_index(f"ix_kept_paper_{column}", "kept_paper", [column])
    op.create_table(
        "household_paper",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(size = 0) = (media_type = '')", name=op.f("ck_household_paper_typed_once_whole")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_paper_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_paper")),
        sqlite_strict=True,
    )
    for column in ("added_at", "decided_at", "household_id"):
        op.create_index(f"ix_household_paper_{column}", "household_paper", [column])
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
        sa.Column("end_asked_by", sa.String(length=36), nullable=True),
        sa.Column("end_asked_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(end_asked_by IS NULL) = (end_asked_at IS NULL)",
            name=op.f("ck_link_end_asked_by_whom"),
        ),
        sa.CheckConstraint(
            "origin IN ('guardian_request', 'school_list', 'imported', 'operator_change')",
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
    op.create_index("ix_link_provider", "link", ["provider", "child_id"])
    op.create_index(
        "uq_link_one_open",
        "link",
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
        sa.Column("shown_version", sa.BigInteger(), nullable=False),
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
            "shown_version BETWEEN 1 AND version", name=op.f("ck_projection_shown_was_sent")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_projection_child_id")),
        sa.ForeignKeyConstraint(
            ["receipt"], ["erasure_receipt.number"], name=op.f("fk_projection_receipt")
        ),
        sa.PrimaryKeyConstraint("child_id", "provider", "projection", name=op.f("pk_projection")),
        sqlite_strict=True,
    )
    op.create_index("ix_projection_provider", "projection", ["provider", "child_id"])
    op.create_index(
        "ix_projection_bucket",
        "projection",
        ["provider", sa.text("substr(child_id, 35, 2)"), "projection", "child_id"],
    )

    start_tables.create_sums("projection", by={"provider": 40, "projection": 20}, found_by=None)

    op.create_table(
        "correction",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("act_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("guardian_id", sa.String(length=36), nullable=True),
        sa.Column("authority", sa.Boolean(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("paper", sa.String(length=30), nullable=False),
        sa.Column("paper_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("applied_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.Column("seconded_at", types.Moment(), nullable=True),
        sa.Column("seconded_by", sa.String(length=36), nullable=True),
        sa.Column("separation_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "subject IN ('identity', 'schooling', 'authority', 'guardian_name',"
            " 'guardian_comes', 'guardian_leaves', 'guardian_died', 'weeks', 'joined', 'parted')",
            name=op.f("ck_correction_subject_known"),
        ),
        sa.CheckConstraint(
            "paper IN ('family_book', 'birth_certificate', 'identity_card', 'judgment',"
            " 'school_list', 'school_certificate', 'guardian_statement',"
            " 'marriage_certificate', 'death_certificate')",
            name=op.f("ck_correction_paper_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('mistake', 'change', 'ruling')", name=op.f("ck_correction_reason_known")
        ),
        sa.CheckConstraint(
            "(subject IN ('identity', 'schooling', 'weeks', 'joined', 'parted'))"
            " = (guardian_id IS NULL)",
            name=op.f("ck_correction_of_an_adult"),
        ),
        sa.CheckConstraint(
            "(subject = 'authority') = (authority IS NOT NULL)",
            name=op.f("ck_correction_authority_became"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR subject = 'schooling'",
            name=op.f("ck_correction_decided_of_schooling"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_correction_withdrawn_by_whom"),
        ),
        sa.CheckConstraint(
            "applied_at IS NULL OR withdrawn_at IS NULL",
            name=op.f("ck_correction_done_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "(content IS NOT NULL) ="
            " (subject NOT IN ('identity', 'schooling', 'authority', 'weeks', 'joined', 'parted')"
            " OR (withdrawn_at IS NULL AND (subject = 'weeks'"
            " OR (subject <> 'authority' AND applied_at IS NULL))))",
            name=op.f("ck_correction_content_while_it_waits"),
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_correction_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sqlite_strict=True,
    )
    for column in ("act_id", "child_id", "holds_from", "recorded_at", "separation_id"):
        op.create_index(f"ix_correction_{column}", "correction", [column])
    for name, columns, whose in (
        ("uq_correction_waiting", ["child_id", "subject"], "guardian_id IS NULL"),
        (
            "uq_correction_waiting_for_adult",
            ["child_id", "subject", "guardian_id"],
            "guardian_id IS NOT NULL",
        ),
    ):
        waits = sa.text(f"applied_at IS NULL AND withdrawn_at IS NULL AND {whose}")
        op.create_index(
            name, "correction", columns, unique=True, sqlite_where=waits, postgresql_where=waits
        )

    op.create_table(
        "correction_delivery",
        sa.Column("correction_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("projection", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name=op.f("fk_correction_delivery_correction_id")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["child.id"], name=op.f("fk_correction_delivery_child_id")
        ),
        sa.PrimaryKeyConstraint(
            "correction_id",
            "child_id",
            "provider",
            "projection",
            name=op.f("pk_correction_delivery"),
        ),
        sqlite_strict=True,
    )

    op.create_table(
        "child_join",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kept_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("joined_at", types.Moment(), nullable=False),
        sa.Column("joined_by", sa.String(length=36), nullable=False),
        sa.Column("parted_at", types.Moment(), nullable=True),
        sa.Column("parted_by", sa.String(length=36), nullable=True),
        sa.Column("parting_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint("kept_id <> other_id", name=op.f("ck_child_join_of_two_files")),
        sa.CheckConstraint(
            "(parted_at IS NULL) = (parted_by IS NULL)", name=op.f("ck_child_join_parted_by_whom")
        ),
        sa.CheckConstraint(
            "parted_at IS NULL OR content IS NULL", name=op.f("ck_child_join_content_while_joined")
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["child.id"], name=op.f("fk_child_join_kept_id")),
        sa.ForeignKeyConstraint(["other_id"], ["child.id"], name=op.f("fk_child_join_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_join")),
        sqlite_strict=True,
    )
    for column in ("kept_id", "other_id", "joined_at"):
        op.create_index(f"ix_child_join_{column}", "child_join", [column])
    stands = sa.text("parted_at IS NULL")
    op.create_index(
        "uq_child_join_one",
        "child_join",
        ["other_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )

    op.create_table(
        "different_children",
        sa.Column("one_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("said_by", sa.String(length=36), nullable=False),
        sa.Column("said_at", types.Moment(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_different_children_in_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["child.id"], name=op.f("fk_different_children_one_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["child.id"], name=op.f("fk_different_children_other_id")
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_different_children")),
        sqlite_strict=True,
    )

    op.create_table(
        "deceased_guardian",
        sa.Column("guardian_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardian.id"], name=op.f("fk_deceased_guardian_guardian_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_deceased_guardian_household_id")
        ),
        sa.PrimaryKeyConstraint("guardian_id", "household_id", name=op.f("pk_deceased_guardian")),
        sqlite_strict=True,
    )
    op.create_index("ix_deceased_guardian_household_id", "deceased_guardian", ["household_id"])

    op.create_table(
        "carer_access",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("granted_by", sa.String(length=36), nullable=False),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.Column("home", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.Column("holder_home", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("says_absent", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "state IN ('invited', 'offered', 'accepted', 'declined', 'ended')",
            name=op.f("ck_carer_access_state_known"),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_carer_access_period_in_order")),
        sa.CheckConstraint(
            "state NOT IN ('offered', 'accepted') OR subject IS NOT NULL",
            name=op.f("ck_carer_access_offered_to_whom"),
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR holder_home IS NOT NULL",
            name=op.f("ck_carer_access_home_of_holder"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_carer_access_ended_by_whom")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_carer_access_child_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carer_access")),
        sqlite_strict=True,
    )
    for column in ("child_id", "subject", "holder_home", "turns_on"):
        op.create_index(f"ix_carer_access_{column}", "carer_access", [column])

    op.create_table(
        "departure",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("said_by", sa.String(length=36), nullable=False),
        sa.Column("said_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= said_at", name=op.f("ck_departure_ended_once_said")
        ),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_departure_child_id")),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_departure")),
        sqlite_strict=True,
    )
    op.create_index("ix_departure_household_id", "departure", ["household_id"])
    op.create_index(
        "ix_departure_not_ended",
        "departure",
        ["last_day", "child_id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "separation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("new_household_id", sa.String(length=36), nullable=True),
        sa.Column("guardian_ids", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("paper", sa.String(length=30), nullable=False),
        sa.Column("paper_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("applied_at", types.Moment(), nullable=True),
        sa.Column("lapsed_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "paper IN ('family_book', 'birth_certificate', 'identity_card', 'judgment',"
            " 'school_list', 'school_certificate', 'guardian_statement',"
            " 'marriage_certificate', 'death_certificate')",
            name=op.f("ck_separation_paper_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('mistake', 'change', 'ruling')", name=op.f("ck_separation_reason_known")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_separation_withdrawn_by_whom"),
        ),
        sa.CheckConstraint(
            "(content IS NOT NULL) ="
            " (applied_at IS NULL AND withdrawn_at IS NULL AND lapsed_at IS NULL)",
            name=op.f("ck_separation_content_while_it_waits"),
        ),
        sa.CheckConstraint(
            "(applied_at IS NULL) = (new_household_id IS NULL)",
            name=op.f("ck_separation_applied_to_a_household"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separation")),
        sqlite_strict=True,
    )
    for column in ("household_id", "new_household_id", "holds_from"):
        op.create_index(f"ix_separation_{column}", "separation", [column])
    waits = sa.text("content IS NOT NULL")
    op.create_index(
        "uq_separation_waiting",
        "separation",
        ["household_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )

    start_tables.create_sums(
        "activities_taken", by={"provider": 40}, touched=True, found_by="child_id"
    )

    start_tables.create_sums(
        "course",
        by={"provider": 40, "origin": 12, "activity": 40},
        touched=True,
        found_by="child_id",
    )

    start_tables.create_sums("guardian_card", found_by="guardian_id")

    start_tables.create_sums("household_version", found_by="household_id")


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
