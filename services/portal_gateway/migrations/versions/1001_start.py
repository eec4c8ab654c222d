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
    start_tables.create_live_changes()
    start_tables.create_published_schools()

    op.create_table(
        "accompanied_visit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("actor", sa.String(length=36), nullable=False),
        sa.Column("web_session", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_visit")),
        sa.UniqueConstraint("web_session", name=op.f("uq_accompanied_visit_web_session")),
        sqlite_strict=True,
    )
    op.create_index("ix_accompanied_visit_actor", "accompanied_visit", ["actor"])
    op.create_index("ix_accompanied_visit_ends_at", "accompanied_visit", ["ends_at"])
    op.create_index("ix_accompanied_visit_subject", "accompanied_visit", ["subject"])

    op.create_table(
        "activity",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("activity_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "activity_id", name=op.f("pk_activity")),
        sqlite_strict=True,
    )
    op.create_table(
        "alert_choice",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("subject", "channel", "category", name=op.f("pk_alert_choice")),
        sqlite_strict=True,
    )
    op.create_table(
        "alert_mobile",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_alert_mobile")),
        sqlite_strict=True,
    )
    op.create_table(
        "mobile_check",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_mobile_check")),
        sqlite_strict=True,
    )
    op.create_index("ix_mobile_check_since", "mobile_check", ["since"])
    op.create_table(
        "outgoing_alert",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("posted_at", types.Moment(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.Column("taken_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_alert")),
        sqlite_strict=True,
    )
    op.create_index("ix_outgoing_alert_due", "outgoing_alert", ["state", "next_at"])
    op.create_index("ix_outgoing_alert_subject", "outgoing_alert", ["subject"])

    op.create_table(
        "push_subscription",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("key_mark", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sqlite_strict=True,
    )
    op.create_index("ix_push_subscription_device", "push_subscription", ["device"])
    op.create_index("ix_push_subscription_subject", "push_subscription", ["subject"])

    op.create_table(
        "away_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON: days and sentences"),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_away_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "bill_card",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", name=op.f("pk_bill_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "bulletin_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="sealed: title, moment"),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "number", name=op.f("pk_bulletin_card")),
        sqlite_strict=True,
    )
    op.create_index("ix_bulletin_card_received_at", "bulletin_card", ["received_at"])

    op.create_table(
        "bulletin_read",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "provider", name=op.f("pk_bulletin_read")),
        sqlite_strict=True,
    )
    op.create_table(
        "calendar_feed",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_feed_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "family_act",
        sa.Column("act_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("outcome_at", types.Moment(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_family_act")),
        sqlite_strict=True,
    )
    op.create_index("ix_family_act_subject", "family_act", ["subject"])

    op.create_table(
        "family_card",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", name=op.f("pk_family_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "guardian_card",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_guardian_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "guardianship",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "subject", name=op.f("pk_guardianship")),
        sqlite_strict=True,
    )
    op.create_index("ix_guardianship_subject", "guardianship", ["subject"])

    op.create_table(
        "mail_notice",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("last_at", types.Moment(), nullable=True),
        sa.Column("due_at", types.Moment(), nullable=True),
        sa.Column("written_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "category", name=op.f("pk_mail_notice")),
        sqlite_strict=True,
    )
    op.create_index("ix_mail_notice_due_at", "mail_notice", ["due_at"])

    op.create_table(
        "news_read",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_news_read")),
        sqlite_strict=True,
    )
    op.create_table(
        "notice",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", "key", name=op.f("pk_notice")),
        sqlite_strict=True,
    )
    op.create_index("ix_notice_received_at", "notice", ["received_at"])

    op.create_table(
        "payment_round",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("invoice_ids", sa.JSON(), nullable=False),
        sa.Column("begun_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_payment_round")),
        sqlite_strict=True,
    )

    op.create_table(
        "published_menu",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("menu_id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.Text(), nullable=False, comment="JSON: dishes with their allergens"
        ),
        sa.PrimaryKeyConstraint("provider", "menu_id", name=op.f("pk_published_menu")),
        sqlite_strict=True,
    )
    op.create_index("ix_published_menu_day", "published_menu", ["day"])

    op.create_table(
        "published_motives",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_published_motives")),
        sqlite_strict=True,
    )
    op.create_table(
        "published_residences",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_published_residences")),
        sqlite_strict=True,
    )
    op.create_table(
        "published_tariff",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "tariff", name=op.f("pk_published_tariff")),
        sqlite_strict=True,
    )

    op.create_table(
        "silent_provider",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("noticed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_silent_provider")),
        sqlite_strict=True,
    )
    op.create_table(
        "thread_card",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="sealed: subject, children, dates"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "thread_id", name=op.f("pk_thread_card")),
        sqlite_strict=True,
    )
    op.create_index("ix_thread_card_received_at", "thread_card", ["received_at"])

    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("children", sa.LargeBinary(), nullable=True),
        sa.Column("saved_form", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("proven_at", types.Moment(), nullable=True),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("token_until", types.Moment(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sqlite_strict=True,
    )
    op.create_index("ix_web_session_ends_at", "web_session", ["ends_at"])
    op.create_index("ix_web_session_subject", "web_session", ["subject"])

    op.create_table(
        "accompanied_line",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["accompanied_visit.id"],
            name=op.f("fk_accompanied_line_visit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accompanied_line")),
        sqlite_strict=True,
    )
    op.create_index("ix_accompanied_line_visit_id", "accompanied_line", ["visit_id"])

    op.create_table(
        "thread_reader",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("thread_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider", "thread_id"],
            ["thread_card.provider", "thread_card.thread_id"],
            name=op.f("fk_thread_reader_provider_thread_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("provider", "thread_id", "subject", name=op.f("pk_thread_reader")),
        sqlite_strict=True,
    )
    op.create_index("ix_thread_reader_subject", "thread_reader", ["subject"])

    start_tables.create_sums(
        "bill_card", by={"provider": 40}, touched=True, found_by="household_id"
    )

    start_tables.create_sums(
        "family_card", by={"provider": 40}, touched=True, found_by="household_id"
    )

    start_tables.create_sums("guardian_card", touched=True, found_by="subject")

    start_tables.create_sums("thread_card", by={"provider": 40}, touched=True, found_by="thread_id")


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
