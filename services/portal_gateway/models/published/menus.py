"""Menus as their providers publish them; without personal data, hence in the clear."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Day, Id


class PublishedMenu(Base):
    """The menu of a day at a site, as last received; deleted with its week."""

    __tablename__ = "published_menu"
    __table_args__ = (Index("ix_published_menu_day", "day"),)

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    menu_id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(String(120))
    day: Mapped[date] = mapped_column(Day)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text, comment="JSON: dishes with their allergens")
