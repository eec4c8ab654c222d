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
    op.create_index("ix_billing_run_state", "billing_run", ["state"])

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
    op.create_index("ix_counted_child", "counted", ["child_id", "provider", "month"])
    op.create_index("ix_counted_household", "counted", ["household_id", "regie", "month"])

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
    op.create_index("ix_deposit_slip_regie", "deposit_slip", ["regie"])

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
    op.create_index("ix_entry_day", "entry", ["regie", "day"])

    op.create_table(
        "file_hold",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
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
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
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
        sa.PrimaryKeyConstraint("household_id", "asked_by", name=op.f("pk_fund_request")),
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
    op.create_index("ix_grid_replay_state", "grid_replay", ["state"])

    op.create_table(
        "held_household",
        sa.Column("child_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("ended_by", sa.String(length=36), nullable=True),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("child_id", "household_id", name=op.f("pk_held_household")),
        sqlite_strict=True,
    )
    op.create_index("ix_held_household_household_id", "held_household", ["household_id"])

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
    op.create_index("ix_held_place_child", "held_place", ["child_id", "provider"])
    op.create_index("ix_held_place_household", "held_place", ["household_id", "regie"])
    op.create_index("ix_held_place_touched", "held_place", ["touched_to"])

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
    op.create_index("ix_household_sought", "household", ["sought"])

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
    op.create_index(
        "uq_lot_leaving",
        "lot",
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
    op.create_index("ix_mandate_batch", "mandate", ["batch"])
    op.create_index("ix_mandate_household", "mandate", ["household_id", "regie"])

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
    op.create_index("ix_past_bill_batch", "past_bill", ["batch", "household_id"])
    op.create_index(
        "ix_past_bill_household", "past_bill", ["household_id", "provider", "issued_on"]
    )
    op.create_index(
        "ix_past_bill_month", "past_bill", ["provider", "month", "household_id", "total_cents"]
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
    op.create_index("ix_past_payment_batch", "past_payment", ["batch", "household_id"])
    op.create_index(
        "ix_past_payment_household", "past_payment", ["household_id", "provider", "paid_on"]
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
    op.create_index("ix_quantity_sheet_day", "quantity_sheet", ["provider", "day"])

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
    op.create_index("ix_quotient_household", "quotient", ["household_id", "valid_from"])

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
    op.create_index("ix_refund_household_id", "refund", ["household_id"])

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
    op.create_index("ix_share_child", "share", ["provider", "child_id", "valid_from"])

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
    start_tables.create_words(
        "household_word", "household_id", "household.id", found_by=["household_id", "word"]
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
    op.create_index("ix_household_child_child_id", "household_child", ["child_id"])

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
    op.create_index("ix_household_guardian_subject", "household_guardian", ["subject"])

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
    op.create_index("ix_invoice_due_on", "invoice", ["due_on", "id"])
    op.create_index("ix_invoice_household", "invoice", ["household_id", "issued_on"])
    op.create_index(
        "ix_invoice_month", "invoice", ["regie", "month", "household_id", "kind", "total_cents"]
    )
    op.create_index("ix_invoice_of", "invoice", ["of_invoice_id"])
    op.create_index(
        "uq_invoice_of_a_run",
        "invoice",
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
    op.create_index(
        "ix_posting_advance",
        "posting",
        ["regie", "household_id"],
        sqlite_where=sa.text("account = 'advance'"),
        postgresql_where=sa.text("account = 'advance'"),
    )
    op.create_index("ix_posting_household", "posting", ["household_id", "account"])
    op.create_index("ix_posting_invoice", "posting", ["invoice_id"])
    op.create_index("ix_posting_payment", "posting", ["payment_id"])

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
    op.create_index("ix_quantity_household", "quantity", ["household_id"])

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
    op.create_index("ix_returned_row_open", "returned_row", ["outcome", "seen_at"])
    op.create_index("ix_returned_row_return", "returned_row", ["return_id", "place"])
    op.create_index(
        "uq_returned_row_done",
        "returned_row",
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
    op.create_index("ix_run_household_state", "run_household", ["run_id", "state"])
    op.create_index("ix_run_household_step", "run_household", ["run_id", "step", "position"])

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
    op.create_index("ix_share_part_household_id", "share_part", ["household_id"])

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
    op.create_index("ix_dispute_invoice_id", "dispute", ["invoice_id"])
    op.create_index("ix_dispute_open", "dispute", ["resolved_at"])

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
    op.create_index("ix_invoice_line_month", "invoice_line", ["household_id", "regie", "month"])
    op.create_index(
        "ix_invoice_line_of",
        "invoice_line",
        ["of_invoice_id", "of_seq"],
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
    op.create_index("ix_lot_piece_invoice", "lot_piece", ["invoice_id"])

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
    op.create_index("ix_payment_day", "payment", ["regie", "received_on"])
    op.create_index("ix_payment_household", "payment", ["household_id", "created_at"])
    op.create_index("ix_payment_invoice", "payment", ["invoice_id"])
    op.create_index("ix_payment_listed", "payment", ["provider", "received_on", "id"])
    op.create_index("ix_payment_slip", "payment", ["slip_id"])
    op.create_index(
        "ix_payment_waiting",
        "payment",
        ["regie", "means", "id"],
        sqlite_where=sa.text("slip_id IS NULL"),
        postgresql_where=sa.text("slip_id IS NULL"),
    )
    op.create_index(
        "uq_payment_one_debit",
        "payment",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("means = 'debit' AND state = 'pending'"),
        postgresql_where=sa.text("means = 'debit' AND state = 'pending'"),
    )
    op.create_index(
        "uq_payment_one_open",
        "payment",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("means = 'online' AND state IN ('initiated', 'pending')"),
        postgresql_where=sa.text("means = 'online' AND state IN ('initiated', 'pending')"),
    )
    op.create_index(
        "uq_payment_one_open_advance",
        "payment",
        ["regie", "household_id"],
        unique=True,
        sqlite_where=sa.text(
            "means = 'online' AND state IN ('initiated', 'pending') AND invoice_id IS NULL"
        ),
        postgresql_where=sa.text(
            "means = 'online' AND state IN ('initiated', 'pending') AND invoice_id IS NULL"
        ),
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
    op.create_index("ix_payment_plan_household", "payment_plan", ["household_id", "provider"])
    op.create_index("ix_payment_plan_state", "payment_plan", ["provider", "state"])

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
    op.create_index("ix_payment_plan_bill_invoice", "payment_plan_bill", ["invoice_id"])

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
    op.create_index("ix_payment_title_number", "payment_title", ["number"])

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
    op.create_index("ix_debit_mandate", "debit", ["mandate_id"])
    op.create_index("ix_debit_run", "debit", ["run_id"])

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
    op.create_index("ix_online_payment_due", "online_payment", ["next_check_at"])

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
    op.create_index("ix_print_run_provider", "print_run", ["provider", "printed_at"])

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
    op.create_index("ix_print_part_wanted", "print_part", ["wanted", "run_id"])

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
    op.create_index("ix_printed_piece_run", "printed_piece", ["run_id", "position"])

    start_tables.create_sums("card_version", by={"provider": 40}, found_by="household_id")

    start_tables.create_sums(
        "counted_sheet", by={"provider": 40}, touched=True, found_by="session_id"
    )

    start_tables.create_sums("email_reach", touched=True, found_by="subject")

    start_tables.create_sums(
        "held_place", by={"provider": 40, "activity": 40}, touched=True, found_by="place_id"
    )

    start_tables.create_sums("household", touched=True, found_by="id")


def downgrade() -> None:
    raise NotImplementedError("nothing was before the first form")
