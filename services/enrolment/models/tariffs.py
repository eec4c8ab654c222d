"""The provider's tariffs, attendance modes at its places, and published versions of places."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id


class Tariff(Base):
    """
    Price of an activity: its grids, past ones included, as shared/contracts/enrolment/tariffs.py
    has them.

    `content` is NULL once the tariff was withdrawn; the row stays, with its version. `version`
    counts publications to billing, `published_digest` is "" before the first.
    """

    __tablename__ = "tariff"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    published_digest: Mapped[str] = mapped_column(String(64), default="")


class ResidenceClasses(Base):
    """Residence classes of communes, dated: the one table of this provider, versioned whole."""

    __tablename__ = "residence_classes"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[dict] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    published_digest: Mapped[str] = mapped_column(String(64), default="")


class PlaceVariant(Base):
    """
    Attendance mode of a child at its place from a day on: "" as usual, or a code such as own_meal.
    """

    __tablename__ = "place_variant"

    place_id: Mapped[str] = mapped_column(
        ForeignKey("place.id", ondelete="CASCADE"), primary_key=True
    )
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    variant: Mapped[str] = mapped_column(String(40))


class PlaceVersion(Base):
    """
    Last published version of a place; each has one. Version 0: none, and it waits for a household.

    Once published it outlives a place that never began. The first published household of a place
    stays its household. `content` is empty once the place is kept no longer.
    """

    __tablename__ = "place_version"
    __table_args__ = (
        Index(
            "ix_place_version_pending",
            "place_id",
            sqlite_where=text("version = 0"),
            postgresql_where=text("version = 0"),
        ),
    )

    place_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    activity: Mapped[str] = mapped_column(String(40), comment="a code; '' before the first version")
    content: Mapped[dict] = mapped_column(JSON)
