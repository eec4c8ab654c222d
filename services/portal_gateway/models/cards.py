"""
Cards of families and published offers as received: whole states, by version.

Only ids are in the clear; every `content` of a family is sealed, so that a copy of the database
shows neither a name nor where a child is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment

Code = String(40)


class GuardianCard(Base):
    """The dossier's card of one guardian: households, and the children under its authority."""

    __tablename__ = "guardian_card"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FamilyCard(Base):
    """One provider's card of one household: places, applications, fourteen days."""

    __tablename__ = "family_card"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Activity(Base):
    """One activity as its provider publishes it; without personal data, hence not sealed."""

    __tablename__ = "activity"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str | None] = mapped_column(Text)
    """JSON; null: no longer offered, kept for its version."""


class UnavailableProvider(Base):
    """A provider that did not answer lately: pages then date its part."""

    __tablename__ = "silent_provider"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    noticed_at: Mapped[datetime] = mapped_column(Moment)
