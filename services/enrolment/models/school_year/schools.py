"""Schools: classes of a school year, whose director, streets and areas; moves of pupils."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Day, Id, Moment, one_of
from shared.town.schools.replica import school_table

ALL, ODD, EVEN = "all", "odd", "even"
PARITIES = (ALL, ODD, EVEN)

MOVING_UP, ONDE, ONE_PUPIL, RENAMING = "moving_up", "onde", "one_pupil", "renaming"
MOVE_KINDS = (
    MOVING_UP,  # all pupils of a school year, on 1 September
    ONDE,  # a file of ONDE, from today or from 1 September
    ONE_PUPIL,  # one child, chosen by a person: decided at once
    RENAMING,  # the school is called otherwise: class and level stay
)
DRAFT, SENDING, DONE, UNDOING, UNDONE = "draft", "sending", "done", "undoing", "undone"
MOVE_STATES = (
    DRAFT,  # shown and corrected; nothing of it has left
    SENDING,  # decided: leaves in batches
    DONE,
    UNDOING,
    UNDONE,
)


class School(Base):
    """
    A school of the town; `levels` are codes of schools/rules/levels.py, in their order, spaced.

    `followed_by` is where its last level goes on, if it has not the next itself. Children are known
    to be there by the name in their dossier, `folded` as every search folds it.
    """

    __tablename__ = "school"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    folded: Mapped[str] = mapped_column(String(240), unique=True)
    uai: Mapped[str | None] = mapped_column(String(8), unique=True)
    street: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(5))
    insee: Mapped[str] = mapped_column(String(5))
    commune: Mapped[str] = mapped_column(String(120))
    levels: Mapped[str] = mapped_column(String(60))
    followed_by: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    published: Mapped[str] = mapped_column(String(64), default="", comment="digest, empty: never")


class SchoolChange(Base):
    """
    From a day on a school is called otherwise.

    Until its day it can be withdrawn, and nothing of it has left. Once it is done `former` is what
    the school was called: children, files and forms that still say so are known by it.
    """

    __tablename__ = "school_change"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (former = '')", name="former_once_done"),
        CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name="done_or_withdrawn"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_whom"
        ),
        Index(
            "uq_school_change_waiting",
            "school_id",
            unique=True,
            sqlite_where=text("done_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))
    holds_from: Mapped[date] = mapped_column(Day)
    decided_by: Mapped[str] = mapped_column(Id)
    decided_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    former: Mapped[str] = mapped_column(String(120), default="")
    done_at: Mapped[datetime | None] = mapped_column(Moment)


PublishedSchool = school_table(Base)
"""Schools of the town that other providers publish."""


class SchoolClass(Base):
    """
    A class of a school in one school year; of several levels where it is a double class.

    `name` is that of the children's dossiers; `places` NULL: nobody has said how many.
    """

    __tablename__ = "school_class"
    __table_args__ = (
        UniqueConstraint("school_id", "school_year", "folded", name="uq_school_class_name"),
        CheckConstraint("places IS NULL OR places > 0", name="places_positive"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    school_year: Mapped[str] = mapped_column(String(9))
    name: Mapped[str] = mapped_column(String(60))
    folded: Mapped[str] = mapped_column(String(120))
    teacher: Mapped[str] = mapped_column(String(80))
    places: Mapped[int | None] = mapped_column(BigInteger)
    levels: Mapped[str] = mapped_column(String(60))


class SchoolDirector(Base):
    """An agent who keeps one school's pages, from a day until another; by name, never by group."""

    __tablename__ = "school_director"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(Id, index=True)
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    given_by: Mapped[str] = mapped_column(Id)


class CatchmentStreet(Base):
    """A stretch of a street in a school's area; a number NULL: no end on that side."""

    __tablename__ = "catchment_street"
    __table_args__ = (
        one_of("parity", PARITIES),
        CheckConstraint(
            "from_number IS NULL OR to_number IS NULL OR from_number <= to_number",
            name="numbers_in_order",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), index=True)
    insee: Mapped[str] = mapped_column(String(5))
    street: Mapped[str] = mapped_column(String(120))
    street_key: Mapped[str] = mapped_column(String(240), index=True)
    parity: Mapped[str] = mapped_column(String(5))
    from_number: Mapped[int | None] = mapped_column(BigInteger)
    to_number: Mapped[int | None] = mapped_column(BigInteger)


class CatchmentArea(Base):
    """A school's area as the town drew it: a polygon or several, GeoJSON in WGS-84."""

    __tablename__ = "catchment_area"

    school_id: Mapped[str] = mapped_column(
        ForeignKey("school.id", ondelete="CASCADE"), primary_key=True
    )
    geometry: Mapped[str] = mapped_column(Text)


class LocalAddress(Base):
    """An address of the town with its coordinates, from its Base Adresse Locale; no person's."""

    __tablename__ = "local_address"
    __table_args__ = (Index("ix_local_address_street", "insee", "street_key", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    insee: Mapped[str] = mapped_column(String(5))
    street: Mapped[str] = mapped_column(String(120))
    street_key: Mapped[str] = mapped_column(String(240))
    number: Mapped[int] = mapped_column(BigInteger)
    suffix: Mapped[str] = mapped_column(String(10))
    longitude: Mapped[int] = mapped_column(BigInteger, comment="ten-millionths of a degree")
    latitude: Mapped[int] = mapped_column(BigInteger, comment="ten-millionths of a degree")


class PupilMoves(Base):
    """
    Many pupils' schools and classes, decided in one act and undone in one.

    `school_id` is the one of a file of ONDE. Of the file nothing is kept but its digest; what of it
    a person has to look at is sealed in `unsettled` with a key of this batch, until it is decided.
    """

    __tablename__ = "pupil_moves"
    __table_args__ = (one_of("kind", MOVE_KINDS), one_of("state", MOVE_STATES))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    school_year: Mapped[str] = mapped_column(String(9), comment="in which the pupils will be there")
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    holds_from: Mapped[date] = mapped_column(Day)
    state: Mapped[str] = mapped_column(String(10))
    file_digest: Mapped[str | None] = mapped_column(String(64))
    unsettled: Mapped[bytes | None] = mapped_column(LargeBinary)
    drafted_by: Mapped[str] = mapped_column(Id)
    drafted_at: Mapped[datetime] = mapped_column(Moment, index=True)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_by: Mapped[str | None] = mapped_column(Id)


class PupilMove(Base):
    """
    One pupil of a batch: the school, level and class that its dossier is to have.

    `to_school_id` NULL: it leaves the schools of the town, for the one called `elsewhere` where it
    is known. `skipped`: a person decided against it, or has not decided yet. `decision_id` is the
    dossier's, made anew where an undone batch brings an earlier one back; `outcome` what the
    dossier answered, "" before.
    """

    __tablename__ = "pupil_move"
    __table_args__ = (UniqueConstraint("moves_id", "child_id", name="uq_pupil_move_child"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    moves_id: Mapped[str] = mapped_column(ForeignKey("pupil_moves.id", ondelete="CASCADE"))
    child_id: Mapped[str] = mapped_column(Id, index=True)
    decision_id: Mapped[str] = mapped_column(Id, unique=True)
    to_school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    elsewhere: Mapped[str] = mapped_column(String(120), default="")
    to_level: Mapped[str] = mapped_column(String(10))
    to_class: Mapped[str] = mapped_column(String(60))
    why: Mapped[str] = mapped_column(String(20))
    skipped: Mapped[bool]
    outcome: Mapped[str] = mapped_column(String(20), default="")
