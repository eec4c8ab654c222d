"""Notices of providers, acts of families on their way, and how far each guardian has read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Id, Moment


class Notice(Base):
    """
    A notice, once by its key, of a provider or ("") the town; `content` is sealed. Sixty days.

    `household_id` is the household that it is for, or one guardian: a guardian's own request is
    shown to no other.
    """

    __tablename__ = "notice"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class NewsRead(Base):
    """
    Moment up to which a guardian has read its news.

    Per guardian, not per notice: no guardian learns what the other has read.
    """

    __tablename__ = "news_read"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)


class FamilyOrder(Base):
    """
    An order whose provider was unavailable, stored until the provider publishes its outcome.

    The outcome is news to the guardian who ordered it, and to no other.
    """

    __tablename__ = "family_act"

    act_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, index=True)
    provider: Mapped[str] = mapped_column(Code)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the method, the child, and what the page needs to say it again."""
    asked_at: Mapped[datetime] = mapped_column(Moment)
    outcome_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: the code ("done", or a refusal's) and the provider's answer."""
