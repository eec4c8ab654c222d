"""
What the dossier keeps: households, guardians, children, what was told of them, and to whom it went.

Moments are aware UTC, days are calendar days in France, versions count from 1. Names and birth
dates are in clear, since a desk must find a child; all else is sealed with the child's key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
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

from shared.contracts.formats import PROJECTIONS, SECTIONS
from shared.database import Day, Id, Moment, append_only, declarative_base_for, no_overlap
from shared.person import subject_tables

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = declarative_base_for("dossier")

IMPORT = "import"
"""`changed_by` of what came with a household from another software."""
RETENTION = "retention"
"""`changed_by` of what was erased at the end of its retention."""

GUARDIAN_REQUEST, SCHOOL_LIST, IMPORTED = "guardian_request", "school_list", "imported"
ORIGINS = (GUARDIAN_REQUEST, SCHOOL_LIST, IMPORTED)

READ, PURGE = "read", "purge"


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Household(Base):
    """One home with its guardians; `reference` is its number in the software that it came from."""

    __tablename__ = "household"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Guardian(Base):
    """An adult who answers for a child; `id` is the person's subject at identity."""

    __tablename__ = "guardian"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))


class HouseholdGuardian(Base):
    """A guardian lives in a household."""

    __tablename__ = "household_guardian"

    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), primary_key=True)
    guardian_id: Mapped[str] = mapped_column(
        ForeignKey("guardian.id"), primary_key=True, index=True
    )


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
    birth_date: Mapped[date | None] = mapped_column(Day)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Guardianship(Base):
    """
    A guardian answers for a child over a period, both days included.

    `authority` is parental authority.
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
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)


class ChildHousehold(Base):
    """A child lives in a household; in two where custody alternates."""

    __tablename__ = "child_household"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(
        ForeignKey("household.id"), primary_key=True, index=True
    )


class Section(Base):
    """
    What is told of a child in one section, as it stands; no row: nothing was told yet.

    `content` is sealed; NULL for the identity, which stands in `child`, and after an erasure.
    `changed_by` is a guardian's id, IMPORT or RETENTION. `turns_on` is the next day on which the
    content comes to mean something else by itself (a ruling that begins or ends).
    """

    __tablename__ = "section"
    __table_args__ = (
        _one_of("section", SECTIONS),
        CheckConstraint("version >= 1", name="version_counts_from_one"),
        CheckConstraint("section <> 'identity' OR content IS NULL", name="identity_in_child"),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(36))
    turns_on: Mapped[date | None] = mapped_column(Day, index=True)


class SectionHistory(Base):
    """
    Every version of every section, sealed, the present one included.

    Never changed; deleted only where a `section_erasure` covers the version (erasable.py).
    """

    __tablename__ = "section_history"
    __table_args__ = (_one_of("section", SECTIONS),)

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(36))


class SectionErasure(Base):
    """The proof that a section was erased up to a version, and under which rule of the register."""

    __tablename__ = "section_erasure"
    __table_args__ = (_one_of("section", SECTIONS),)

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    through_version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(String(100))
    erased_at: Mapped[datetime] = mapped_column(Moment)


class Link(Base):
    """
    A provider has, or had, a child; at most one link of a pair is open.

    `version` counts openings and closings of the pair. `erased_at` and `receipt` are set once the
    provider has given receipts for all that it held.
    """

    __tablename__ = "link"
    __table_args__ = (
        _one_of("origin", ORIGINS),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="period_in_order"),
        UniqueConstraint("child_id", "provider", "version", name="uq_link_version"),
        Index(
            "uq_link_one_open",
            "child_id",
            "provider",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_link_provider", "provider", "child_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"))
    provider: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    receipt: Mapped[int | None] = mapped_column(ForeignKey("erasure_receipt.number"))


class Projection(Base):
    """
    How far one projection of one child came at one provider; its content is never stored.

    `version` counts what was sent and never restarts. `told_version`, sent at `sent_at`, is the
    last one that a family is shown: what a ruling changes moves `version` alone (rule R7).
    `digest` is keyed; NULL says that the last version is a tombstone, to be erased after
    `erase_after`. Received and seen are what the provider told (rule R5).
    """

    __tablename__ = "projection"
    __table_args__ = (
        _one_of("projection", PROJECTIONS),
        CheckConstraint("told_version BETWEEN 1 AND version", name="told_was_sent"),
        CheckConstraint("received_version <= version", name="received_was_sent"),
        CheckConstraint("seen_version <= received_version", name="seen_was_received"),
        CheckConstraint("(digest IS NULL) = (erase_after IS NOT NULL)", name="live_or_tombstone"),
        CheckConstraint("(erased_at IS NULL) = (receipt IS NULL)", name="erased_with_receipt"),
        Index("ix_projection_provider", "provider", "child_id"),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    projection: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    told_version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_version: Mapped[int] = mapped_column(BigInteger, default=0)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_version: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_by: Mapped[str] = mapped_column(String(40), default="")
    erase_after: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    receipt: Mapped[int | None] = mapped_column(ForeignKey("erasure_receipt.number"))


class ErasureReceipt(Base):
    """A provider's proof that it erased a projection; numbers run from 1 without gaps."""

    __tablename__ = "erasure_receipt"
    __table_args__ = (
        UniqueConstraint(
            "child_id", "provider", "projection", "version", name="uq_erasure_receipt_version"
        ),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"))
    provider: Mapped[str] = mapped_column(String(40))
    projection: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(BigInteger)
    erased_at: Mapped[datetime] = mapped_column(Moment)


class ReadLog(Base):
    """
    One line for each access at a desk, or for a purge of old lines; chained by `mac` (chain.py).

    `subject` is for the DPO alone. A purge line says through which sequence lines were deleted and
    which `mac` the last of them had. Never changed; deleted only where a purge line covers it.
    """

    __tablename__ = "read_log"
    __table_args__ = (
        _one_of("kind", (READ, PURGE)),
        CheckConstraint(
            "(kind = 'purge') = (through IS NOT NULL) AND (kind = 'purge') = (child_id IS NULL)",
            name="read_or_purge",
        ),
        Index("ix_read_log_child", "child_id", "at"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)
    child_id: Mapped[str | None] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(40), default="")
    projection: Mapped[str] = mapped_column(String(20), default="")
    purpose: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str | None] = mapped_column(Id)
    unusual: Mapped[bool] = mapped_column(default=False)
    through: Mapped[int | None] = mapped_column(BigInteger)
    through_mac: Mapped[str | None] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """The last line of the read log, so that appending locks one row and truncation shows."""

    __tablename__ = "chain_head"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(String(64))


class Counter(Base):
    """A number that is taken under the row's lock, so that none is missing and none is doubled."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Secret(Base):
    """A key of the dossier's own, sealed by the vault: what it signs cannot be forged from here."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


Subject, SubjectRight = subject_tables(Base)

append_only(SectionErasure.__table__)  # type: ignore[arg-type]
append_only(ErasureReceipt.__table__)  # type: ignore[arg-type]
no_overlap(
    Guardianship.__table__,  # type: ignore[arg-type]
    same=("child_id", "guardian_id"),
    start="valid_from",
    end="valid_to",
)
