"""Payments, online and at the counter, and the counter's days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.bills import (
    INITIATED,
    MEANS,
    ONLINE,
    PAID,
    PAYMENT_STATES,
    PENDING,
    REVERSAL_REASONS,
)
from shared.database import Day, Id, Moment, append_only, one_of

_DEBITED = "means = 'debit' AND state = 'pending'"
_WITHOUT_SLIP = "slip_id IS NULL"
_OPEN = "means = 'online' AND state IN ('initiated', 'pending')"
_OPEN_ADVANCE = f"{_OPEN} AND invoice_id IS NULL"

OPEN = (INITIATED, PENDING)


class Payment(Base):
    """
    Money that comes, or is on its way. Its effect is in the ledger alone, by one entry.

    `household_id` and `invoice_id` are NULL while the debtor is not known (suspense). An open
    online payment is the only one of its bill, or of its household's advance at a régie: a double
    click, two tabs and two parents meet here.
    `receipt` is its number in the régie's series of receipts, "" before it has come. `came_by` is
    of a credit that a cheque or any other payment of several bills has just brought: its means.
    `reversed_because` says why a payment was taken back, and is "" of any other.
    """

    __tablename__ = "payment"
    __table_args__ = (
        one_of("means", MEANS),
        one_of("state", PAYMENT_STATES),
        one_of("reversed_because", ("", *REVERSAL_REASONS)),
        CheckConstraint("cents > 0", name="some_money"),
        Index("ix_payment_household", "household_id", "created_at"),
        Index("ix_payment_day", "regie", "received_on"),
        Index("ix_payment_listed", "provider", "received_on", "id"),
        Index("ix_payment_invoice", "invoice_id"),
        Index("ix_payment_slip", "slip_id"),
        Index(
            "ix_payment_waiting",
            "regie",
            "means",
            "id",
            sqlite_where=text(_WITHOUT_SLIP),
            postgresql_where=text(_WITHOUT_SLIP),
        ),
        Index(
            "uq_payment_one_open",
            "invoice_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index(
            "uq_payment_one_open_advance",
            "regie",
            "household_id",
            unique=True,
            sqlite_where=text(_OPEN_ADVANCE),
            postgresql_where=text(_OPEN_ADVANCE),
        ),
        Index(
            "uq_payment_one_debit",
            "invoice_id",
            unique=True,
            sqlite_where=text(_DEBITED),
            postgresql_where=text(_DEBITED),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str | None] = mapped_column(Id)
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"))
    means: Mapped[str] = mapped_column(String(10))
    came_by: Mapped[str] = mapped_column(String(10), default="")
    cents: Mapped[int] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(Moment)
    received_on: Mapped[date] = mapped_column(Day)
    booked_at: Mapped[datetime | None] = mapped_column(Moment)
    payer: Mapped[str] = mapped_column(String(250), default="")
    cheque: Mapped[str] = mapped_column(String(30), default="")
    bank: Mapped[str] = mapped_column(String(60), default="")
    receipt: Mapped[str] = mapped_column(String(30), default="")
    taken_by: Mapped[str | None] = mapped_column(Id)
    slip_id: Mapped[str | None] = mapped_column(ForeignKey("deposit_slip.id"))
    reversed_because: Mapped[str] = mapped_column(String(20), default="")
    reversed_by: Mapped[str | None] = mapped_column(Id)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)


class WithdrawnReversal(Base):
    """
    A reversal that was noted at a wrong payment, and was undone: by whom, and what it had been.

    Never changed; `turn` counts the reversals of one payment, from 1.
    """

    __tablename__ = "withdrawn_reversal"
    __table_args__ = (one_of("because", REVERSAL_REASONS),)

    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    because: Mapped[str] = mapped_column(String(20))
    reversed_by: Mapped[str | None] = mapped_column(Id)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)


class PaymentTitle(Base):
    """A title of a voucher by which a payment came, with its number and value; never changed."""

    __tablename__ = "payment_title"
    __table_args__ = (CheckConstraint("cents > 0", name="some_money"),)

    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(30), index=True)
    cents: Mapped[int] = mapped_column(Cents)


class OnlinePayment(Base):
    """
    PayFiP operation of an online payment: the order sent, and the result received.

    Stored before the payer is sent to PayFiP. `idop` is PayFiP's operation, NULL until it answered.
    `result` is `resultrans` as received (P, V, R, Z, A, or a later code), "" without a result;
    `problem` names where the result differs from the order.
    """

    __tablename__ = "online_payment"
    __table_args__ = (Index("ix_online_payment_due", "next_check_at"),)

    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    idop: Mapped[str | None] = mapped_column(String(80), unique=True)
    numcli: Mapped[str] = mapped_column(String(6))
    exer: Mapped[str] = mapped_column(String(4))
    refdet: Mapped[str] = mapped_column(String(30))
    saisie: Mapped[str] = mapped_column(String(1))
    email: Mapped[str] = mapped_column(String(80))
    started_by: Mapped[str | None] = mapped_column(Id)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    next_check_at: Mapped[datetime | None] = mapped_column(Moment)
    checks: Mapped[int] = mapped_column(BigInteger, default=0)
    result: Mapped[str] = mapped_column(String(10), default="")
    authorisation: Mapped[str] = mapped_column(String(40), default="")
    problem: Mapped[str] = mapped_column(String(40), default="")


class DepositSlip(Base):
    """
    Cheques, or cash, brought to the bank or the public accountant; titles sent to who issued them.
    """

    __tablename__ = "deposit_slip"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    regie: Mapped[str] = mapped_column(Code, index=True)
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(30))
    day: Mapped[date] = mapped_column(Day)
    count: Mapped[int]
    cents: Mapped[int] = mapped_column(Cents)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)


class ClosedDay(Base):
    """A day of the counter that is closed, with what was counted; it cannot be opened again."""

    __tablename__ = "closed_day"
    __table_args__ = (UniqueConstraint("regie", "day"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    regie: Mapped[str] = mapped_column(Code)
    day: Mapped[date] = mapped_column(Day)
    totals: Mapped[dict] = mapped_column(JSON)
    cash_cents: Mapped[int] = mapped_column(Cents)
    counted_cents: Mapped[int] = mapped_column(Cents)
    closed_by: Mapped[str] = mapped_column(Id)
    closed_at: Mapped[datetime] = mapped_column(Moment)


class Refund(Base):
    """
    A credit that was paid back by transfer; `paper` is what ordered it.

    Never changed: a RefundReversal says that it was taken back.
    """

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("cents > 0", name="some_money"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id, index=True)
    cents: Mapped[int] = mapped_column(Cents)
    paper: Mapped[str] = mapped_column(String(120))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)


class RefundReversal(Base):
    """A refund that was noted by mistake, or that came back, taken back with its reason."""

    __tablename__ = "refund_reversal"
    __table_args__ = (one_of("because", REVERSAL_REASONS),)

    refund_id: Mapped[str] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    because: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)


append_only(Refund.__table__)  # type: ignore[arg-type]
append_only(RefundReversal.__table__)  # type: ignore[arg-type]
append_only(WithdrawnReversal.__table__)  # type: ignore[arg-type]
append_only(PaymentTitle.__table__)  # type: ignore[arg-type]
append_only(DepositSlip.__table__)  # type: ignore[arg-type]
append_only(ClosedDay.__table__)  # type: ignore[arg-type]

WAITING = (Payment.state == PAID, Payment.slip_id.is_(None))
"""Conditions of paper that no slip names yet, beside its means."""

__all__ = [
    "ONLINE",
    "OPEN",
    "WAITING",
    "ClosedDay",
    "DepositSlip",
    "OnlinePayment",
    "Payment",
    "PaymentTitle",
    "Refund",
    "RefundReversal",
    "WithdrawnReversal",
]
