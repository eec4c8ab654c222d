"""Direct debit: what families allow a régie to take, and what is taken by it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.debits import MANDATE_KINDS, MANDATE_STATES, RUN_STATES, SEQUENCES
from shared.database import Day, Id, Moment, one_of


class Mandate(Base):
    """
    A signed SEPA mandate: a régie may debit an account. `rum` names it, unique at the régie.

    `account` is holder, IBAN and BIC, sealed; `last4` the only figures of the IBAN that are shown.
    Nothing but its state and use ever changes. `batch` is that of the import it came with, or "".
    """

    __tablename__ = "mandate"
    __table_args__ = (
        one_of("kind", MANDATE_KINDS),
        one_of("state", MANDATE_STATES),
        UniqueConstraint("regie", "rum"),
        Index("ix_mandate_household", "household_id", "regie"),
        Index("ix_mandate_batch", "batch"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    rum: Mapped[str] = mapped_column(String(35))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    account: Mapped[bytes] = mapped_column(LargeBinary)
    last4: Mapped[str] = mapped_column(String(4))
    signed_on: Mapped[date] = mapped_column(Day)
    given_by: Mapped[str] = mapped_column(Id)
    given_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    used_on: Mapped[date | None] = mapped_column(Day)
    batch: Mapped[str] = mapped_column(String(60), default="", server_default="")


class DebitRun(Base):
    """Debits of one day, handed to the bank in one file (pain.008), which is kept sealed."""

    __tablename__ = "debit_run"
    __table_args__ = (
        one_of("state", RUN_STATES),
        UniqueConstraint("regie", "fiscal_year", "sequence"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    fiscal_year: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    collect_on: Mapped[date] = mapped_column(Day)
    ordered_at: Mapped[datetime] = mapped_column(Moment)
    ordered_by: Mapped[str] = mapped_column(Id)
    file: Mapped[bytes] = mapped_column(LargeBinary)


class Debit(Base):
    """One bill of a run: its payment, by which mandate, in which place of the mandate's use."""

    __tablename__ = "debit"
    __table_args__ = (
        one_of("sequence", SEQUENCES),
        CheckConstraint("cents > 0", name="some_money"),
        Index("ix_debit_run", "run_id"),
        Index("ix_debit_mandate", "mandate_id"),
    )

    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("debit_run.id"))
    mandate_id: Mapped[str] = mapped_column(ForeignKey("mandate.id"))
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"))
    cents: Mapped[int] = mapped_column(Cents)
    sequence: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str] = mapped_column(String(10), default="")
