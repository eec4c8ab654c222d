"""Corrections and separations at the front desk, and to which providers each was sent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.contracts.dossier.corrections import PAPERS, REASONS, SUBJECTS
from shared.database import Day, Id, Moment, one_of

_WAITS = text("applied_at IS NULL AND withdrawn_at IS NULL AND guardian_id IS NULL")
_WAITS_FOR_ADULT = text("applied_at IS NULL AND withdrawn_at IS NULL AND guardian_id IS NOT NULL")
_CONTENT_WAITS = text("content IS NOT NULL")


class Correction(Base):
    """
    A correction of one subject of a child, by the agent `recorded_by`, from a paper seen.

    Of a section, `version` is the one it made; before and after stand in the section's history
    alone, and go with it. `content` is sealed and there until its day has come; of weeks and of
    what changes of an adult, which have no history of their own, it stays, with the child's key. Of
    an authority or an adult, `guardian_id` is whose, `seconded_by` the second agent, and of an
    authority, `authority` what it became. One act at the desk that concerns several children has a
    row for each, which share `act_id`; `separation_id` is the separation that gave weeks.
    `decided_by` is the provider that decided it of itself, whose agent `recorded_by` is then: a
    school service.
    """

    __tablename__ = "correction"
    __table_args__ = (
        one_of("subject", SUBJECTS),
        one_of("paper", PAPERS),
        one_of("reason", REASONS),
        CheckConstraint(
            "(subject IN ('identity', 'schooling', 'weeks', 'joined', 'parted'))"
            " = (guardian_id IS NULL)",
            name="of_an_adult",
        ),
        CheckConstraint(
            "(subject = 'authority') = (authority IS NOT NULL)", name="authority_became"
        ),
        CheckConstraint("decided_by IS NULL OR subject = 'schooling'", name="decided_of_schooling"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_whom"
        ),
        CheckConstraint("applied_at IS NULL OR withdrawn_at IS NULL", name="done_or_withdrawn"),
        CheckConstraint(
            "(content IS NOT NULL) ="
            " (subject NOT IN ('identity', 'schooling', 'authority', 'weeks', 'joined', 'parted')"
            " OR (withdrawn_at IS NULL AND (subject = 'weeks'"
            " OR (subject <> 'authority' AND applied_at IS NULL))))",
            name="content_while_it_waits",
        ),
        Index(
            "uq_correction_waiting",
            "child_id",
            "subject",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "uq_correction_waiting_for_adult",
            "child_id",
            "subject",
            "guardian_id",
            unique=True,
            sqlite_where=_WAITS_FOR_ADULT,
            postgresql_where=_WAITS_FOR_ADULT,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    act_id: Mapped[str] = mapped_column(Id, index=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    subject: Mapped[str] = mapped_column(String(20))
    guardian_id: Mapped[str | None] = mapped_column(Id)
    authority: Mapped[bool | None]
    version: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    paper: Mapped[str] = mapped_column(String(30))
    paper_date: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(String(20))
    holds_from: Mapped[date] = mapped_column(Day, index=True)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Moment, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
    seconded_at: Mapped[datetime | None] = mapped_column(Moment)
    seconded_by: Mapped[str | None] = mapped_column(Id)
    separation_id: Mapped[str | None] = mapped_column(Id, index=True)


class CorrectionDelivery(Base):
    """
    A projection that a correction changed, and the version in which it left for a provider.

    `child_id` is under which the provider has the child: of joined files it may be the other one.
    """

    __tablename__ = "correction_delivery"

    correction_id: Mapped[str] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    projection: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class Separation(Base):
    """
    A household that becomes two from `holds_from` on, by the agent `recorded_by`, from a paper.

    `guardian_ids` leave. `content` says where to and with whom; it is sealed with the household's
    key, and there until its day has come. `new_household_id` is the household of who left.
    `lapsed_at` is set where nothing was left to separate on that day.
    """

    __tablename__ = "separation"
    __table_args__ = (
        one_of("paper", PAPERS),
        one_of("reason", REASONS),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_whom"
        ),
        CheckConstraint(
            "(content IS NOT NULL) ="
            " (applied_at IS NULL AND withdrawn_at IS NULL AND lapsed_at IS NULL)",
            name="content_while_it_waits",
        ),
        CheckConstraint(
            "(applied_at IS NULL) = (new_household_id IS NULL)", name="applied_to_a_household"
        ),
        Index(
            "uq_separation_waiting",
            "household_id",
            unique=True,
            sqlite_where=_CONTENT_WAITS,
            postgresql_where=_CONTENT_WAITS,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, index=True)
    new_household_id: Mapped[str | None] = mapped_column(Id, index=True)
    guardian_ids: Mapped[list[str]] = mapped_column(JSON)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    paper: Mapped[str] = mapped_column(String(30))
    paper_date: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(String(20))
    holds_from: Mapped[date] = mapped_column(Day, index=True)
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)
    lapsed_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
