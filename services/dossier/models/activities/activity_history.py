"""Activity history of a child (rule R10), and its deletion by the family."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Moment, one_of

PUBLISHED, TAKEN_OVER = "published", "taken_over"
COURSE_ORIGINS = (PUBLISHED, TAKEN_OVER)


class Course(Base):
    """
    Attendances of a child at one activity in one month (rule R10); never a day, never an hour.

    `month` is "2026-11". `version` is the provider's; only a greater one replaces the row.
    `origin` says whether a provider reported it, or it was taken over from another software;
    `batch` then names the import that brought it, where past years came on their own.
    """

    __tablename__ = "course"
    __table_args__ = (
        one_of("origin", COURSE_ORIGINS),
        CheckConstraint("times >= 0", name="times_counted"),
        Index("ix_course_child_id_school_year", "child_id", "school_year"),
        Index("ix_course_batch", "batch"),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    activity: Mapped[str] = mapped_column(String(40), primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))
    times: Mapped[int]
    version: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(String(12))
    batch: Mapped[str | None] = mapped_column(String(60))


class CourseProvider(Base):
    """The name of a provider in an activity history, also after it left the register."""

    __tablename__ = "course_provider"

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))


class CourseErasure(Base):
    """A family deleted its child's history up to a month: later reports of it are ignored."""

    __tablename__ = "course_erasure"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    through_month: Mapped[str] = mapped_column(String(7))
    erased_at: Mapped[datetime] = mapped_column(Moment)
