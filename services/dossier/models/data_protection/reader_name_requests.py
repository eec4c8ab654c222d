"""Questions for the name behind a read: who asks and why, and who agreed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Id, Moment


class ReadNameQuestion(Base):
    """
    One question for the name behind a line of the read log; it goes when the line does.

    What the line says is copied: the log itself is deleted in whole months. `reason` is sealed as
    the dossier's own: it may name a family.
    """

    __tablename__ = "read_name_question"
    __table_args__ = (
        CheckConstraint("(given_by IS NULL) = (given_at IS NULL)", name="given_by_somebody"),
        CheckConstraint("given_by IS NULL OR given_by <> asked_by", name="given_by_another"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, unique=True)
    provider: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    part: Mapped[str] = mapped_column(String(20))
    read_at: Mapped[datetime] = mapped_column(Moment, index=True)
    reader: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    asked_by: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[str | None] = mapped_column(Id)
    given_at: Mapped[datetime | None] = mapped_column(Moment)


def sealed_place_of_reason(question_id: str) -> str:
    """Return the place to which a sealed reason is bound."""
    return f"read_name_question|{question_id}"
