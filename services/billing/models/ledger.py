"""
The ledger: double entry, append-only, in integer cents; and the counters of gapless numbers.

The database refuses a change, a deletion, a TRUNCATE, an entry whose postings do not add up to
zero, and a posting to an entry that is written already (`balanced` in
shared/database/trigger_guards.py).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.database import Day, Id, Moment, append_only, balanced_postings, one_of

RECEIVABLE, ADVANCE, SUSPENSE = "receivable", "advance", "suspense"
RECLAIM = "reclaim"
"""
Accounts of what households owe (by bill), have too much, came without a known debtor, or was
refunded of a payment taken back, until the bill that asks for it is written: at once.

The other accounts are "revenue:<budget code>", "cash:<means>" and "given_up", what the public
accountant declared no longer owed.
"""

TREASURY, GIVEN_UP = "treasury", "given_up"
"""Accounts of debts handed over to the public accountant, and of those given up."""

CLAIMS = (RECEIVABLE, TREASURY)
"""Accounts of a household's debt, here or there: handed over, it moves from one to the other."""

REVERSAL = "reversal"
"""The kind of an entry that takes a payment back, or a refund."""

REINSTATED = "reinstated"
"""The kind of an entry that undoes a reversal: the bank had rejected nothing of that payment."""

OF_THE_PAYMENTS_DAY = (REVERSAL, REINSTATED)
"""Entries that say of an earlier payment whether it ever came: for the tax they have its day."""

ENTRY_KINDS = (
    "invoice",
    "credit_note",
    "payment",
    "credit_used",  # a credit pays a bill
    "credit_freed",  # a credit note frees what was paid for it
    "suspense_assigned",
    REVERSAL,
    REINSTATED,
    "refund",
    "transfer",  # to the Treasury, or back from there
    "given_up",  # by the Treasury
)

CHARGES = ("invoice", "credit_note", "given_up")
"""The entries that say how much a bill is; all others on its claims say what came for it."""


class Entry(Base):
    """
    One event in money. `source` names it, unique: received twice, it is one entry.

    `day` is the day in France under which it is booked.
    """

    __tablename__ = "entry"
    __table_args__ = (
        one_of("kind", ENTRY_KINDS),
        Index("ix_entry_day", "regie", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    regie: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(80), unique=True)
    day: Mapped[date] = mapped_column(Day)
    at: Mapped[datetime] = mapped_column(Moment)


class Posting(Base):
    """
    One side of an entry: debit positive, credit negative. Σ of an entry's postings is zero.

    A bill's balance is the sum of its postings to RECEIVABLE, a household's credit the negative sum
    of its postings to ADVANCE. The foreign key is deferred: postings are written first, the entry
    closes them.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("cents <> 0", name="moves_something"),
        CheckConstraint(
            "account <> 'receivable' OR (invoice_id IS NOT NULL AND household_id IS NOT NULL)",
            name="receivable_of_a_bill",
        ),
        CheckConstraint(
            "account NOT IN ('advance', 'reclaim') OR household_id IS NOT NULL",
            name="account_of_a_household",
        ),
        Index("ix_posting_invoice", "invoice_id"),
        Index("ix_posting_household", "household_id", "account"),
        Index("ix_posting_payment", "payment_id"),
        Index(
            "ix_posting_advance",
            "regie",
            "household_id",
            sqlite_where=text("account = 'advance'"),
            postgresql_where=text("account = 'advance'"),
        ),
    )

    entry_id: Mapped[str] = mapped_column(
        ForeignKey("entry.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    regie: Mapped[str] = mapped_column(Code)
    account: Mapped[str] = mapped_column(String(60))
    household_id: Mapped[str | None] = mapped_column(Id)
    invoice_id: Mapped[str | None] = mapped_column(Id)
    payment_id: Mapped[str | None] = mapped_column(Id)
    cents: Mapped[int] = mapped_column(Cents)


BILLS, RECEIPTS, SLIPS, LOTS, DEBTORS = "bill", "receipt", "slip", "lot", "debtor"
MANDATES, DEBITS = "mandate", "debit"
SERIES = (BILLS, RECEIPTS, SLIPS, LOTS, DEBTORS, MANDATES, DEBITS)
"""Invoices and credit notes share one series; all else has its own."""

EVER = 0
"""
The fiscal year of series that never begin anew, those of debtors and mandates, and of the row that
locks a régie's counter.
"""


class NumberSeries(Base):
    """The last number given in a régie's series of a fiscal year; who takes one locks the row."""

    __tablename__ = "number_series"
    __table_args__ = (
        one_of("series", SERIES),
        CheckConstraint("last >= 0 AND last <= 9999999", name="last_counted"),
    )

    regie: Mapped[str] = mapped_column(Code, primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


append_only(Entry.__table__)  # type: ignore[arg-type]
append_only(Posting.__table__)  # type: ignore[arg-type]
balanced_postings(Entry.__table__, Posting.__table__, amount="cents")  # type: ignore[arg-type]
