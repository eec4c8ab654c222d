"""Billing runs: one per régie and month, each household's part of it on its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code, Month
from shared.contracts.billing.regie.runs import HOUSEHOLD_STATES, RUN_STATES
from shared.database import Id, Moment, one_of

FAILED = "failed"
COUNTED = ("drafted", "issued")
"""Households of which something is issued; what is carried forward is in no total."""


class BillingRun(Base):
    """
    The billing of one régie's month. `issued_at` is fixed when issuing begins: it dates all bills.

    `reason` is why it went on although something stood on the closing page. From `seed`, which
    nobody is shown, the keys of its bills follow: done again after a crash they are the same.
    """

    __tablename__ = "billing_run"
    __table_args__ = (UniqueConstraint("regie", "month"), one_of("state", RUN_STATES))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    month: Mapped[str] = mapped_column(Month)
    state: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    seed: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[str] = mapped_column(Id)
    issued_at: Mapped[datetime | None] = mapped_column(Moment)
    issued_by: Mapped[str | None] = mapped_column(Id)


TO_DRAFT, DRAFT, DECIDED = 0, 1, 2
"""Steps of a household in a run: nothing is known yet; priced; issued, or left out of it."""


class RunHousehold(Base):
    """
    One household's part of a run. `position` fixes the order in which numbers are given.

    `step` is how far it is: the worker goes on with the first that is behind the run's own state.

    `digest` identifies the lines of the draft: what is issued is what was shown, or it is
    `changed`. `error` is one of RUN_ERRORS, "" where it did not fail.
    """

    __tablename__ = "run_household"
    __table_args__ = (
        one_of("state", HOUSEHOLD_STATES),
        CheckConstraint("step BETWEEN 0 AND 2", name="step_known"),
        Index("ix_run_household_step", "run_id", "step", "position"),
        Index("ix_run_household_state", "run_id", "state"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("billing_run.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int]
    step: Mapped[int] = mapped_column(default=TO_DRAFT)
    state: Mapped[str] = mapped_column(String(10))
    total_cents: Mapped[int] = mapped_column(Cents, default=0)
    last_month_cents: Mapped[int] = mapped_column(Cents, default=0)
    anomalies: Mapped[list] = mapped_column(JSON, default=list)
    digest: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(String(60), default="")
    invoice_id: Mapped[str | None] = mapped_column(Id)
