"""The staff of a day at a site, and how each activity is declared to the State's youth service."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id, one_of

QUALIFIED, IN_TRAINING, UNQUALIFIED = "qualified", "in_training", "unqualified"
QUALIFICATIONS = (QUALIFIED, IN_TRAINING, UNQUALIFIED)


class StaffShift(Base):
    """
    Hours of a person at a site on a day, as planned; `starts` and `ends` are "HH:MM" in Paris.

    `person` is the name that distinguishes (staff/rules/staff_names.py): nobody is twice anywhere
    at one hour. Writers of a day lock its name. `directs`: counts up to a number of children alone.
    """

    __tablename__ = "staff_shift"
    __table_args__ = (
        one_of("qualification", QUALIFICATIONS),
        CheckConstraint("ends > starts", name="hours_in_order"),
        Index("ix_staff_shift_day", "day", "site"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(Day)
    site: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(80))
    person: Mapped[str] = mapped_column(String(160))
    qualification: Mapped[str] = mapped_column(String(12))
    directs: Mapped[bool] = mapped_column(Boolean, default=False)
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))


class ReceptionTerms(Base):
    """
    Declaration of an activity of the register to the State's youth service; without a row, as its
    regime usually is. `with_pedt`: within an educational project of the territory.
    """

    __tablename__ = "reception_terms"
    __table_args__ = (CheckConstraint("declared OR NOT with_pedt", name="pedt_is_declared"),)

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    declared: Mapped[bool] = mapped_column(Boolean)
    with_pedt: Mapped[bool] = mapped_column(Boolean)
