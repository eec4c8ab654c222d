"""Tariffs and residence classes as providers announced them: every version, the greatest counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Code
from shared.database import Moment, append_only


class TariffVersion(Base):
    """
    One version of a tariff: `content` is shared/contracts/enrolment/tariffs.py's Tariff, null:
    withdrawn.

    A version stays, since the lines of issued bills were priced with it.
    """

    __tablename__ = "tariff_version"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    tariff: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    received_at: Mapped[datetime] = mapped_column(Moment)


class ResidenceVersion(Base):
    """One version of a provider's residence classes: classes, communes with dates, elsewhere."""

    __tablename__ = "residence_version"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[dict] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(Moment)


append_only(TariffVersion.__table__)  # type: ignore[arg-type]
append_only(ResidenceVersion.__table__)  # type: ignore[arg-type]
