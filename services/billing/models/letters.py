"""Letters on paper: whom e-mails reach, who asked for paper, and what was printed when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.regie.letters import HANDED_OVER_WHYS, LETTER_KINDS
from shared.database import Id, Moment, one_of


class EmailReach(Base):
    """Reach of a guardian by e-mail, yes or no, as identity last published it; no address."""

    __tablename__ = "email_reach"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    by_email: Mapped[bool]


class PaperChoice(Base):
    """A household that wants a provider's letters on paper, whatever reaches it besides."""

    __tablename__ = "paper_choice"

    provider: Mapped[str] = mapped_column(Code, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[str] = mapped_column(Id)


class PrintRun(Base):
    """Letters that an agent had printed at one time."""

    __tablename__ = "print_run"
    __table_args__ = (Index("ix_print_run_provider", "provider", "printed_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    printed_at: Mapped[datetime] = mapped_column(Moment)
    printed_by: Mapped[str] = mapped_column(Id)


class PrintPart(Base):
    """
    One file of a run. `wanted` until the worker has laid it out.

    `content` is kept for some days, and made again from the same letters when it is asked for.
    """

    __tablename__ = "print_part"
    __table_args__ = (Index("ix_print_part_wanted", "wanted", "run_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("print_run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wanted: Mapped[bool]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime | None] = mapped_column(Moment)


class PrintedPiece(Base):
    """
    Piece printed once: a bill, a credit note, a tax certificate, or the nth reminder of a bill.

    Reminders of one household lie in one letter, at the same `position`. `cents` is what was owed
    then. `by_hand` is why it has no address; `by_name`: laid out without one.
    """

    __tablename__ = "printed_piece"
    __table_args__ = (
        one_of("kind", LETTER_KINDS),
        one_of("by_hand", HANDED_OVER_WHYS),
        CheckConstraint("(kind = 'reminder') = (level > 0)", name="nth_reminder"),
        Index("ix_printed_piece_run", "run_id", "position"),
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    reference: Mapped[str] = mapped_column(Id, primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[str] = mapped_column(ForeignKey("print_run.id"))
    part: Mapped[int]
    position: Mapped[int]
    household_id: Mapped[str] = mapped_column(Id)
    cents: Mapped[int] = mapped_column(Cents)
    by_hand: Mapped[str] = mapped_column(String(12))
    by_name: Mapped[bool]
