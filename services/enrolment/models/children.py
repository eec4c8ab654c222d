"""The replica of linked children, and the persons published by identity."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.database import Id, Moment, one_of
from shared.database.comparison.sums import bucket_column, keep_sums_of
from shared.database.tables.types import Ordered, Word
from shared.dates.two_home_weeks import MOMENTS, SUMMERS
from shared.person import subject_tables

Subject, SubjectRight = subject_tables(Base)


class StoredProjection(Base):
    """
    A row of the replica: one projection of one child, at its last received version.

    A tombstone has `erase_after`; until that moment it keeps the content it ends (rule R6), then
    `erased_at` replaces it. The row itself stays: its version never goes back.
    """

    __tablename__ = "held_projection"
    __table_args__ = (
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
        Boolean, comment="this version has something that a role has not marked as seen"
    )
    seen_version: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_by: Mapped[str] = mapped_column(String(40), default="", comment="a role of the register")
    seen_subject: Mapped[str | None] = mapped_column(Id, comment="for the DPO, never shown")


HELD_SUMS = keep_sums_of(
    StoredProjection,
    by=("projection",),
    subject="child_id",
    version="version",
    index=False,
)
"""Rows that are stored, by bucket (shared/contracts/every_service/bucket_sums.py)."""
Index(
    "ix_held_projection_bucket",
    bucket_column(StoredProjection.__table__.c.child_id),
    StoredProjection.projection,
)


class ChildKey(Base):
    """
    The key of the vault that seals a child's contents; writers of a child lock this row.

    A new key is created each time a child comes (back): a shredded one is never used again, even if
    another process still has it in its cache.
    """

    __tablename__ = "child_key"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key_id: Mapped[str] = mapped_column(Id, unique=True)


class ChildCard(Base):
    """Search index of the desk, in clear: from a child's care core, deleted with it."""

    __tablename__ = "child_card"
    __table_args__ = (Index("ix_child_card_birth_date", "birth_date", "listed_as"),)

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date] = mapped_column(Date)
    search: Mapped[str] = mapped_column(Text, comment="as children/rules/search.py folds it")
    listed_as: Mapped[str] = mapped_column(Ordered, index=True, comment="its place in a list")
    whole_name: Mapped[str] = mapped_column(Text, index=True, comment="folded, first name first")


class ChildWord(Base):
    """A word of a child's search text, deleted with its card (shared/database/words)."""

    __tablename__ = "child_word"
    __table_args__ = (Index("ix_child_word_child_id", "child_id", "word"),)

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    child_id: Mapped[str] = mapped_column(
        ForeignKey("child_card.child_id", ondelete="CASCADE"), primary_key=True
    )
    noted_at: Mapped[datetime] = mapped_column(Moment, index=True)


class ChildGuardian(Base):
    """
    Guardians of a child: from the projection `family`, deleted with it. Ids alone.

    `last_day` is the child's, in each of its rows: it leaves the town after it.
    """

    __tablename__ = "child_guardian"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    last_day: Mapped[date | None] = mapped_column(Date)


class ChildCarer(Base):
    """
    Carer of a placed child, or who was granted its week, until `valid_to`; nothing else is theirs.

    From the projection `family`, deleted with it; `household_id` is the carer's own. `home` is the
    household whose days were granted, "" for all of them; `says_absent`: may say the child absent.
    `since` is when the placement began, or the access: of before that the carer reads no bulletin
    and sees no day.
    """

    __tablename__ = "child_carer"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    home: Mapped[str] = mapped_column(Id, primary_key=True, default="")
    valid_to: Mapped[date | None] = mapped_column(Date)
    says_absent: Mapped[bool] = mapped_column(default=True)
    since: Mapped[date | None] = mapped_column(Date)

    def has_child_on(self, day: date) -> bool:
        """Say whether the child is in care still on a day to come."""
        return self.valid_to is None or day <= self.valid_to


class SameChild(Base):
    """
    A child that this provider has under another id too: two files that were joined at the dossier.

    From the projection `family`, deleted with it; each of the ids names the others.
    """

    __tablename__ = "same_child"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    other_id: Mapped[str] = mapped_column(Id, primary_key=True)


class ProtectedHousehold(Base):
    """
    A protected household of a child: the child's other households see nothing of it (rule R9).
    """

    __tablename__ = "protected_household"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)


class RecordHold(Base):
    """Record hold of a child: while `held`, nothing of it is published, offered or counted."""

    __tablename__ = "held_file"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[bool] = mapped_column(Boolean)


class ChildWeeks(Base):
    """
    Weeks of a child from `valid_from` on, whose days are whose: see
    `shared/dates/two_home_weeks.py`.

    Rows of before stay, so that past days are whose they were; of a home that became two there is
    one with the former household twice. A child of one household has none.
    """

    __tablename__ = "child_weeks"
    __table_args__ = (
        CheckConstraint("changes_on BETWEEN 1 AND 7", name="weekday"),
        one_of("changes_at", MOMENTS),
        one_of("summer", SUMMERS),
    )

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    even_household: Mapped[str] = mapped_column(Id)
    odd_household: Mapped[str] = mapped_column(Id)
    changes_on: Mapped[int] = mapped_column(BigInteger)
    changes_at: Mapped[str] = mapped_column(String(10))
    school_days: Mapped[str | None] = mapped_column(Id)
    holidays: Mapped[str | None] = mapped_column(Id)
    summer: Mapped[str] = mapped_column(String(10))
