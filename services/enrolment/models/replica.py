"""What a provider's enrolment service keeps: its replica of linked children, agents, the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.formats import PROJECTIONS
from shared.database import Id, Moment, declarative_base_for
from shared.person import subject_tables

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("enrolment")

Subject, SubjectRight = subject_tables(Base)

_KNOWN = ", ".join(f"'{projection}'" for projection in PROJECTIONS)


class HeldProjection(Base):
    """
    A row of the replica: one projection of one child, as far as the dossier's stream has come.

    A tombstone has `erase_after`; until that moment it keeps the content it ends (rule R6), then
    `erased_at` stands in its place. The row itself stays: its version never goes back.
    """

    __tablename__ = "held_projection"
    __table_args__ = (
        CheckConstraint(f"projection IN ({_KNOWN})", name="known_projection"),
        CheckConstraint("(content IS NULL) = (erased_at IS NOT NULL)", name="held_or_erased"),
        CheckConstraint("erased_at IS NULL OR erase_after IS NOT NULL", name="erased_by_tombstone"),
        CheckConstraint("seen_version >= 0 AND seen_version <= version", name="seen_what_came"),
        Index("ix_held_projection_to_see", "to_see", "projection"),
        Index("ix_held_projection_erase_after", "erase_after"),
    )

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    projection: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, comment="sealed by the child's key")
    received_at: Mapped[datetime] = mapped_column(Moment)
    erase_after: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    to_see: Mapped[bool] = mapped_column(
        Boolean, comment="this version tells a role something that it has not marked as seen"
    )
    seen_version: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_by: Mapped[str] = mapped_column(String(40), default="", comment="a role of the register")
    seen_subject: Mapped[str | None] = mapped_column(Id, comment="for the DPO, never shown")


class ChildKey(Base):
    """
    Which key of the vault seals a child's contents; the row is also what writers of a child lock.

    A key is named anew each time a child comes (back): one that was shredded is never asked for
    again, whatever another process still has in its cache.
    """

    __tablename__ = "child_key"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key_id: Mapped[str] = mapped_column(Id, unique=True)


class ChildCard(Base):
    """What the desk's search needs of a child, in clear: from the care core, and gone with it."""

    __tablename__ = "child_card"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date] = mapped_column(Date)
    search: Mapped[str] = mapped_column(Text, comment="as search.py folds it")


class DeskSession(Base):
    """
    An agent signed in at the desk.

    The browser alone has the secret: its digest names the row, and it opens `sealed`, in which are
    identity's session and token.
    """

    __tablename__ = "desk_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="digest of the secret")
    subject: Mapped[str] = mapped_column(Id, index=True)
    name: Mapped[str] = mapped_column(String(120))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    token_at: Mapped[datetime] = mapped_column(Moment, comment="when its token was issued")
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime] = mapped_column(Moment)


class DeskDoor(Base):
    """Between password and code: what was typed, sealed by a secret that the browser alone has."""

    __tablename__ = "desk_door"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="digest of the secret")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Moment, index=True)
