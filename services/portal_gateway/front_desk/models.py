"""
Tables of the front desk: agents, sessions, schools, barriers, breaches, approvals, figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Moment, declarative_base_for
from shared.person import subject_tables
from shared.town.schools.replica import school_table
from shared.web.agents.session_tables import desk_tables

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("front_desk")

Subject, SubjectRight = subject_tables(Base)
PublishedSchool = school_table(Base)
DeskSession, DeskDoor = desk_tables(Base)


class Barrier(Base):
    """
    Barrier that somebody reported at the portal, until a year later at most.

    `content` is sealed: page, text and contact. `answered_at` null: nobody has seen to it yet.
    """

    __tablename__ = "barrier"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    reported_at: Mapped[datetime] = mapped_column(Moment, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str | None] = mapped_column(String(36))


class Breach(Base):
    """
    A breach of data in the record of article 33: open, then notified to the CNIL or not, then
    closed.

    `content` is sealed: whose data, from when to when, what the officer wrote, what was measured.
    """

    __tablename__ = "breach"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str] = mapped_column(String(36))
    notified_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(String(36))


class AskedApproval(Base):
    """
    Widening of the town file that was asked of the data protection office, until it is signed.

    `content` is sealed: what exactly is asked, and each decision on it. `digest` finds it again.
    """

    __tablename__ = "asked_approval"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ProviderFigures(Base):
    """Figures of a quarter as a provider, the principal `source`, published them: sums alone."""

    __tablename__ = "provider_figures"

    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)


def approval_binding(request_id: str) -> str:
    """Return the place to which a request for approval is bound."""
    return f"approval:{request_id}"


def breach_binding(breach_id: str) -> str:
    """Return the place to which what is known of a breach is bound."""
    return f"breach:{breach_id}"


def barrier_binding(barrier_id: str) -> str:
    """Return the place to which what was reported is bound."""
    return f"barrier:{barrier_id}"
