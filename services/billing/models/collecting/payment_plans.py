"""Payment plans: bills that are paid in several parts, as asked for and granted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.payment_plans import PLAN_STATES
from shared.database import Day, Id, Moment, one_of


class PaymentPlan(Base):
    """
    A plan for some bills of a household at one régie, asked for, granted or both.

    `parts` are the agreed ones as [day, cents], and empty before; what is left of them follows from
    the ledger (ledger/queries/payment_plans.py). Nothing but its state and the answer ever changes,
    and the day of the part that was announced last.
    """

    __tablename__ = "payment_plan"
    __table_args__ = (
        one_of("state", PLAN_STATES),
        CheckConstraint("state NOT IN ('asked', 'refused') OR asked_parts > 0", name="was_asked"),
        Index("ix_payment_plan_household", "household_id", "provider"),
        Index("ix_payment_plan_state", "provider", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))
    asked_parts: Mapped[int]
    asked_by: Mapped[str | None] = mapped_column(Id)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    parts: Mapped[list] = mapped_column(JSON)
    answer: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    part_announced_on: Mapped[date | None] = mapped_column(Day)


class PaymentPlanBill(Base):
    """A bill of a plan; `charged_cents` is what it came to, less credit notes, on that day."""

    __tablename__ = "payment_plan_bill"
    __table_args__ = (Index("ix_payment_plan_bill_invoice", "invoice_id"),)

    plan_id: Mapped[str] = mapped_column(ForeignKey("payment_plan.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    charged_cents: Mapped[int] = mapped_column(Cents)
