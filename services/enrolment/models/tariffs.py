"""The provider's own tariffs, how children come to its places, and what was told of places."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id


class Tariff(Base):
    """
    What an activity costs: its grids, past ones included, as shared/contracts/enrolment/tariffs.py
    has them.

    `content` is NULL once the tariff was withdrawn; the row stays, with its version. `version`
    counts what was told to billing, `told` is its digest, "" before anything was.
    """

    __tablename__ = "tariff"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    told: Mapped[str] = mapped_column(String(64), default="")


class ResidenceClasses(Base):
    """Which communes pay which prices, dated: the one table of this provider, versioned whole."""

    __tablename__ = "residence_classes"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[dict] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    told: Mapped[str] = mapped_column(String(64), default="")


class PlaceVariant(Base):
    """
    How a child comes to its place from a day on: "" as usual, or a code such as own_meal.

    Never why. Without a row it comes as usual.
    """

    __tablename__ = "place_variant"

    place_id: Mapped[str] = mapped_column(
        ForeignKey("place.id", ondelete="CASCADE"), primary_key=True
    )
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    variant: Mapped[str] = mapped_column(String(40))


class PlaceVersion(Base):
    """
    What billing was told of a place last; it outlives a place that never began. Version 0: nothing.

    The household that a place was told with first stays its household.
    """

    __tablename__ = "place_version"

    place_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict] = mapped_column(JSON)
