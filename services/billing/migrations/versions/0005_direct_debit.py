"""Direct debit: mandates, runs, debits."""

import sqlalchemy as sa
from alembic import op

from shared.database import types
from shared.database.migrations import widen_checks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


KNOWN = {
    ("payment", "means"): (
        "'online', 'cheque', 'cash', 'transfer', 'credit', 'treasury'",
        "'debit'",
    ),
    ("number_series", "series"): (
        "'bill', 'receipt', 'slip', 'lot', 'debtor'",
        "'mandate', 'debit'",
    ),
}


def upgrade() -> None:
    widen_checks(KNOWN)
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
        sa.Column("rejects", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('recurrent', 'one_off')", name=op.f("ck_mandate_kind_known")),
        sa.CheckConstraint(
            "state IN ('active', 'ending', 'withdrawn', 'suspended')",
            name=op.f("ck_mandate_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("rum", name=op.f("uq_mandate_rum")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.create_index("ix_mandate_household", ["household_id", "regie"], unique=False)

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

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payment_one_debit",
            ["invoice_id"],
            unique=True,
            sqlite_where=sa.text("means = 'debit' AND state = 'pending'"),
            postgresql_where=sa.text("means = 'debit' AND state = 'pending'"),
        )


def downgrade() -> None:
    widen_checks(KNOWN, back=True)
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_one_debit",
            sqlite_where=sa.text("means = 'debit' AND state = 'pending'"),
            postgresql_where=sa.text("means = 'debit' AND state = 'pending'"),
        )

    with op.batch_alter_table("debit", schema=None) as batch_op:
        batch_op.drop_index("ix_debit_run")
        batch_op.drop_index("ix_debit_mandate")

    op.drop_table("debit")
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.drop_index("ix_mandate_household")

    op.drop_table("mandate")
    op.drop_table("debit_run")
