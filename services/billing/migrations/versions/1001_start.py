"""
The tables of 0.2.0, the first form that later ones upgrade from (docs/decisions/0058-one-start.md).

Lengths are held by checks that `shared.database.tables.types` adds to every table, here too.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.tables import types

revision = "1001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("caller", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column(
            "answer", sa.Text(), nullable=False, comment="JSON: ids and versions only; one day"
        ),
        sa.Column("answered_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_answered")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_answered_at"), ["answered_at"], unique=False)

    op.create_table(
        "billing_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=True),
        sa.Column("issued_by", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "state IN ('drafting', 'drafted', 'issuing', 'issued')",
            name=op.f("ck_billing_run_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_run")),
        sa.UniqueConstraint("regie", "month", name=op.f("uq_billing_run_regie_month")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("billing_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_billing_run_state"), ["state"], unique=False)

    op.create_table(
        "card_version",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "provider", name=op.f("pk_card_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "closed_day",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("cash_cents", sa.BigInteger(), nullable=False),
        sa.Column("counted_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.String(length=36), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_day")),
        sa.UniqueConstraint("regie", "day", name=op.f("uq_closed_day_regie_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "counted",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("provider", "session_id", "child_id", name=op.f("pk_counted")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("counted", schema=None) as batch_op:
        batch_op.create_index("ix_counted_child", ["provider", "child_id", "month"], unique=False)
        batch_op.create_index(
            "ix_counted_household", ["household_id", "regie", "month"], unique=False
        )

    op.create_table(
        "counted_sheet",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "session_id", name=op.f("pk_counted_sheet")),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("collect_on", sa.Date(), nullable=False),
        sa.Column("ordered_at", types.Moment(), nullable=False),
        sa.Column("ordered_by", sa.String(length=36), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'collected')", name=op.f("ck_debit_run_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debit_run")),
        sa.UniqueConstraint(
            "regie", "fiscal_year", "sequence", name=op.f("uq_debit_run_regie_fiscal_year_sequence")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "debtor",
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("regie", "household_id", name=op.f("pk_debtor")),
        sa.UniqueConstraint("regie", "reference", name=op.f("uq_debtor_regie_reference")),
        sqlite_strict=True,
    )
    op.create_table(
        "debtor_name",
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("civility", sa.String(length=10), nullable=False),
        sa.Column("first_name", sa.String(length=38), nullable=False),
        sa.Column("last_name", sa.String(length=38), nullable=False),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.Column("written_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "civility IN ('madam', 'sir')", name=op.f("ck_debtor_name_civility_known")
        ),
        sa.PrimaryKeyConstraint("regie", "household_id", "name", name=op.f("pk_debtor_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "deposit_slip",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_slip")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("deposit_slip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deposit_slip_regie"), ["regie"], unique=False)

    op.create_table(
        "document",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_document")),
        sqlite_strict=True,
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'payment', 'credit_used', 'credit_freed', 'suspense_assigned', 'reversal', 'reinstated', 'refund', 'transfer', 'given_up')",
            name=op.f("ck_entry_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("source", name=op.f("uq_entry_source")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index("ix_entry_day", ["regie", "day"], unique=False)

    op.create_table(
        "file_hold",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_file_hold")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund_refusal",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("refused_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_fund_refusal")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund_request",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("under_way", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("again_at", types.Moment(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("fund_proof", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('caf', 'msa', 'municipal', 'tax')", name=op.f("ck_fund_request_kind_known")
        ),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_fund_request_counted")),
        sa.CheckConstraint(
            "(cents IS NULL) = (kind IS NULL) AND (cents IS NULL) = (valid_from IS NULL)",
            name=op.f("ck_fund_request_whole_or_nothing"),
        ),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_fund_request")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("fund_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_request_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "grid_replay",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("grid", sa.JSON(), nullable=False),
        sa.Column("first", sa.String(length=7), nullable=False),
        sa.Column("last", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("after", sa.String(length=36), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("issued_cents", sa.BigInteger(), nullable=False),
        sa.Column("reckoned_cents", sa.BigInteger(), nullable=False),
        sa.Column("new_cents", sa.BigInteger(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('working', 'done')", name=op.f("ck_grid_replay_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_replay")),
        sa.UniqueConstraint("provider", "tariff", name=op.f("uq_grid_replay_provider_tariff")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("grid_replay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grid_replay_state"), ["state"], unique=False)

    op.create_table(
        "held_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_held_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("held_household", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_held_household_household_id"), ["household_id"], unique=False
        )

    op.create_table(
        "held_place",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("touched_to", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("provider", "place_id", name=op.f("pk_held_place")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("held_place", schema=None) as batch_op:
        batch_op.create_index("ix_held_place_child", ["provider", "child_id"], unique=False)
        batch_op.create_index("ix_held_place_household", ["household_id", "regie"], unique=False)
        batch_op.create_index("ix_held_place_touched", ["touched_to"], unique=False)

    op.create_table(
        "household",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=250), nullable=False),
        sa.Column("sought", sa.String(length=250), nullable=False),
        sa.Column("protected", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_sought"), ["sought"], unique=False)

    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.String(length=80), nullable=False, comment="message id as its sender gave it"
        ),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        comment="what was handled; unique, so that a second delivery has no effect; 30 days",
        sqlite_strict=True,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_received_at"), ["received_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("until", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("overdue_days", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("ordered_at", types.Moment(), nullable=False),
        sa.Column("ordered_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "state IN ('handing_over', 'handed_over')", name=op.f("ck_lot_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint(
            "regie", "fiscal_year", "sequence", name=op.f("uq_lot_regie_fiscal_year_sequence")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index(
            "uq_lot_leaving",
            ["regie"],
            unique=True,
            sqlite_where=sa.text("state = 'handing_over'"),
            postgresql_where=sa.text("state = 'handing_over'"),
        )

    op.create_table(
        "mandate",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("rum", sa.String(length=35), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("given_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("batch", sa.String(length=60), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('recurrent', 'one_off')", name=op.f("ck_mandate_kind_known")),
        sa.CheckConstraint(
            "state IN ('active', 'ending', 'withdrawn', 'suspended')",
            name=op.f("ck_mandate_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("regie", "rum", name=op.f("uq_mandate_regie_rum")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.create_index("ix_mandate_batch", ["batch"], unique=False)
        batch_op.create_index("ix_mandate_household", ["household_id", "regie"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "series IN ('bill', 'receipt', 'slip', 'lot', 'debtor', 'mandate', 'debit')",
            name=op.f("ck_number_series_series_known"),
        ),
        sa.CheckConstraint(
            "last >= 0 AND last <= 9999999", name=op.f("ck_number_series_last_counted")
        ),
        sa.PrimaryKeyConstraint("regie", "fiscal_year", "series", name=op.f("pk_number_series")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.String(length=36),
            nullable=False,
            comment="message id, the same at every attempt",
        ),
        sa.Column(
            "key",
            sa.String(length=200),
            nullable=False,
            comment="routing key on the service's exchange",
        ),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "body", sa.LargeBinary(), nullable=False, comment="JSON; the row goes once confirmed"
        ),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=False),
        sa.Column(
            "trace",
            sa.String(length=36),
            nullable=True,
            comment="id of the click or task that caused it (shared/runtime/trace.py)",
        ),
        sa.Column(
            "lane",
            sa.BigInteger(),
            nullable=False,
            comment="in which its child's events stay in order (shared/contracts/event_lanes.py)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_next_at", ["next_at"], unique=False)

    op.create_table(
        "past_bill",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("brought_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "balance_cents = 0 OR state = 'transferred'", name=op.f("ck_past_bill_owed_at_treasury")
        ),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note')", name=op.f("ck_past_bill_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('paid', 'credited', 'transferred')", name=op.f("ck_past_bill_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_bill")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_past_bill_provider_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("past_bill", schema=None) as batch_op:
        batch_op.create_index("ix_past_bill_batch", ["batch", "household_id"], unique=False)
        batch_op.create_index(
            "ix_past_bill_household", ["household_id", "provider", "issued_on"], unique=False
        )
        batch_op.create_index(
            "ix_past_bill_month",
            ["provider", "month", "household_id", "total_cents"],
            unique=False,
        )

    op.create_table(
        "past_payment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=30), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("brought_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "means IN ('online', 'cheque', 'cash', 'transfer', 'credit', 'treasury', 'debit', 'card', 'cesu', 'e_cesu', 'ancv')",
            name=op.f("ck_past_payment_means_known"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_past_payment_something_came")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_payment")),
        sa.UniqueConstraint(
            "provider", "reference", name=op.f("uq_past_payment_provider_reference")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("past_payment", schema=None) as batch_op:
        batch_op.create_index("ix_past_payment_batch", ["batch", "household_id"], unique=False)
        batch_op.create_index(
            "ix_past_payment_household", ["household_id", "provider", "paid_on"], unique=False
        )

    op.create_table(
        "quantity_sheet",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint(
            "provider", "session_id", "version", name=op.f("pk_quantity_sheet")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quantity_sheet", schema=None) as batch_op:
        batch_op.create_index("ix_quantity_sheet_day", ["provider", "day"], unique=False)

    op.create_table(
        "quotient",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=True),
        sa.Column("fund_proof", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('caf', 'msa', 'municipal', 'tax')", name=op.f("ck_quotient_kind_known")
        ),
        sa.CheckConstraint(
            "source IN ('declared', 'checked', 'corrected', 'imported', 'fetched')",
            name=op.f("ck_quotient_source_known"),
        ),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_quotient_counted")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_quotient_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotient")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quotient", schema=None) as batch_op:
        batch_op.create_index("ix_quotient_household", ["household_id", "valid_from"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_refund_some_money")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_household_id"), ["household_id"], unique=False)

    op.create_table(
        "refund_reversal",
        sa.Column("refund_id", sa.String(length=36), nullable=False),
        sa.Column("because", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "because IN ('bank_rejected', 'taken_by_mistake')",
            name=op.f("ck_refund_reversal_because_known"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_reversal_refund_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refund_reversal")),
        sqlite_strict=True,
    )
    op.create_table(
        "residence_version",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "version", name=op.f("pk_residence_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "returned",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("returned_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned")),
        comment="publications that no binding took: mistakes, counted, without their bodies",
        sqlite_strict=True,
    )
    op.create_table(
        "sent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("sent_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent")),
        comment="ids of events that left the outbox lately, so that a restore can prove each heard",
        sqlite_strict=True,
    )
    with op.batch_alter_table("sent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "share",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("paper", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_share_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("share", schema=None) as batch_op:
        batch_op.create_index(
            "ix_share_child", ["provider", "child_id", "valid_from"], unique=False
        )

    op.create_table(
        "subject",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("not_before", types.Moment(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("anew_from", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
        sqlite_strict=True,
    )
    op.create_table(
        "tariff_version",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "tariff", "version", name=op.f("pk_tariff_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "tax_certificate",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("child", sa.String(length=170), nullable=False),
        sa.Column("payer", sa.JSON(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("voucher_cents", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_certificate")),
        sa.UniqueConstraint(
            "provider",
            "household_id",
            "child_id",
            "year",
            "version",
            name=op.f("uq_tax_certificate_provider_household_id_child_id_year_version"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "to_bill",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "regie", "month", name=op.f("pk_to_bill")),
        sqlite_strict=True,
    )
    op.create_table(
        "treasury_return",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.Column("read_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_return")),
        sqlite_strict=True,
    )
    op.create_table(
        "address",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("street", sa.String(length=160), nullable=False),
        sa.Column("postcode", sa.String(length=10), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("commune", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_address_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "valid_from", name=op.f("pk_address")),
        sqlite_strict=True,
    )
    op.create_table(
        "household_child",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sought", sa.String(length=250), server_default="", nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("same_as", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_household_child_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "child_id", name=op.f("pk_household_child")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("household_child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_child_child_id"), ["child_id"], unique=False)

    op.create_table(
        "deceased_payer",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_deceased_payer_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "subject", name=op.f("pk_deceased_payer")),
        sqlite_strict=True,
    )

    op.create_table(
        "household_guardian",
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_household_guardian_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "subject", name=op.f("pk_household_guardian")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("household_guardian", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_household_guardian_subject"), ["subject"], unique=False
        )

    op.create_table(
        "invoice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=14), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("of_invoice_id", sa.String(length=36), nullable=True),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("payer", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (of_invoice_id IS NOT NULL)", name=op.f("ck_invoice_corrects")
        ),
        sa.CheckConstraint(
            "kind = 'credit_note' OR total_cents >= 0", name=op.f("ck_invoice_invoice_is_positive")
        ),
        sa.CheckConstraint(
            "kind = 'invoice' OR total_cents < 0", name=op.f("ck_invoice_credit_is_negative")
        ),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["of_invoice_id"], ["invoice.id"], name=op.f("fk_invoice_of_invoice_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["billing_run.id"], name=op.f("fk_invoice_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint(
            "regie", "fiscal_year", "sequence", name=op.f("uq_invoice_regie_fiscal_year_sequence")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_due_on"), ["due_on"], unique=False)
        batch_op.create_index("ix_invoice_household", ["household_id", "issued_on"], unique=False)
        batch_op.create_index(
            "ix_invoice_month",
            ["regie", "month", "household_id", "kind", "total_cents"],
            unique=False,
        )
        batch_op.create_index("ix_invoice_of", ["of_invoice_id"], unique=False)
        batch_op.create_index(
            "uq_invoice_of_a_run",
            ["run_id", "household_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'invoice'"),
            postgresql_where=sa.text("kind = 'invoice'"),
        )

    op.create_table(
        "posting",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("invoice_id", sa.String(length=36), nullable=True),
        sa.Column("payment_id", sa.String(length=36), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account NOT IN ('advance', 'reclaim') OR household_id IS NOT NULL",
            name=op.f("ck_posting_account_of_a_household"),
        ),
        sa.CheckConstraint(
            "account <> 'receivable' OR (invoice_id IS NOT NULL AND household_id IS NOT NULL)",
            name=op.f("ck_posting_receivable_of_a_bill"),
        ),
        sa.CheckConstraint("cents <> 0", name=op.f("ck_posting_moves_something")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entry.id"],
            name=op.f("fk_posting_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry_id", "seq", name=op.f("pk_posting")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(
            "ix_posting_advance",
            ["regie", "household_id"],
            unique=False,
            sqlite_where=sa.text("account = 'advance'"),
            postgresql_where=sa.text("account = 'advance'"),
        )
        batch_op.create_index("ix_posting_household", ["household_id", "account"], unique=False)
        batch_op.create_index("ix_posting_invoice", ["invoice_id"], unique=False)
        batch_op.create_index("ix_posting_payment", ["payment_id"], unique=False)

    op.create_table(
        "quantity",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('present', 'unexpected', 'absent', 'excused', 'cancelled_late')",
            name=op.f("ck_quantity_outcome_known"),
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_quantity_quantity_counted")),
        sa.ForeignKeyConstraint(
            ["provider", "session_id", "version"],
            ["quantity_sheet.provider", "quantity_sheet.session_id", "quantity_sheet.version"],
            name="fk_quantity_sheet",
        ),
        sa.PrimaryKeyConstraint(
            "provider", "session_id", "version", "child_id", name=op.f("pk_quantity")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("quantity", schema=None) as batch_op:
        batch_op.create_index("ix_quantity_household", ["household_id"], unique=False)

    op.create_table(
        "returned_row",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("return_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debt", sa.String(length=20), nullable=False),
        sa.Column("titre", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('done', 'known', 'unknown', 'odd')",
            name=op.f("ck_returned_row_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["treasury_return.id"], name=op.f("fk_returned_row_return_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_row")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("returned_row", schema=None) as batch_op:
        batch_op.create_index("ix_returned_row_open", ["outcome", "seen_at"], unique=False)
        batch_op.create_index("ix_returned_row_return", ["return_id", "place"], unique=False)
        batch_op.create_index(
            "uq_returned_row_done",
            ["regie", "key"],
            unique=True,
            sqlite_where=sa.text("outcome = 'done'"),
            postgresql_where=sa.text("outcome = 'done'"),
        )

    op.create_table(
        "run_household",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("last_month_cents", sa.BigInteger(), nullable=False),
        sa.Column("anomalies", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'drafted', 'nothing', 'carried', 'issued', 'failed', 'changed')",
            name=op.f("ck_run_household_state_known"),
        ),
        sa.CheckConstraint("step BETWEEN 0 AND 2", name=op.f("ck_run_household_step_known")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["billing_run.id"], name=op.f("fk_run_household_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "household_id", name=op.f("pk_run_household")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("run_household", schema=None) as batch_op:
        batch_op.create_index("ix_run_household_state", ["run_id", "state"], unique=False)
        batch_op.create_index("ix_run_household_step", ["run_id", "step", "position"], unique=False)

    op.create_table(
        "share_part",
        sa.Column("share_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name=op.f("ck_share_part_a_part")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_part_share_id")),
        sa.PrimaryKeyConstraint("share_id", "household_id", name=op.f("pk_share_part")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("share_part", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_share_part_household_id"), ["household_id"], unique=False
        )

    op.create_table(
        "subject_right",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=130), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day; null: open"),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["subject.subject"],
            name=op.f("fk_subject_right_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "subject", "role", "place", "valid_from", name=op.f("pk_subject_right")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("reported_by", sa.String(length=36), nullable=False),
        sa.Column("reported_at", types.Moment(), nullable=False),
        sa.Column("resolved_at", types.Moment(), nullable=True),
        sa.Column("resolved_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_dispute_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index("ix_dispute_open", ["resolved_at"], unique=False)

    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("child_id", sa.String(length=36), nullable=True),
        sa.Column("child", sa.String(length=80), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("share_after_bp", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.String(length=10), nullable=False),
        sa.Column("budget", sa.String(length=30), nullable=False),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("of_invoice_id", sa.String(length=36), nullable=True),
        sa.Column("of_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "tax IN ('childcare', 'food', 'other')", name=op.f("ck_invoice_line_tax_known")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["of_invoice_id", "of_seq"],
            ["invoice_line.invoice_id", "invoice_line.seq"],
            name="fk_invoice_line_of",
        ),
        sa.PrimaryKeyConstraint("invoice_id", "seq", name=op.f("pk_invoice_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invoice_line_month", ["household_id", "regie", "month"], unique=False
        )
        batch_op.create_index(
            "ix_invoice_line_of",
            ["of_invoice_id", "of_seq"],
            unique=False,
            sqlite_where=sa.text("of_invoice_id IS NOT NULL"),
            postgresql_where=sa.text("of_invoice_id IS NOT NULL"),
        )

    op.create_table(
        "lot_piece",
        sa.Column("lot_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("debtor", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("titre", sa.String(length=30), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'gone', 'left_out', 'rejected')",
            name=op.f("ck_lot_piece_state_known"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_lot_piece_some_money")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_lot_piece_invoice_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_piece_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "position", name=op.f("pk_lot_piece")),
        sa.UniqueConstraint("lot_id", "invoice_id", name=op.f("uq_lot_piece_lot_id_invoice_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot_piece", schema=None) as batch_op:
        batch_op.create_index("ix_lot_piece_invoice", ["invoice_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("invoice_id", sa.String(length=36), nullable=True),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("came_by", sa.String(length=10), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("booked_at", types.Moment(), nullable=True),
        sa.Column("payer", sa.String(length=250), nullable=False),
        sa.Column("cheque", sa.String(length=30), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=False),
        sa.Column("receipt", sa.String(length=30), nullable=False),
        sa.Column("taken_by", sa.String(length=36), nullable=True),
        sa.Column("slip_id", sa.String(length=36), nullable=True),
        sa.Column("reversed_because", sa.String(length=20), nullable=False),
        sa.Column("reversed_by", sa.String(length=36), nullable=True),
        sa.Column("reversed_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "means IN ('online', 'cheque', 'cash', 'transfer', 'credit', 'treasury', 'debit', 'card', 'cesu', 'e_cesu', 'ancv')",
            name=op.f("ck_payment_means_known"),
        ),
        sa.CheckConstraint(
            "state IN ('initiated', 'pending', 'paid', 'refused', 'cancelled', 'expired', 'reversed', 'discrepant')",
            name=op.f("ck_payment_state_known"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payment_some_money")),
        sa.CheckConstraint(
            "reversed_because IN ('', 'bank_rejected', 'taken_by_mistake')",
            name=op.f("ck_payment_reversed_because_known"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id")),
        sa.ForeignKeyConstraint(["slip_id"], ["deposit_slip.id"], name=op.f("fk_payment_slip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment_day", ["regie", "received_on"], unique=False)
        batch_op.create_index("ix_payment_household", ["household_id", "created_at"], unique=False)
        batch_op.create_index("ix_payment_invoice", ["invoice_id"], unique=False)
        batch_op.create_index("ix_payment_slip", ["slip_id"], unique=False)
        batch_op.create_index(
            "uq_payment_one_debit",
            ["invoice_id"],
            unique=True,
            sqlite_where=sa.text("means = 'debit' AND state = 'pending'"),
            postgresql_where=sa.text("means = 'debit' AND state = 'pending'"),
        )
        batch_op.create_index(
            "uq_payment_one_open",
            ["invoice_id"],
            unique=True,
            sqlite_where=sa.text("means = 'online' AND state IN ('initiated', 'pending')"),
            postgresql_where=sa.text("means = 'online' AND state IN ('initiated', 'pending')"),
        )

    op.create_table(
        "payment_plan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_parts", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("asked_at", types.Moment(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("part_announced_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'granted', 'refused', 'lapsed', 'stopped', 'replaced')",
            name=op.f("ck_payment_plan_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('asked', 'refused') OR asked_parts > 0",
            name=op.f("ck_payment_plan_was_asked"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment_plan", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_plan_household", ["household_id", "provider"], unique=False
        )
        batch_op.create_index("ix_payment_plan_state", ["provider", "state"], unique=False)

    op.create_table(
        "payment_plan_bill",
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("charged_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_plan_bill_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plan.id"], name=op.f("fk_payment_plan_bill_plan_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "invoice_id", name=op.f("pk_payment_plan_bill")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment_plan_bill", schema=None) as batch_op:
        batch_op.create_index("ix_payment_plan_bill_invoice", ["invoice_id"], unique=False)

    op.create_table(
        "withdrawn_reversal",
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("because", sa.String(length=20), nullable=False),
        sa.Column("reversed_by", sa.String(length=36), nullable=True),
        sa.Column("reversed_at", types.Moment(), nullable=True),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "because IN ('bank_rejected', 'taken_by_mistake')",
            name=op.f("ck_withdrawn_reversal_because_known"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_withdrawn_reversal_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", "turn", name=op.f("pk_withdrawn_reversal")),
        sqlite_strict=True,
    )
    op.create_table(
        "payment_title",
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payment_title_some_money")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_title_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", "seq", name=op.f("pk_payment_title")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payment_title", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_title_number"), ["number"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reminded_at", types.Moment(), nullable=False),
        sa.Column("reminded_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_reminder_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "level", name=op.f("pk_reminder")),
        sqlite_strict=True,
    )
    op.create_table(
        "debit",
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("mandate_id", sa.String(length=36), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "sequence IN ('FRST', 'RCUR', 'OOFF', 'FNAL')", name=op.f("ck_debit_sequence_known")
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_debit_some_money")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_debit_invoice_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_debit_mandate_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_debit_payment_id")),
        sa.ForeignKeyConstraint(["run_id"], ["debit_run.id"], name=op.f("fk_debit_run_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_debit")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("debit", schema=None) as batch_op:
        batch_op.create_index("ix_debit_mandate", ["mandate_id"], unique=False)
        batch_op.create_index("ix_debit_run", ["run_id"], unique=False)

    op.create_table(
        "online_payment",
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("idop", sa.String(length=80), nullable=True),
        sa.Column("numcli", sa.String(length=6), nullable=False),
        sa.Column("exer", sa.String(length=4), nullable=False),
        sa.Column("refdet", sa.String(length=30), nullable=False),
        sa.Column("saisie", sa.String(length=1), nullable=False),
        sa.Column("email", sa.String(length=80), nullable=False),
        sa.Column("started_by", sa.String(length=36), nullable=True),
        sa.Column("sent_at", types.Moment(), nullable=True),
        sa.Column("next_check_at", types.Moment(), nullable=True),
        sa.Column("checks", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("authorisation", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_online_payment_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_online_payment")),
        sa.UniqueConstraint("idop", name=op.f("uq_online_payment_idop")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("online_payment", schema=None) as batch_op:
        batch_op.create_index("ix_online_payment_due", ["next_check_at"], unique=False)

    op.create_table(
        "email_reach",
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_email_reach")),
        sqlite_strict=True,
    )
    op.create_table(
        "paper_choice",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("provider", "household_id", name=op.f("pk_paper_choice")),
        sqlite_strict=True,
    )
    op.create_table(
        "print_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("printed_at", types.Moment(), nullable=False),
        sa.Column("printed_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("print_run", schema=None) as batch_op:
        batch_op.create_index("ix_print_run_provider", ["provider", "printed_at"], unique=False)

    op.create_table(
        "print_part",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_print_part_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_print_part")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("print_part", schema=None) as batch_op:
        batch_op.create_index("ix_print_part_wanted", ["wanted", "run_id"], unique=False)

    op.create_table(
        "printed_piece",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=36), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("by_hand", sa.String(length=12), nullable=False),
        sa.Column("by_name", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'reminder', 'certificate')",
            name=op.f("ck_printed_piece_kind_known"),
        ),
        sa.CheckConstraint(
            "by_hand IN ('', 'protected', 'no_address')",
            name=op.f("ck_printed_piece_by_hand_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'reminder') = (level > 0)", name=op.f("ck_printed_piece_nth_reminder")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_printed_piece_run_id")),
        sa.PrimaryKeyConstraint("kind", "reference", "level", name=op.f("pk_printed_piece")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("printed_piece", schema=None) as batch_op:
        batch_op.create_index("ix_printed_piece_run", ["run_id", "position"], unique=False)

    op.create_table(
        "card_version_sum",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("card_version_sum", schema=None) as batch_op:
        batch_op.create_index("ix_card_version_sum", ["provider", "bucket"], unique=False)

    op.create_table(
        "compared",
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("bucket", sa.String(length=2), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.Column("mine", sa.String(length=16), nullable=False),
        sa.Column("theirs", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("event", "source", "bucket", name=op.f("pk_compared")),
        comment="what the sums of both sides said of a bucket when its facts were found equal",
        sqlite_strict=True,
    )
    op.create_table(
        "counted_sheet_sum",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        sa.Column("touched", sa.BigInteger(), nullable=False, comment="changes that no event made"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("counted_sheet_sum", schema=None) as batch_op:
        batch_op.create_index("ix_counted_sheet_sum", ["provider", "bucket"], unique=False)

    op.create_table(
        "email_reach_sum",
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        sa.Column("touched", sa.BigInteger(), nullable=False, comment="changes that no event made"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("email_reach_sum", schema=None) as batch_op:
        batch_op.create_index("ix_email_reach_sum", ["bucket"], unique=False)

    op.create_table(
        "held_place_sum",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        sa.Column("touched", sa.BigInteger(), nullable=False, comment="changes that no event made"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("held_place_sum", schema=None) as batch_op:
        batch_op.create_index("ix_held_place_sum", ["provider", "activity", "bucket"], unique=False)

    op.create_table(
        "household_sum",
        sa.Column("bucket", sa.String(length=2), nullable=False, comment="end of the subject's id"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="sum of the rows' numbers"),
        sa.Column("touched", sa.BigInteger(), nullable=False, comment="changes that no event made"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("household_sum", schema=None) as batch_op:
        batch_op.create_index("ix_household_sum", ["bucket"], unique=False)

    op.create_table(
        "taking_in",
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("events", name=op.f("pk_taking_in")),
        comment="one row while a transaction handles events, and none that is ever committed",
        sqlite_strict=True,
    )
    op.create_index(
        "ix_card_version_bucket",
        "card_version",
        ["provider", sa.text("substr(household_id, 35, 2)"), "household_id"],
        unique=False,
    )
    op.create_index(
        "ix_counted_sheet_bucket",
        "counted_sheet",
        ["provider", sa.text("substr(session_id, 35, 2)"), "session_id"],
        unique=False,
    )
    op.create_index(
        "ix_email_reach_bucket",
        "email_reach",
        [sa.text("substr(subject, 35, 2)"), "subject"],
        unique=False,
    )
    op.create_index(
        "ix_held_place_bucket",
        "held_place",
        ["provider", sa.text("substr(place_id, 35, 2)"), "place_id"],
        unique=False,
    )
    op.create_index(
        "ix_household_bucket", "household", [sa.text("substr(id, 35, 2)"), "id"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
