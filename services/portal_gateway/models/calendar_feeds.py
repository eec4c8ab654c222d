"""Calendar feeds: under which secret address a guardian's days may be read without signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment


class CalendarFeed(Base):
    """
    The one feed of a guardian, under a digest of the secret in its address.

    A copy of this table reads no feed: the secret is kept nowhere.
    """

    __tablename__ = "calendar_feed"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    """Moment at which a program last read it, to the hour."""
