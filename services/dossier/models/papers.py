"""Papers that families keep for children and homes, and the parts of every paper's file."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment


class KeptPaper(Base):
    """
    The file of a paper that a family keeps; its kind is sealed in the section « papers ».

    `size` is 0 until all of its parts have come and made a file: then `media_type` says which.
    `ask_again_on` is the day on which its family is asked for the next one, `asked_at` when it was:
    a day in clear, which reveals neither the kind of paper nor whose it is.
    """

    __tablename__ = "kept_paper"
    __table_args__ = (
        CheckConstraint("(size = 0) = (media_type = '')", name="typed_once_whole"),
        CheckConstraint("asked_at IS NULL OR ask_again_on IS NOT NULL", name="asked_once_due"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(20), default="")
    size: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment, index=True)
    ask_again_on: Mapped[date | None] = mapped_column(Day, index=True)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)


class HouseholdPaper(Base):
    """
    A paper that a guardian keeps for a household, sealed with the household's key.

    `content` says its kind, who kept it and what an agent found: clear is only that a paper
    is there, and when an agent looked at it. `size` is 0 until its file is whole.
    """

    __tablename__ = "household_paper"
    __table_args__ = (CheckConstraint("(size = 0) = (media_type = '')", name="typed_once_whole"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(20), default="")
    size: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PaperPart(Base):
    """
    One message's part of a photographed paper, sealed with the key of whose it is.

    Of a registration's paper that is the registration, of one that is kept the child or the home.
    """

    __tablename__ = "paper_part"

    paper_id: Mapped[str] = mapped_column(Id, primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
