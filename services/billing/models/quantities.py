"""
Quantities as providers publish them: every version of a sheet or place, without a price.

Days are calendar days in France, moments aware UTC.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Code, Month
from shared.contracts.enrolment.attendance import OUTCOMES
from shared.database import Day, Id, Moment, append_only, one_of


class QuantitySheet(Base):
    """
    The attendance of one group on one day, in one version, as its provider published it.

    The greatest version counts; earlier ones stay, since the difference between two of them is a
    later adjustment. `late` says that marks came after the group was closed.
    """

    __tablename__ = "quantity_sheet"
    __table_args__ = (Index("ix_quantity_sheet_day", "provider", "day"),)

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    activity: Mapped[str] = mapped_column(String(40))
    group_id: Mapped[str] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)
    late: Mapped[bool]
    planned_minutes: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)


class Quantity(Base):
    """
    One child in one version of a sheet: what came of its day, how much of it counts, and for whom.

    `household_id` is the household whose day it was: it alone owes for it. `quantity` counts units
    of the provider's own grid; 0 is what counts for nothing.
    """

    __tablename__ = "quantity"
    __table_args__ = (
        ForeignKeyConstraint(
            ["provider", "session_id", "version"],
            ["quantity_sheet.provider", "quantity_sheet.session_id", "quantity_sheet.version"],
            name="fk_quantity_sheet",
        ),
        one_of("outcome", OUTCOMES),
        CheckConstraint("quantity >= 0", name="quantity_counted"),
        Index("ix_quantity_household", "household_id"),
    )

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id)
    outcome: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    minutes: Mapped[int | None]
    variant: Mapped[str] = mapped_column(Code, default="")


class CountedSheet(Base):
    """Version of a sheet that counts: the greatest. Concurrent writers lock this row."""

    __tablename__ = "counted_sheet"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class Counted(Base):
    """
    Lines of each sheet's greatest version, where a régie collects for them.

    Made from the above, and made anew whenever a sheet has a new version, so that a run reads a
    household's month by one index.
    """

    __tablename__ = "counted"
    __table_args__ = (
        Index("ix_counted_household", "household_id", "regie", "month"),
        Index("ix_counted_child", "child_id", "provider", "month"),
    )

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    month: Mapped[str] = mapped_column(Month)
    day: Mapped[date] = mapped_column(Day)
    activity: Mapped[str] = mapped_column(Code)
    outcome: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    minutes: Mapped[int | None]
    planned_minutes: Mapped[int]
    variant: Mapped[str] = mapped_column(Code)


class StoredPlace(Base):
    """
    A place as its provider last published it; units by the month, term or year count it.

    `touched_to` is the last month that was put down to be billed for it: each new month follows.
    """

    __tablename__ = "held_place"
    __table_args__ = (
        Index("ix_held_place_household", "household_id", "regie"),
        Index("ix_held_place_child", "child_id", "provider"),
        Index("ix_held_place_touched", "touched_to"),
    )

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    place_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    regie: Mapped[str] = mapped_column(Code)
    household_id: Mapped[str] = mapped_column(Id)
    child_id: Mapped[str] = mapped_column(Id)
    activity: Mapped[str] = mapped_column(Code)
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    cancelled: Mapped[bool]
    touched_to: Mapped[str] = mapped_column(Month)


class ToBill(Base):
    """
    A household's month that has something to be priced, or priced again.

    `touched` grows with whatever changes it (a late sheet, a quotient, a move, shares); a run
    deletes the row of the `touched` that it priced, and a change meanwhile stays for the next run.
    """

    __tablename__ = "to_bill"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    regie: Mapped[str] = mapped_column(Code, primary_key=True)
    month: Mapped[str] = mapped_column(Month, primary_key=True)
    touched: Mapped[int] = mapped_column(BigInteger)


append_only(QuantitySheet.__table__)  # type: ignore[arg-type]
append_only(Quantity.__table__)  # type: ignore[arg-type]
