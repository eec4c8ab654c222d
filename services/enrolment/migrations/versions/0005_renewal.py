"""Going on next year: campaigns, their routes, a line for each place."""

import sqlalchemy as sa
from alembic import op

from shared.database import types
from shared.database.migrations import replace_check

revision = "0005"
down_revision = "0009"
branch_labels = None
depends_on = None


CHANNELS = "'portal', 'desk', 'telephone', 'paper', 'import'"


def upgrade() -> None:
    replace_check(
        "application",
        op.f("ck_application_channel_known"),
        f"channel IN ({CHANNELS})",
        f"channel IN ({CHANNELS}, 'renewal')",
    )
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
    op.create_index(op.f("ix_renewal_route_campaign_id"), "renewal_route", ["campaign_id"])
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
    for name in ("application_id", "campaign_id", "child_id"):
        op.create_index(op.f(f"ix_renewal_{name}"), "renewal", [name])


def downgrade() -> None:
    op.drop_table("renewal")
    op.drop_table("renewal_route")
    op.drop_table("renewal_campaign")
    replace_check(
        "application",
        op.f("ck_application_channel_known"),
        f"channel IN ({CHANNELS}, 'renewal')",
        f"channel IN ({CHANNELS})",
    )
