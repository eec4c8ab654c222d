"""Closures of sessions by the provider, and the bookings that one put aside until it is lifted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id, Moment

OUTING = "outing"
"""Reason of a closure that closes bookings of a class alone: its sessions take place without it."""


class Closure(Base):
    """
    Sessions cancelled in one act: days, both included, and hours ("HH:MM" in Paris, "" without).

    An outing is one too, of the bookings of a class; it cancels no session.

    `lifted_at` and `lifted_by` are set once, by who took it back; the row stays as the trace.
    """

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period_in_order"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
        Index("ix_closure_last_day", "last_day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    starts: Mapped[str] = mapped_column(String(5), default="")
    ends: Mapped[str] = mapped_column(String(5), default="")
    reason: Mapped[str] = mapped_column(String(20))
    school_class: Mapped[str] = mapped_column(String(170), default="", comment="of an outing")
    declared_by: Mapped[str] = mapped_column(Id)
    declared_at: Mapped[datetime] = mapped_column(Moment)
    lifted_by: Mapped[str | None] = mapped_column(Id)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)


class ClosedSession(Base):
    """A session of a closure, cancelled but by an outing; several closures may keep the same."""

    __tablename__ = "closed_session"
    __table_args__ = (Index("ix_closed_session_session", "session_id"),)

    closure_id: Mapped[str] = mapped_column(
        ForeignKey("closure.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[str] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )


class ClosedBooking(Base):
    """
    A booking as it was before a closure, with the moment at which that closed it.

    A booking that was changed after `closed_at` is no longer the closure's to restore.
    """

    __tablename__ = "closed_booking"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    closure_id: Mapped[str] = mapped_column(
        ForeignKey("closure.id", ondelete="CASCADE"), index=True
    )
    closed_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    changed_by: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime] = mapped_column(Moment)
