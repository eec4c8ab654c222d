"""Bills and payments of another software."""

import sqlalchemy as sa
from alembic import op

from shared.database import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
            "means IN ('online', 'cheque', 'cash', 'transfer', 'credit', 'treasury', 'debit')",
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


def downgrade() -> None:
    with op.batch_alter_table("past_payment", schema=None) as batch_op:
        batch_op.drop_index("ix_past_payment_household")
        batch_op.drop_index("ix_past_payment_batch")

    op.drop_table("past_payment")
    with op.batch_alter_table("past_bill", schema=None) as batch_op:
        batch_op.drop_index("ix_past_bill_household")
        batch_op.drop_index("ix_past_bill_batch")

    op.drop_table("past_bill")
