"""
Conversations as received: cards of threads with their readers, bulletins, absences of providers.

Texts are never stored: a page fetches them from the provider.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from services.portal_gateway.models.cards import Code
from shared.database import Day, Id, Moment


class ThreadCard(Base):
    """One thread as last received; the row outlives its readers, for its version."""

    __tablename__ = "thread_card"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    thread_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed: subject, children, dates")
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)


class ThreadReader(Base):
    """A reader of a thread with the number of unread messages; replaced with the card."""

    __tablename__ = "thread_reader"
    __table_args__ = (
        ForeignKeyConstraint(
            ["provider", "thread_id"],
            ["thread_card.provider", "thread_card.thread_id"],
            ondelete="CASCADE",
        ),
    )

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    thread_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    unread: Mapped[int] = mapped_column(BigInteger)


class BulletinCard(Base):
    """One bulletin to many families: one row for all its readers. Sixty days."""

    __tablename__ = "bulletin_card"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    target: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[str | None] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed: title, moment")
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)


class BulletinRead(Base):
    """Number of the last bulletin of a provider that a guardian has read; it only grows."""

    __tablename__ = "bulletin_read"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class AwayCard(Base):
    """Days on which a provider does not answer; without personal data, hence in the clear."""

    __tablename__ = "away_card"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text, comment="JSON: days and sentences")
