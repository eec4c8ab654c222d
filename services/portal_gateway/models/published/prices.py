"""Prices as their providers publish them; without personal data, hence in the clear."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Moment


class PublishedTariff(Base):
    """
    One tariff with all its grids, past ones included, as last received.

    `content` is JSON of the Tariff of shared/contracts/enrolment/tariffs.py; null: withdrawn.
    """

    __tablename__ = "published_tariff"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    tariff: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)


class PublishedResidences(Base):
    """Residence class of each commune at a provider, as last received; JSON."""

    __tablename__ = "published_residences"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)
