"""Two files that are one child: which is read for both; and two files that are two children."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Id, Moment

_IN_FORCE = text("parted_at IS NULL")


class ChildJoin(Base):
    """
    The file `other_id` is the same child as `kept_id`, whose dossier is published under both ids.

    Sections, links, reads, receipts of the other file stay under its id; who answered for it and
    where it lived then is in `content` alone, sealed with its key, from which it comes back when
    the two are taken apart: NULL then, and once either is erased. `id` is the correction that
    joined them, `parting_id` the one that took them apart.
    """

    __tablename__ = "child_join"
    __table_args__ = (
        CheckConstraint("kept_id <> other_id", name="of_two_files"),
        CheckConstraint("(parted_at IS NULL) = (parted_by IS NULL)", name="parted_by_whom"),
        CheckConstraint("parted_at IS NULL OR content IS NULL", name="content_while_joined"),
        Index(
            "uq_child_join_one",
            "other_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kept_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    joined_at: Mapped[datetime] = mapped_column(Moment, index=True)
    joined_by: Mapped[str] = mapped_column(String(36))
    parted_at: Mapped[datetime | None] = mapped_column(Moment)
    parted_by: Mapped[str | None] = mapped_column(String(36))
    parting_id: Mapped[str | None] = mapped_column(Id)


class DifferentChildren(Base):
    """An agent has looked: these two files are two children, and are proposed no more."""

    __tablename__ = "different_children"
    __table_args__ = (CheckConstraint("one_id < other_id", name="in_order"),)

    one_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    said_by: Mapped[str] = mapped_column(String(36))
    said_at: Mapped[datetime] = mapped_column(Moment)
