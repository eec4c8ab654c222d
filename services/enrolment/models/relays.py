"""Hand-overs with another service, this provider's side of them, and what was ticked (rule R12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.relays import ACTS, SIDES
from shared.database import Day, Id, Moment, one_of


class Relay(Base):
    """
    What the dossier said of one hand-over; `other` is the code of the service beside this one.

    `weekdays` are digits, 1 Monday to 7; `at` is HH:MM in France.
    """

    __tablename__ = "relay"
    __table_args__ = (one_of("side", SIDES),)

    relay_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    side: Mapped[str] = mapped_column(String(10))
    other: Mapped[str] = mapped_column(String(40))
    weekdays: Mapped[str] = mapped_column(String(7))
    at: Mapped[str] = mapped_column(String(5))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    ended: Mapped[bool] = mapped_column(Boolean)


class RelayMark(Base):
    """Something ticked on one day, here or at the service beside; the first time counts."""

    __tablename__ = "relay_mark"
    __table_args__ = (one_of("act", ACTS),)

    relay_id: Mapped[str] = mapped_column(
        ForeignKey("relay.relay_id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Day, primary_key=True)
    act: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
