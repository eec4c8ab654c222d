"""Children and who answers for them: households, guardians, guardianships, weeks, cards."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment, no_overlap, one_of
from shared.database.tables.types import Word
from shared.dates.clock import today
from shared.dates.periods import next_change_of_period
from shared.dates.two_home_weeks import HALVES, MOMENTS, SUMMERS

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultExecutionContext


def _default_turns_on(context: DefaultExecutionContext) -> date | None:
    row = context.get_current_parameters()
    return next_change_of_period(row["valid_from"], row.get("valid_to"), today())


class Household(Base):
    """
    One home with its guardians; `reference` is its number in the software that it came from.

    `domicile_checked_on` is the day of the last proof of domicile that was seen, here or in that
    software: NULL until there was one, and of a former address where the home has moved since.
    `separated_from` is the household in which its guardians lived until they left who stayed there
    (households/commands/separation.py).
    """

    __tablename__ = "household"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    domicile_checked_on: Mapped[date | None] = mapped_column(Day)
    separated_from: Mapped[str | None] = mapped_column(Id, index=True)


class Guardian(Base):
    """
    An adult who answers for a child; `id` is the person's subject at identity.

    `identity_checked_on` is NULL until a desk has seen who it is, here or in an earlier software.
    `phone` is of who has a placed child in care, sealed with this adult's own key: parents read it
    nowhere, since it is in no section.
    """

    __tablename__ = "guardian"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    identity_checked_on: Mapped[date | None] = mapped_column(Day)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)


class HouseholdGuardian(Base):
    """A guardian lives in a household."""

    __tablename__ = "household_guardian"

    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(
        ForeignKey("guardian.id"), primary_key=True, index=True
    )


class DeceasedGuardian(Base):
    """An adult who died, and in which household they lived: there their bills may be open."""

    __tablename__ = "deceased_guardian"

    guardian_id: Mapped[str] = mapped_column(ForeignKey("guardian.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id"), primary_key=True, index=True
    )
    died_on: Mapped[date] = mapped_column(Day)


class GuardianVersion(Base):
    """Version and death of a corrected adult, as they were last published to identity."""

    __tablename__ = "guardian_version"

    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    died: Mapped[bool]


class ProtectedHousehold(Base):
    """
    A household that another household of its children learns nothing new of (rule R9).

    One row for each time; of a household one at most has no `lifted_at`: it is protected now.
    `paper` is the kind of document that the agent `recorded_by` saw; `lifted_by` ended it.
    """

    __tablename__ = "protected_household"
    __table_args__ = (
        Index(
            "uq_protected_household_now",
            "household_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_whom"),
    )

    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    recorded_by: Mapped[str] = mapped_column(Id)
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by: Mapped[str | None] = mapped_column(Id)
    paper: Mapped[str | None] = mapped_column(String(80))
    paper_date: Mapped[date | None] = mapped_column(Day)


class Child(Base):
    """
    A child; its id outlives its names.

    After the retention of its identity the three columns are NULL, all together, and the row stays:
    versions of its projections never restart.
    """

    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint(
            "(first_name IS NULL) = (last_name IS NULL)"
            " AND (first_name IS NULL) = (birth_date IS NULL)",
            name="identity_whole",
        ),
        Index("ix_child_last_name_birth_date", "last_name", "birth_date"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(60), unique=True)
    first_name: Mapped[str | None] = mapped_column(String(80))
    last_name: Mapped[str | None] = mapped_column(String(80))
    birth_date: Mapped[date | None] = mapped_column(Day, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class ChildNameWord(Base):
    """A word that a child's name answers to, as the front desk looks for it."""

    __tablename__ = "child_name_word"

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    child_id: Mapped[str] = mapped_column(
        ForeignKey("child.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    noted_at: Mapped[datetime] = mapped_column(Moment, index=True)


class GuardianNameWord(Base):
    """A word that a guardian's name answers to, gone with the guardian."""

    __tablename__ = "guardian_name_word"

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    guardian_id: Mapped[str] = mapped_column(
        ForeignKey("guardian.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    noted_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Guardianship(Base):
    """
    A guardian answers for a child over a period, both days included.

    `authority` is parental authority. `carer_in` is the household in which a placed child lives
    with one who has none, and who says absences alone (rules' test 7). `turns_on` is the next day
    on which the period begins, or no longer holds. `link_checked_on` is NULL until a desk has seen
    that the child is theirs. Of a placement, `paper` is what the agent `recorded_by` saw.
    Two periods of the same pair never overlap.
    """

    __tablename__ = "guardianship"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    guardian_id: Mapped[str] = mapped_column(ForeignKey("guardian.id"), index=True)
    authority: Mapped[bool]
    carer_in: Mapped[str | None] = mapped_column(Id, index=True)
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    turns_on: Mapped[date | None] = mapped_column(Day, index=True, default=_default_turns_on)
    link_checked_on: Mapped[date | None] = mapped_column(Day)
    paper: Mapped[str | None] = mapped_column(String(80))
    paper_date: Mapped[date | None] = mapped_column(Day)
    recorded_by: Mapped[str | None] = mapped_column(Id)


class ChildHousehold(Base):
    """A child lives in a household; in two where custody alternates."""

    __tablename__ = "child_household"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id"), primary_key=True, index=True
    )


class ChildWeeks(Base):
    """
    Weeks of a child since `valid_from`, whose days are whose: see `shared/dates/two_home_weeks.py`.

    Both columns are one household for a child that has lived in one since a separation, and one is
    NULL until that household's own import has come: then nothing is known of whose day it is.
    `valid_from` is NULL for what an import says, of which no day is known.
    """

    __tablename__ = "child_weeks"
    __table_args__ = (
        CheckConstraint("changes_on BETWEEN 1 AND 7", name="changes_on_known"),
        one_of("changes_at", MOMENTS),
        one_of("summer", SUMMERS),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    even_household: Mapped[str | None] = mapped_column(ForeignKey("household.id"), index=True)
    odd_household: Mapped[str | None] = mapped_column(ForeignKey("household.id"), index=True)
    changes_on: Mapped[int]
    changes_at: Mapped[str] = mapped_column(String(10))
    school_days: Mapped[str | None] = mapped_column(Id)
    holidays: Mapped[str | None] = mapped_column(Id)
    summer: Mapped[str] = mapped_column(String(10), default=HALVES)
    valid_from: Mapped[date | None] = mapped_column(Day)


class RecordHold(Base):
    """
    A record hold: one named agent holds a child's file; `released_at` is NULL while it is active.

    `held_by` is that agent; `recorded_by` is the agent who recorded it last. `billed_since` is when
    that agent let the bills of the child's homes leave again, NULL while they wait.
    """

    __tablename__ = "file_hold"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    held_by: Mapped[str] = mapped_column(String(120))
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    billed_since: Mapped[datetime | None] = mapped_column(Moment)


class GuardianCard(Base):
    """
    The card of a guardian's children last published to the portal: version and keyed digest.

    Version 0 is a card about to be published for the first time, in the same transaction.
    """

    __tablename__ = "guardian_card"

    guardian_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))


no_overlap(
    Guardianship.__table__,  # type: ignore[arg-type]
    same=("child_id", "guardian_id"),
    start="valid_from",
    end="valid_to",
)
