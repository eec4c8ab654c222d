"""Enrolment in a school: requests, the mayor's decisions with their certificates, who signs."""

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
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from services.enrolment.models.places import DESK, PAPER, PORTAL, TELEPHONE
from shared.contracts.enrolment.school_year.enrolments import REQUEST_STATES, WAIVER_STATES
from shared.contracts.enrolment.school_year.schools import WHO_SIGNS
from shared.database import Day, Id, Moment, one_of

REQUEST_CHANNELS = (PORTAL, DESK, TELEPHONE, PAPER)

BY_AREA, BY_CHOICE, BY_WAIVER = "area", "choice", "waiver"
BASES = (
    BY_AREA,  # the school of an address
    BY_CHOICE,  # a person decided: another school, or no school follows from the address
    BY_WAIVER,  # of the area, granted to the family
)

NO_PLACE, NOT_PROVEN, NOT_A_MOTIVE = "no_place", "not_proven", "not_a_motive"
REFUSED_FOR = (
    NO_PLACE,  # in that school, at that level
    NOT_PROVEN,  # no paper shows what is said
    NOT_A_MOTIVE,  # none of those of the deliberation, or of the law
)

REPLACED, LEFT, MISTAKE = "replaced", "left", "mistake"
WITHDRAWN_FOR = (
    REPLACED,  # another school of the town from a day on
    LEFT,  # the family goes to a school of another commune, or to a private one
    MISTAKE,
)


class SchoolRequest(Base):
    """
    A request for a school; the addresses that were given for it are sealed with a key of its own.

    Of the three papers of art. D131-3-1 it is noted how each was given; none holds it up. It may be
    here before the child's file (`link_version`, decision 0012).
    """

    __tablename__ = "school_request"
    __table_args__ = (
        one_of("state", REQUEST_STATES),
        one_of("channel", REQUEST_CHANNELS),
        Index(
            "uq_school_request_one_asked",
            "child_id",
            "subject",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_school_request_state", "state", "submitted_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    subject: Mapped[str] = mapped_column(Id, comment="the guardian or, at a counter, the agent")
    channel: Mapped[str] = mapped_column(String(10))
    link_version: Mapped[int] = mapped_column(BigInteger)
    school_year: Mapped[str] = mapped_column(String(9))
    level: Mapped[str] = mapped_column(String(10))
    addresses: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the request's key")
    papers: Mapped[dict] = mapped_column(JSON, comment="how each of the three was given")
    state: Mapped[str] = mapped_column(String(10))
    submitted_at: Mapped[datetime] = mapped_column(Moment)


class SchoolEnrolment(Base):
    """
    A decision that a child goes to a school from a day on, and the certificate of it.

    What the certificate says is sealed as it was on the day, with a key of its own: a name that is
    corrected later, or another who signs, changes no certificate. Of a child one is valid at a
    time.
    """

    __tablename__ = "school_enrolment"
    __table_args__ = (
        one_of("basis", BASES),
        one_of("withdrawn_for", ("", *WITHDRAWN_FOR)),
        UniqueConstraint("act_year", "act_number", name="uq_school_enrolment_number"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_for = '')", name="withdrawn_for_a_reason"
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_one"),
        CheckConstraint("(admitted_on IS NULL) = (admitted_by IS NULL)", name="admitted_by_one"),
        Index(
            "uq_school_enrolment_stands",
            "child_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_school_enrolment_school", "school_id", "school_year"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    act_year: Mapped[int] = mapped_column(BigInteger)
    act_number: Mapped[int] = mapped_column(BigInteger)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("school_request.id"), index=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    school_year: Mapped[str] = mapped_column(String(9))
    level: Mapped[str] = mapped_column(String(10))
    holds_from: Mapped[date] = mapped_column(Day)
    basis: Mapped[str] = mapped_column(String(10))
    moves_id: Mapped[str] = mapped_column(ForeignKey("pupil_moves.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the enrolment's key")
    decided_by: Mapped[str] = mapped_column(Id)
    decided_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_for: Mapped[str] = mapped_column(String(10), default="")
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("school_enrolment.id"))
    admitted_on: Mapped[date | None] = mapped_column(Day)
    admitted_by: Mapped[str | None] = mapped_column(Id)

    @property
    def number(self) -> str:
        """Return the number of the act, such as 2026-0012."""
        return f"{self.act_year}-{self.act_number:04}"


class WaiverMotives(Base):
    """The motives of the deliberation for a school of another area, whole: one row, or none."""

    __tablename__ = "school_waiver_motives"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    motives: Mapped[list] = mapped_column(JSON, comment="of the deliberation: code, label, points")
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    published: Mapped[str] = mapped_column(String(64), default="")


class SchoolWaiver(Base):
    """
    A family asks for a school of another area, or of another commune (`school_id` NULL).

    Motives, the school elsewhere and what a refusal says are sealed with a key of the waiver: one
    motive is of health. `points` are those of its motives, as they were when it was entered.
    """

    __tablename__ = "school_waiver"
    __table_args__ = (
        one_of("state", WAIVER_STATES),
        one_of("refused_for", ("", *REFUSED_FOR)),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("(state = 'refused') = (refused_for <> '')", name="refused_for_a_reason"),
        Index(
            "uq_school_waiver_one_waiting",
            "request_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("school_request.id"), index=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the waiver's key")
    points: Mapped[int] = mapped_column(BigInteger)
    proof: Mapped[str] = mapped_column(String(10), comment="how the paper for it was given")
    state: Mapped[str] = mapped_column(String(10))
    entered_by: Mapped[str] = mapped_column(Id)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    refused_for: Mapped[str] = mapped_column(String(20), default="")
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)


class SchoolSignature(Base):
    """Signer of certificates, in what quality, and the deliberation on areas: one row, or none."""

    __tablename__ = "school_signature"
    __table_args__ = (one_of("acts_as", WHO_SIGNS), CheckConstraint("id = 1", name="one_row"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    acts_as: Mapped[str] = mapped_column(String(10))
    quality: Mapped[str] = mapped_column(String(120), comment="such as « Le maire de … »")
    signer: Mapped[str] = mapped_column(String(120))
    delegation: Mapped[str] = mapped_column(String(200), comment="of whom signs for them, or empty")
    place: Mapped[str] = mapped_column(String(80))
    deliberation: Mapped[str] = mapped_column(String(200), comment="that sets areas, or empty")
    address: Mapped[str] = mapped_column(String(200), comment="for an appeal, or empty")
    court: Mapped[str] = mapped_column(String(200), comment="the tribunal administratif, or empty")
    written_by: Mapped[str] = mapped_column(Id)
    written_at: Mapped[datetime] = mapped_column(Moment)
