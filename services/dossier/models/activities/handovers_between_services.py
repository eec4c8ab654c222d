"""Handovers of a child between two of its services, as guardians declare them (rule R12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment


class Handover(Base):
    """
    A child handed by one service to another on `weekdays` (digits, 1 Monday to 7), at `at` (HH:MM).

    `ended_at` is NULL while it is active. What happened on a day is not stored here (rule R10).
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("from_provider <> to_provider", name="two_services"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    from_provider: Mapped[str] = mapped_column(String(40))
    to_provider: Mapped[str] = mapped_column(String(40))
    weekdays: Mapped[str] = mapped_column(String(7))
    at: Mapped[str] = mapped_column(String(5))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    version: Mapped[int] = mapped_column(BigInteger)
    given_by: Mapped[str] = mapped_column(Id)
    given_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
