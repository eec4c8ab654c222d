"""Families imported from another software by batch, and the known children they could be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.families.imports import WHY_NO_LETTER
from shared.database import Id, Moment, one_of

HOUSEHOLD, GUARDIAN, CHILD, LINK = "household", "guardian", "child", "link"
ARRIVED = (HOUSEHOLD, GUARDIAN, CHILD, LINK)

Reference = String(60)


class ImportReference(Base):
    """
    A reference of another software, and its id here; for a link, the link opened.

    `family` is the reference of the household with which it came first. `made`: this import created
    it; otherwise it was known. `digest` of a household is keyed, of the row as it last came.
    """

    __tablename__ = "import_reference"
    __table_args__ = (
        one_of("kind", ARRIVED),
        CheckConstraint("(kind = 'household') = (digest <> '')", name="digest_of_household"),
        Index("ix_import_reference_batch", "batch", "family"),
        Index("ix_import_reference_id", "id"),
    )

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    batch: Mapped[str] = mapped_column(Reference)
    family: Mapped[str] = mapped_column(Reference)
    made: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64), default="")
    arrived_at: Mapped[datetime] = mapped_column(Moment)


class ImportDoubt(Base):
    """A waiting child could be a known one; `score` of 100. Deleted once its family is imported."""

    __tablename__ = "import_doubt"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 100", name="of_a_hundred"),
        Index("ix_import_doubt_batch", "batch", "family"),
    )

    child: Mapped[str] = mapped_column(Reference, primary_key=True)
    known: Mapped[str] = mapped_column(Id, primary_key=True)
    batch: Mapped[str] = mapped_column(Reference)
    family: Mapped[str] = mapped_column(Reference)
    score: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(Moment)


class ImportDecision(Base):
    """A decision: a child is a known one, or (`known` NULL) another than all proposed."""

    __tablename__ = "import_decision"

    child: Mapped[str] = mapped_column(Reference, primary_key=True)
    known: Mapped[str | None] = mapped_column(Id)
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime] = mapped_column(Moment)


class LettersStopped(Base):
    """
    A household that gets no letter of access any more: which agent stopped them, when and why.

    One row for each time; of a household at most one row, the active one, has no `resumed_at`.
    """

    __tablename__ = "letters_stopped"
    __table_args__ = (
        one_of("why", WHY_NO_LETTER),
        CheckConstraint("(resumed_at IS NULL) = (resumed_by IS NULL)", name="resumed_by_whom"),
        Index(
            "uq_letters_stopped_now",
            "household_id",
            unique=True,
            sqlite_where=text("resumed_at IS NULL"),
            postgresql_where=text("resumed_at IS NULL"),
        ),
    )

    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    stopped_by: Mapped[str] = mapped_column(Id)
    why: Mapped[str] = mapped_column(String(10))
    resumed_at: Mapped[datetime | None] = mapped_column(Moment)
    resumed_by: Mapped[str | None] = mapped_column(Id)
