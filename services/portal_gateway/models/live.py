"""Versions that open pages compare, and guardians' e-mail notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment
from shared.live.changes import ChangeColumns


class Change(ChangeColumns, Base):
    """How often something of one kind changed for one household, or one person."""

    __tablename__ = "live_change"


class Guardianship(Base):
    """Which households are a guardian's, as its card says: whom to write to when one has news."""

    __tablename__ = "guardianship"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)


class MailNotice(Base):
    """
    One category of e-mail notices to one guardian: wanted or not, when next, when last.

    `last_at` is when the latest thing came that nobody has seen yet, `due_at` when to write of it.
    """

    __tablename__ = "mail_notice"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    wanted: Mapped[bool]
    last_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    written_at: Mapped[datetime | None] = mapped_column(Moment)
