"""Sessions that have food though their provider usually has none, and who is booked there (R3)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id


class FoodEvent(Base):
    """
    One such session, as last announced; the two days are the first and last on which it opens a
    section.

    `turns_on` is the next day on which it begins, or no longer holds; NULL once it is over.
    """

    __tablename__ = "food_occasion"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(BigInteger)
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    turns_on: Mapped[date | None] = mapped_column(Day, index=True)


class FoodEventChild(Base):
    """A child who is booked at it."""

    __tablename__ = "food_occasion_child"

    occasion_id: Mapped[str] = mapped_column(ForeignKey("food_occasion.id"), primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True, index=True)
