"""Departures of children from the town, said by a guardian before the day or on it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment


class Departure(Base):
    """
    A child leaves the town after `last_day`, as `said_by` of this household said.

    Taken back, the row is deleted. `ended_at` is when the child's links were ended, NULL until
    then: a child that comes back has links again, and the row says nothing any more.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= said_at", name="ended_once_said"),
        Index(
            "ix_departure_not_ended",
            "last_day",
            "child_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, index=True)
    last_day: Mapped[date] = mapped_column(Day)
    said_by: Mapped[str] = mapped_column(Id)
    said_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
