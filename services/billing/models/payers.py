"""
Payers: households as the dossier publishes them, and their quotients, which billing alone stores.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.prices.quotients import QUOTIENT_KINDS, QUOTIENT_SOURCES
from shared.database import Day, Id, Moment, append_only, one_of
from shared.database.tables.types import Word
from shared.person import subject_tables

Subject, SubjectRight = subject_tables(Base)
"""
Families, with their account status, and agents of a régie: the only right is `regie_<provider>`.
"""


class Household(Base):
    """
    A household as the dossier last published it; `payer` is its name on a bill.

    `sought` is that name as an agent may type it (shared/text/folding.py). `protected`: no régie is
    shown where it lives (rule R9).
    """

    __tablename__ = "household"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    payer: Mapped[str] = mapped_column(String(250))
    sought: Mapped[str] = mapped_column(String(250), index=True)
    protected: Mapped[bool] = mapped_column(default=False, server_default=false())


class HouseholdWord(Base):
    """
    A word that a household's payer or one of its children answers to (shared/database/words).

    Deleted with the household.
    """

    __tablename__ = "household_word"
    __table_args__ = (Index("ix_household_word_household_id", "household_id", "word"),)

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), primary_key=True
    )
    noted_at: Mapped[datetime] = mapped_column(Moment, index=True)


class HouseholdGuardian(Base):
    """A guardian of a household; it may read and pay the household's bills."""

    __tablename__ = "household_guardian"

    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(120))


class DeceasedPayer(Base):
    """An adult of a household who died; bills that name them stay to be settled."""

    __tablename__ = "deceased_payer"

    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    died_on: Mapped[date] = mapped_column(Day)


class RecordHold(Base):
    """
    Last received version of the record hold of a child.

    `lapsed`: it ended with the file, and its households stay on hold until a régisseur decides.
    """

    __tablename__ = "file_hold"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[bool]
    lapsed: Mapped[bool]


class HouseholdOnHold(Base):
    """
    A household that nothing leaves for, because one agent holds a child's file, or held it.

    `ended_by` is the régisseur who let its bills leave again after the hold had lapsed.
    """

    __tablename__ = "held_household"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    ended_by: Mapped[str | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class HouseholdChild(Base):
    """
    A child of a household; the eldest is of rank one.

    `published` is false for one that the dossier no longer names there, and a sheet or bill does.
    `same_as` is the sibling whose other file this is. `sought` is its name as an agent may type it.
    """

    __tablename__ = "household_child"

    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), primary_key=True
    )
    child_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date] = mapped_column(Day)
    sought: Mapped[str] = mapped_column(String(250), server_default="")
    published: Mapped[bool] = mapped_column(default=True, server_default=true())
    same_as: Mapped[str | None] = mapped_column(Id)


class Address(Base):
    """Address of a household from a day on; `insee` is "" for a commune outside the town file."""

    __tablename__ = "address"

    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), primary_key=True
    )
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    street: Mapped[str] = mapped_column(String(160))
    postcode: Mapped[str] = mapped_column(String(10))
    insee: Mapped[str] = mapped_column(String(5))
    commune: Mapped[str] = mapped_column(String(80))


class Quotient(Base):
    """
    A household's quotient, in cents a month, from a day on, as recorded; never changed.

    Of those that hold on a day the one with the latest `valid_from` counts, of these the one
    recorded last. `recorded_by` is a subject, NULL for what came from another software.
    """

    __tablename__ = "quotient"
    __table_args__ = (
        one_of("kind", QUOTIENT_KINDS),
        one_of("source", QUOTIENT_SOURCES),
        CheckConstraint("cents >= 0", name="counted"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_quotient_household", "household_id", "valid_from"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id)
    cents: Mapped[int] = mapped_column(Cents)
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str | None] = mapped_column(Id)
    fund_proof: Mapped[str] = mapped_column(String(64), server_default="")


class FundRequest(Base):
    """
    The last time that a guardian had CAF or MSA asked, and what it gave until that one answers.

    Not whom it asked about: that is stored nowhere. `tries` and `failures` are of that day.
    """

    __tablename__ = "fund_request"
    __table_args__ = (
        one_of("kind", QUOTIENT_KINDS),
        CheckConstraint("cents >= 0", name="counted"),
        CheckConstraint(
            "(cents IS NULL) = (kind IS NULL) AND (cents IS NULL) = (valid_from IS NULL)",
            name="whole_or_nothing",
        ),
    )

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asked_by: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Moment, index=True)
    under_way: Mapped[bool]
    tries: Mapped[int]
    failures: Mapped[int]
    again_at: Mapped[datetime | None] = mapped_column(Moment)
    cents: Mapped[int | None] = mapped_column(Cents)
    kind: Mapped[str | None] = mapped_column(String(10))
    valid_from: Mapped[date | None] = mapped_column(Day)
    fund_proof: Mapped[str] = mapped_column(String(64), server_default="")


class FundRefusal(Base):
    """A token that API Particulier refused for the whole town, as a digest, and why."""

    __tablename__ = "fund_refusal"

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[int]
    code: Mapped[str] = mapped_column(String(8))
    refused_at: Mapped[datetime] = mapped_column(Moment)


class Share(Base):
    """
    Division of a child's lines among payers at one provider, from a day on; never changed.

    Its parts add up to 10 000. Of the divisions in force on a day the latest `valid_from` counts,
    of these the one recorded last.
    """

    __tablename__ = "share"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_share_child", "provider", "child_id", "valid_from"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    child_id: Mapped[str] = mapped_column(Id)
    paper: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str] = mapped_column(Id)


class SharePart(Base):
    """Part of one household in a division: `share_bp` of 10 000."""

    __tablename__ = "share_part"
    __table_args__ = (CheckConstraint("share_bp BETWEEN 1 AND 10000", name="a_part"),)

    share_id: Mapped[str] = mapped_column(ForeignKey("share.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    share_bp: Mapped[int]


append_only(Quotient.__table__)  # type: ignore[arg-type]
append_only(Share.__table__)  # type: ignore[arg-type]
append_only(SharePart.__table__)  # type: ignore[arg-type]
