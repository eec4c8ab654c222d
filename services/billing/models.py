"""
What billing keeps: the quantities that providers told, every version of them, without a price.

Days are calendar days in France, moments aware UTC. A child and a household are ids; who they are,
billing does not learn from here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.attendance import OUTCOMES
from shared.database import Day, Id, Moment, append_only, declarative_base_for

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("billing")

_KNOWN = ", ".join(f"'{outcome}'" for outcome in OUTCOMES)


class QuantitySheet(Base):
    """
    The attendance of one group on one day, in one version, as a provider told it.

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
        CheckConstraint(f"outcome IN ({_KNOWN})", name="outcome_known"),
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


append_only(QuantitySheet.__table__)  # type: ignore[arg-type]
append_only(Quantity.__table__)  # type: ignore[arg-type]
