"""Dated accesses of grandparents, neighbours, social workers to a child's week."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.families.trusted_person_accesses import STATES
from shared.database import Day, Id, Moment, one_of


class CarerAccess(Base):
    """
    One guardian lets one person see a child's week in the guardian's own home, within two days.

    `content` is sealed with the child's key: the name and, until identity has found whose it is,
    the address. `subject` is whose account, `holder_home` a household of that account's own, in
    which nobody else lives: by it the days reach its pages. `turns_on` is the next day on which it
    begins, or no longer holds.
    """

    __tablename__ = "carer_access"
    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("valid_to >= valid_from", name="period_in_order"),
        CheckConstraint(
            "state NOT IN ('offered', 'accepted') OR subject IS NOT NULL", name="offered_to_whom"
        ),
        CheckConstraint("state <> 'accepted' OR holder_home IS NOT NULL", name="home_of_holder"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_whom"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    granted_by: Mapped[str] = mapped_column(Id)
    granted_at: Mapped[datetime] = mapped_column(Moment)
    home: Mapped[str] = mapped_column(Id)
    subject: Mapped[str | None] = mapped_column(Id, index=True)
    holder_home: Mapped[str | None] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    says_absent: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date] = mapped_column(Day)
    turns_on: Mapped[date | None] = mapped_column(Day, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(Id)
