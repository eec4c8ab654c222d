"""Bills: invoices and credit notes with their lines, never changed; and what was said of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code, Month
from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE, KINDS
from shared.contracts.enrolment.tariffs import TAX_CATEGORIES
from shared.database import Day, Id, Moment, append_only, one_of

_CORRECTS = "of_invoice_id IS NOT NULL"


class Invoice(Base):
    """
    An issued bill, never changed: `kind` invoice or credit_note (with a negative total).

    `number` is the numeric payload (fiscal year, régie in 3 digits, sequence in 7), which PayFiP
    and the public accountant read; people read `2026-ENS-000123`. `key` is what pays it without an
    account. `payer` is the address block as it stood at issue. `run_id` is NULL for what no
    run made. Its lines are of `month` and of earlier months. `reason` is why a credit note was made
    by hand; an invoice that has one has no line: it asks for an advance that was refunded
    (ASKS_BACK).
    """

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("kind", KINDS),
        UniqueConstraint("number"),
        UniqueConstraint("regie", "fiscal_year", "sequence"),
        CheckConstraint(f"(kind = '{CREDIT_NOTE}') = (of_invoice_id IS NOT NULL)", name="corrects"),
        CheckConstraint(f"kind = '{INVOICE}' OR total_cents < 0", name="credit_is_negative"),
        CheckConstraint(f"kind = '{CREDIT_NOTE}' OR total_cents >= 0", name="invoice_is_positive"),
        Index("ix_invoice_household", "household_id", "issued_on"),
        Index("ix_invoice_due_on", "due_on", "id"),
        Index("ix_invoice_month", "regie", "month", "household_id", "kind", "total_cents"),
        Index("ix_invoice_of", "of_invoice_id"),
        Index(
            "uq_invoice_of_a_run",
            "run_id",
            "household_id",
            unique=True,
            sqlite_where=text(f"kind = '{INVOICE}'"),
            postgresql_where=text(f"kind = '{INVOICE}'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    number: Mapped[str] = mapped_column(String(14))
    fiscal_year: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    household_id: Mapped[str] = mapped_column(Id)
    month: Mapped[str] = mapped_column(Month)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("billing_run.id"))
    of_invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_on: Mapped[date] = mapped_column(Day)
    due_on: Mapped[date] = mapped_column(Day)
    total_cents: Mapped[int] = mapped_column(Cents)
    key: Mapped[str] = mapped_column(String(8))
    payer: Mapped[list] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(200), default="")


ASKS_BACK = and_(Invoice.kind == INVOICE, Invoice.reason != "")
"""The condition of an invoice that earns nothing: it asks for what was paid out and is not due."""


class InvoiceLine(Base):
    """
    One line: so many units of one part of one price. `cents` is what this payer owes of it.

    `unit_cents` × `quantity`, times `share_bp` / 10 000, rounded after the parts of other payers
    (`share_after_bp`) so that all add up. `days` are the days of `month`
    that it counts. `price` is what makes two lines alike (pricing/rules/month_lines.py). A line of
    a credit note names the line that it takes back (`of_invoice_id`, `of_seq`), and has a negative
    `quantity` and negative `cents`: what a line still holds is the sum of both.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        one_of("tax", TAX_CATEGORIES),
        ForeignKeyConstraint(
            ["of_invoice_id", "of_seq"],
            ["invoice_line.invoice_id", "invoice_line.seq"],
            name="fk_invoice_line_of",
        ),
        Index("ix_invoice_line_month", "household_id", "regie", "month"),
        Index(
            "ix_invoice_line_of",
            "of_invoice_id",
            "of_seq",
            sqlite_where=text(_CORRECTS),
            postgresql_where=text(_CORRECTS),
        ),
    )

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    child_id: Mapped[str | None] = mapped_column(Id)
    child: Mapped[str] = mapped_column(String(80))
    activity: Mapped[str] = mapped_column(Code)
    tariff: Mapped[str] = mapped_column(Code)
    label: Mapped[str] = mapped_column(String(120))
    part: Mapped[str] = mapped_column(String(60))
    month: Mapped[str] = mapped_column(Month)
    days: Mapped[list] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    unit_cents: Mapped[int] = mapped_column(Cents)
    share_bp: Mapped[int]
    share_after_bp: Mapped[int]
    cents: Mapped[int] = mapped_column(Cents)
    tax: Mapped[str] = mapped_column(String(10))
    budget: Mapped[str] = mapped_column(String(30))
    price: Mapped[str] = mapped_column(String(64))
    reason: Mapped[dict] = mapped_column(JSON)
    of_invoice_id: Mapped[str | None] = mapped_column(Id)
    of_seq: Mapped[int | None]


class Dispute(Base):
    """A line that a family reports as wrong, until the régie decides. Codes, no text."""

    __tablename__ = "dispute"
    __table_args__ = (Index("ix_dispute_open", "resolved_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), index=True)
    seq: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20))
    reported_by: Mapped[str] = mapped_column(Id)
    reported_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[str | None] = mapped_column(Id)


class Reminder(Base):
    """A household was reminded of a bill."""

    __tablename__ = "reminder"

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reminded_at: Mapped[datetime] = mapped_column(Moment)
    reminded_by: Mapped[str] = mapped_column(Id)


class Document(Base):
    """A document as it was made once: the same bytes each time it is asked for."""

    __tablename__ = "document"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    reference: Mapped[str] = mapped_column(Id, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)


class TaxCertificate(Base):
    """
    Payments of a household in a calendar year for a child's care (art. 200 quater B CGI).

    `voucher_cents` came by CESU or chèques-vacances besides, and is not in `cents`: an employer may
    have financed it. Never changed: a later correction is a new version, and only when an agent
    issues it.
    """

    __tablename__ = "tax_certificate"
    __table_args__ = (UniqueConstraint("provider", "household_id", "child_id", "year", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    child_id: Mapped[str] = mapped_column(Id)
    child: Mapped[str] = mapped_column(String(170))
    payer: Mapped[list] = mapped_column(JSON)
    year: Mapped[int]
    version: Mapped[int] = mapped_column(BigInteger)
    cents: Mapped[int] = mapped_column(Cents)
    voucher_cents: Mapped[int] = mapped_column(Cents)
    issued_at: Mapped[datetime] = mapped_column(Moment)


class CardVersion(Base):
    """
    Last published version of a household's card at a provider; writers of the card lock this row.
    """

    __tablename__ = "card_version"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))


for _table in (Invoice, InvoiceLine, Reminder, Document, TaxCertificate):
    append_only(_table.__table__)  # type: ignore[arg-type]
