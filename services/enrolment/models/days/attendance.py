"""Marks of the roll call, tablets and PINs, and versions of the published attendance."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from services.enrolment.models.offer import SESSION_IS_ERASED
from shared.database import Day, Id, Moment, append_only, one_of

PRESENT, ABSENT, LEFT, CLEARED = "present", "absent", "left", "cleared"
MARKS = (
    PRESENT,
    ABSENT,
    LEFT,  # handed over, or gone
    CLEARED,  # the last mark was a mistake
)


class Tablet(Base):
    """
    A shared device, enrolled once by the lead; the device has the secret, this row its digest.
    """

    __tablename__ = "tablet"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    enrolled_by: Mapped[str] = mapped_column(Id)
    enrolled_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    unsent: Mapped[int] = mapped_column(BigInteger, default=0, comment="as it said last")
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Pin(Base):
    """An agent's own PIN for shared tablets; argon2id, with a count of wrong tries."""

    __tablename__ = "pin"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    wrong: Mapped[int] = mapped_column(BigInteger, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)


class TabletDuty(Base):
    """
    An agent who opened a tablet with name and PIN; the browser has the secret, this its digest.

    Five minutes without use close the lists; earlier ticks may still be sent. The row stays for a
    while: it gives late marks their author.
    """

    __tablename__ = "tablet_duty"
    __table_args__ = (Index("ix_tablet_duty_who", "tablet_id", "subject"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="digest of the secret")
    tablet_id: Mapped[str] = mapped_column(ForeignKey("tablet.id"))
    subject: Mapped[str] = mapped_column(Id)
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class ListRead(Base):
    """A projection of a child that a person saw on a session's list, published once (rule R13)."""

    __tablename__ = "list_read"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    projection: Mapped[str] = mapped_column(String(20), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Mark(Base):
    """
    One mark, stored once under the id of its device: never changed, deleted with its session's day.

    `made_at` is the device's clock, corrected by its difference at the last contact. `after` are
    the ids of the marks of this child that the device had: so marks of two devices without contact
    are distinguished from a correction. `collected_by` is sealed with the child's key: whose name
    it was is gone with the child's file.
    """

    __tablename__ = "mark"
    __table_args__ = (
        one_of("kind", MARKS),
        Index("ix_mark_session", "session_id", "child_id", "made_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    child_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(10))
    after: Mapped[list] = mapped_column(JSON, default=list)
    made_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    device_id: Mapped[str] = mapped_column(Id, comment="a tablet, or the desk session's subject")
    subject: Mapped[str] = mapped_column(Id)
    collected_by: Mapped[bytes | None] = mapped_column(LargeBinary, comment="with whom it left")


class UnknownChild(Base):
    """A child who came and is on no list: fed now, recognised later. The name is sealed."""

    __tablename__ = "unknown_child"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), index=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)
    subject: Mapped[str] = mapped_column(Id)
    child_id: Mapped[str | None] = mapped_column(Id, comment="who it was, once reconciled")
    resolved_at: Mapped[datetime | None] = mapped_column(Moment, comment="told apart, or a mistake")


class RollCall(Base):
    """The roll call of a session: its closing, and the version of the published attendance."""

    __tablename__ = "roll_call"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    late: Mapped[bool] = mapped_column(Boolean, default=False)


class ImportedSheet(Base):
    """
    Attendance of a day before the town had this software, as it was published to billing.

    `lines` are those of shared/contracts/enrolment/attendance.py: ids and quantities. None are left
    once the day is kept no longer (`erased_on`).
    """

    __tablename__ = "imported_sheet"

    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    activity: Mapped[str] = mapped_column(String(40))
    group_id: Mapped[str] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)
    lines: Mapped[list] = mapped_column(JSON)
    closed_at: Mapped[datetime] = mapped_column(Moment)
    erased_on: Mapped[date | None] = mapped_column(Day)


class CountVersion(Base):
    """Attendances of a child in a month, as last published to the dossier (rule R10)."""

    __tablename__ = "count_version"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity: Mapped[str] = mapped_column(String(40), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    times: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)


append_only(Mark.__table__, erasable_where=SESSION_IS_ERASED)  # type: ignore[arg-type]
