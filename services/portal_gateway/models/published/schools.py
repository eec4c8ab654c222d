"""Schools and motives of waivers as their providers publish them; without personal data."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.town.schools.replica import school_table

PublishedSchool = school_table(Base)


class PublishedMotives(Base):
    """Motives for which a provider takes waivers, as last received; JSON."""

    __tablename__ = "published_motives"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text)
