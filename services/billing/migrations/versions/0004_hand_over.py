"""Lots handed over to the public accountant, and what comes back."""

import sqlalchemy as sa
from alembic import op

from shared.database import types
from shared.database.migrations import widen_checks

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


KNOWN = {
    ("entry", "kind"): (
        "'invoice', 'credit_note', 'payment', 'credit_used', 'credit_freed', 'suspense_assigned', "
        "'reversal', 'refund'",
        "'transfer', 'given_up'",
    ),
    ("payment", "means"): ("'online', 'cheque', 'cash', 'transfer', 'credit'", "'treasury'"),
    ("number_series", "series"): ("'bill', 'receipt', 'slip'", "'lot', 'debtor'"),
}


def upgrade() -> None:
    widen_checks(KNOWN)
    op.create_table(
        "debtor",
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("regie", "household_id", name=op.f("pk_debtor")),
        sa.UniqueConstraint("regie", "reference", name=op.f("uq_debtor_regie_reference")),
        info={"preau_guards": [("append_only", ())]},
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
        "treasury_return",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("regie", sa.String(length=40), nullable=False),
        sa.Column("read_at", types.Moment(), nullable=False),
        sa.Column("read_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_return")),
        info={"preau_guards": [("append_only", ())]},
        sqlite_strict=True,
    )
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


def downgrade() -> None:
    widen_checks(KNOWN, back=True)
    with op.batch_alter_table("lot_piece", schema=None) as batch_op:
        batch_op.drop_index("ix_lot_piece_invoice")

    op.drop_table("lot_piece")
    with op.batch_alter_table("returned_row", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_returned_row_done",
            sqlite_where=sa.text("outcome = 'done'"),
            postgresql_where=sa.text("outcome = 'done'"),
        )
        batch_op.drop_index("ix_returned_row_return")
        batch_op.drop_index("ix_returned_row_open")

    op.drop_table("returned_row")
    op.drop_table("treasury_return")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_lot_leaving",
            sqlite_where=sa.text("state = 'handing_over'"),
            postgresql_where=sa.text("state = 'handing_over'"),
        )

    op.drop_table("lot")
    op.drop_table("debtor")
