"""Figures of quarters as this provider published them for the council."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Id, Moment


class PublishedFigures(Base):
    """
    The figures of one quarter as they were last published: `content` is that of the contract.

    What was hidden is nowhere in it.
    """

    __tablename__ = "published_figures"

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[str] = mapped_column(Id)
