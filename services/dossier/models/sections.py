"""Sections of a child's dossier as entered, their versions, and the proofs of erasure."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment, append_only

IMPORT = "import"
"""`changed_by` of what came with a household from another software."""
RETENTION = "retention"
"""`changed_by` of what was erased at the end of its retention."""


class Section(Base):
    """
    One section of a child, at its current version; there is no row before the first entry.

    `content` is sealed; NULL for the identity, which is in `child`, and after an erasure.
    `changed_by` is the id of a guardian or of an agent who corrected it, IMPORT or RETENTION.
    `turns_on` is the next day on which the content comes to mean something else by itself (a ruling
    that begins or ends).
    """

    __tablename__ = "section"
    __table_args__ = (
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

    Never changed; deleted only where a `section_erasure` covers the version. `household_id` is the
    home that said it, in which its author lived then: NULL where that is nobody's home (an import).
    `shown` is what its author entered, where that is less than the whole: of a child of a protected
    home, somebody of another one (households/queries/contacts_withheld_from_home.py).
    """

    __tablename__ = "section_history"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[bytes | None] = mapped_column(LargeBinary)
    household_id: Mapped[str | None] = mapped_column(Id)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(36))


class SectionErasure(Base):
    """The proof that a section was erased up to a version, and under which rule of the register."""

    __tablename__ = "section_erasure"

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(20), primary_key=True)
    through_version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(String(100))
    erased_at: Mapped[datetime] = mapped_column(Moment)


append_only(SectionErasure.__table__)  # type: ignore[arg-type]
append_only(
    SectionHistory.__table__,  # type: ignore[arg-type]
    erasable_where="EXISTS (SELECT 1 FROM section_erasure AS proof"
    " WHERE proof.child_id = OLD.child_id AND proof.section = OLD.section"
    " AND proof.through_version >= OLD.version)",
)
