"""Versions that open pages compare, and guardians' e-mail notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment
from shared.live.change_counts import ChangeColumns


class Change(ChangeColumns, Base):
    """Number of changes of one kind for one household, or one person."""

    __tablename__ = "live_change"


class Guardianship(Base):
    """Households of a guardian, from its card: the addressees of a household's news."""

    __tablename__ = "guardianship"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)


class MailNotice(Base):
    """
    One category of e-mail notices to one guardian: wanted or not, when next, when last.

    `last_at` is when the latest unseen item arrived, `due_at` when to write about it.
    """

    __tablename__ = "mail_notice"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    wanted: Mapped[bool]
    last_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    written_at: Mapped[datetime | None] = mapped_column(Moment)
