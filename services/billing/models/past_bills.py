"""Bills and payments of another software: its own numbers, outside of ledger and series."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code, Month
from shared.contracts.billing.bills import KINDS, MEANS
from shared.contracts.billing.past_bills import OVER
from shared.database import Day, Id, Moment, one_of

Number = String(30)
BatchName = String(60)


class PastBill(Base):
    """
    A bill that another software issued, as it said it; a credit note has a negative total.

    Its id follows from provider and number. `balance_cents` is owed at the Treasury: here nothing
    of it is. Not append-only: a batch that comes again corrects what it brought, and can be undone.
    """

    __tablename__ = "past_bill"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("state", OVER),
        UniqueConstraint("provider", "number"),
        CheckConstraint("balance_cents = 0 OR state = 'transferred'", name="owed_at_treasury"),
        Index("ix_past_bill_household", "household_id", "provider", "issued_on"),
        Index("ix_past_bill_batch", "batch", "household_id"),
        Index("ix_past_bill_month", "provider", "month", "household_id", "total_cents"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    batch: Mapped[str] = mapped_column(BatchName)
    provider: Mapped[str] = mapped_column(Code)
    number: Mapped[str] = mapped_column(Number)
    household_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(12))
    month: Mapped[str] = mapped_column(Month)
    issued_on: Mapped[date] = mapped_column(Day)
    due_on: Mapped[date] = mapped_column(Day)
    total_cents: Mapped[int] = mapped_column(Cents)
    balance_cents: Mapped[int] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(String(12))
    lines: Mapped[list] = mapped_column(JSON)
    brought_at: Mapped[datetime] = mapped_column(Moment)


class PastPayment(Base):
    """
    A payment that came to another software; `number` is its bill's there, "" for none.

    Its id follows from provider and reference.
    """

    __tablename__ = "past_payment"
    __table_args__ = (
        one_of("means", MEANS),
        UniqueConstraint("provider", "reference"),
        CheckConstraint("cents > 0", name="something_came"),
        Index("ix_past_payment_household", "household_id", "provider", "paid_on"),
        Index("ix_past_payment_batch", "batch", "household_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    batch: Mapped[str] = mapped_column(BatchName)
    provider: Mapped[str] = mapped_column(Code)
    reference: Mapped[str] = mapped_column(Number)
    household_id: Mapped[str] = mapped_column(Id)
    number: Mapped[str] = mapped_column(Number)
    paid_on: Mapped[date] = mapped_column(Day)
    means: Mapped[str] = mapped_column(String(10))
    cents: Mapped[int] = mapped_column(Cents)
    brought_at: Mapped[datetime] = mapped_column(Moment)
