"""Hand-overs with another service, this provider's side of them, and their ticks (rule R12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.dossier.sharing.handovers_between_services import ACTS, SIDES
from shared.database import Day, Id, Moment, one_of


class Handover(Base):
    """
    A declared hand-over, as the dossier sent it; `other` is the code of the other service.

    `weekdays` are digits, 1 Monday to 7; `at` is HH:MM in France.
    """

    __tablename__ = "handover"
    __table_args__ = (one_of("side", SIDES),)

    handover_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    side: Mapped[str] = mapped_column(String(10))
    other: Mapped[str] = mapped_column(String(40))
    weekdays: Mapped[str] = mapped_column(String(7))
    at: Mapped[str] = mapped_column(String(5))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    ended: Mapped[bool] = mapped_column(Boolean)


class HandoverMark(Base):
    """
    One tick of one day, stored once under the id of its device, like a mark of the roll call.

    `side` is this provider's, or that of the other service. `made_at` is the moment of the press,
    `received_at` when this provider received it. Ticks of the other service have no author:
    `subject` is NULL.
    """

    __tablename__ = "handover_mark"
    __table_args__ = (
        one_of("side", SIDES),
        one_of("act", ACTS),
        Index("ix_handover_mark_day", "handover_id", "day"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    handover_id: Mapped[str] = mapped_column(ForeignKey("handover.handover_id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Day)
    side: Mapped[str] = mapped_column(String(10))
    act: Mapped[str] = mapped_column(String(10))
    after: Mapped[list] = mapped_column(JSON, default=list)
    made_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    subject: Mapped[str | None] = mapped_column(Id)
