"""Dated addresses of households, and the version of each household published to billing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment


class HouseholdAddress(Base):
    """
    The address of a household from a day on, until its next one begins.

    `content` (street, postcode, name of the commune) is sealed with the household's key; `insee`
    is in clear, "" for a commune that the town file does not list. `version` counts corrections of
    this address, which reads so since `changed_at`. `changed_by` is who last wrote it, a guardian's
    id, or IMPORT.
    """

    __tablename__ = "household_address"
    __table_args__ = (CheckConstraint("version >= 1", name="version_counts_from_one"),)

    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    insee: Mapped[str] = mapped_column(String(5))
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(36))


class HouseholdVersion(Base):
    """
    The version of a household last published to billing, and a keyed digest of its content.

    Version 0 is a household about to be published for the first time, in the same transaction. A
    household without a digest is published again, since more is published of it than before.
    """

    __tablename__ = "household_version"
    __table_args__ = (
        Index(
            "ix_household_version_due",
            "household_id",
            sqlite_where=text("digest = ''"),
            postgresql_where=text("digest = ''"),
        ),
    )

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
