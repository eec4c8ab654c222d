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

    op.create_table(
        "forgotten_password",
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("login", "place", name=op.f("pk_forgotten_password")),
        sqlite_strict=True,
    )
    op.create_index("ix_forgotten_password_asked_at", "forgotten_password", ["asked_at"])

    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", types.Moment(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'uncertain', 'given_up')",
            name=op.f("ck_letter_state_known"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_letter_content_goes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_letter_due", "letter", ["state", "next_at"])

    op.create_table(
        "letter_lot",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("printed_at", types.Moment(), nullable=False),
        sa.Column("printed_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_lot")),
        sqlite_strict=True,
    )
    op.create_index("ix_letter_lot_printed_at", "letter_lot", ["printed_at"])

    op.create_table(
        "login_tries",
        sa.Column("login_digest", sa.String(length=64), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("last_at", types.Moment(), nullable=False),
        sa.Column("knocked_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("login_digest", name=op.f("pk_login_tries")),
        sqlite_strict=True,
    )
    op.create_index("ix_login_tries_last_at", "login_tries", ["last_at"])

    op.create_table(
        "subject",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("not_before", types.Moment(), nullable=False),
        sa.Column("anew_from", types.Moment(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("totp_since", types.Moment(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=True),
        sa.Column("last_signed_in", types.Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('family', 'agent')", name=op.f("ck_subject_kind_known")),
        sa.CheckConstraint(
            "kind = 'agent' OR email IS NULL", name=op.f("ck_subject_email_for_agents")
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
        sa.UniqueConstraint("kind", "login", name=op.f("uq_subject_kind_login")),
        sqlite_strict=True,
    )
    op.create_table(
        "corrected_guardian",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_corrected_guardian")),
        sqlite_strict=True,
    )
    op.create_table(
        "access_change",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(place = 'counter') = (by IS NOT NULL) AND (place = 'counter') = (paper <> '')",
            name=op.f("ck_access_change_at_counter"),
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_access_change_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_change")),
        sqlite_strict=True,
    )
    op.create_index("ix_access_change_at", "access_change", ["at"])
    op.create_index("ix_access_change_subject", "access_change", ["subject"])

    op.create_table(
        "accompanied_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("family", sa.String(length=36), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.Column("proof", sa.String(length=10), nullable=False),
        sa.Column("paper", sa.String(length=20), nullable=False),
        sa.Column("slip_signed_on", sa.Date(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.Column("passing_digest", sa.String(length=64), nullable=False),
        sa.Column("entered_at", types.Moment(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("last_used_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(proof = 'paper') = (slip_signed_on IS NOT NULL) AND (proof = 'paper') = (paper <> '')",
            name=op.f("ck_accompanied_session_proven"),
        ),
        sa.CheckConstraint("ends_at > opened_at", name=op.f("ck_accompanied_session_period")),
        sa.ForeignKeyConstraint(
            ["agent"], ["subject.subject"], name=op.f("fk_accompanied_session_agent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_accompanied_session_digest")),
        sa.UniqueConstraint("passing_digest", name=op.f("uq_accompanied_session_passing_digest")),
        sqlite_strict=True,
    )
    op.create_index("ix_accompanied_session_agent", "accompanied_session", ["agent"])
    op.create_index("ix_accompanied_session_ends_at", "accompanied_session", ["ends_at"])
    op.create_index("ix_accompanied_session_family", "accompanied_session", ["family"])

    op.create_table(
        "challenge",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.Column("session", sa.String(length=64), nullable=True),
        sa.Column("asked", sa.String(length=100), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_challenge_subject")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_challenge")),
        sqlite_strict=True,
    )
    op.create_index("ix_challenge_expires_at", "challenge", ["expires_at"])
    op.create_index("ix_challenge_subject", "challenge", ["subject"])

    op.create_table(
        "code_by_town",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("others", sa.BigInteger(), nullable=False),
        sa.Column("in_place_of", sa.String(length=36), nullable=True),
        sa.Column("at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_code_by_town_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_by_town")),
        sqlite_strict=True,
    )
    op.create_index("ix_code_by_town_subject", "code_by_town", ["subject"])

    op.create_table(
        "counter_code",
        sa.Column("agent", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("family", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["subject.subject"], name=op.f("fk_counter_code_agent")),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_counter_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_counter_code_sent_at", "counter_code", ["sent_at"])

    op.create_table(
        "dated_right",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=130), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.Column("granted_by", sa.String(length=36), nullable=True),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "(active IS NULL) = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_dated_right_active_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_dated_right_period")
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_dated_right_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_right")),
        sqlite_strict=True,
    )
    op.create_index("ix_dated_right_provider", "dated_right", ["provider", "role"])
    op.create_index("ix_dated_right_subject", "dated_right", ["subject"])

    op.create_table(
        "email_change",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stop_digest", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_email_change_subject")
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_email_change")),
        sa.UniqueConstraint("stop_digest", name=op.f("uq_email_change_stop_digest")),
        sqlite_strict=True,
    )
    op.create_index("ix_email_change_expires_at", "email_change", ["expires_at"])

    op.create_table(
        "invitation",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("lot", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["lot"], ["letter_lot.id"], name=op.f("fk_invitation_lot")),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_invitation_subject")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitation")),
        sqlite_strict=True,
    )
    op.create_index("ix_invitation_lot", "invitation", ["lot"])
    op.create_index("ix_invitation_subject", "invitation", ["subject"])

    op.create_table(
        "known_device",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("azp", sa.String(length=60), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("trusted_until", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_known_device_subject")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_device")),
        sqlite_strict=True,
    )
    op.create_index("ix_known_device_subject", "known_device", ["subject"])
    op.create_index("ix_known_device_used_at", "known_device", ["used_at"])

    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.String(length=2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("added_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["subject"], ["subject.subject"], name=op.f("fk_passkey_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
        sqlite_strict=True,
    )
    op.create_index("ix_passkey_subject", "passkey", ["subject"])

    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_recovery_code_subject")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
    )
    op.create_index("ix_recovery_code_subject", "recovery_code", ["subject"])

    op.create_table(
        "openid_link",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("linked_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_openid_link_subject")
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_openid_link")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_openid_link_kind_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "passing",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("azp", sa.String(length=60), nullable=False),
        sa.Column("signed_in_at", types.Moment(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["subject"], ["subject.subject"], name=op.f("fk_passing_subject")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_passing")),
        sqlite_strict=True,
    )
    op.create_index("ix_passing_expires_at", "passing", ["expires_at"])
    op.create_index("ix_passing_subject", "passing", ["subject"])

    op.create_table(
        "right_offer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("offered_at", types.Moment(), nullable=False),
        sa.Column("offered_by", sa.String(length=36), nullable=True),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL)"
            " AND (outcome IS NULL OR outcome IN ('accepted', 'declined', 'withdrawn'))",
            name=op.f("ck_right_offer_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject.subject"], name=op.f("fk_right_offer_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_right_offer")),
        sa.UniqueConstraint("digest", name=op.f("uq_right_offer_digest")),
        sa.UniqueConstraint("subject", "office", name=op.f("uq_right_offer_subject_office")),
        sqlite_strict=True,
    )
    op.create_index("ix_right_offer_expires_at", "right_offer", ["expires_at"])
    op.create_index("ix_right_offer_office", "right_offer", ["office", "id"])
    op.create_index("ix_right_offer_subject", "right_offer", ["subject"])

    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("azp", sa.String(length=60), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("last_used_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subject.subject"], name=op.f("fk_sign_in_subject")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in")),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_in_opened_at", "sign_in", ["opened_at"])
    op.create_index("ix_sign_in_subject", "sign_in", ["subject"])

    start_tables.create_sums("subject", by={"kind": 10}, found_by="subject")


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
