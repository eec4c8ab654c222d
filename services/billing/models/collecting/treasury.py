"""Public finance: who owes as the accountant knows it, lots handed over, and what comes back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.models.base import Base, Cents, Code
from shared.contracts.billing.regie.treasury import (
    CIVILITIES,
    LONGEST_NAME,
    LOT_STATES,
    OUTCOMES,
    PIECE_STATES,
)
from shared.database import Day, Id, Moment, append_only, one_of

_HANDING_OVER = "state = 'handing_over'"


class Debtor(Base):
    """A household as a régie's accountant knows it: `reference` is given once and stays."""

    __tablename__ = "debtor"
    __table_args__ = (UniqueConstraint("regie", "reference"),)

    regie: Mapped[str] = mapped_column(Code, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))


class DebtorName(Base):
    """
    Civility, first and last name of a debtor, as a régisseur wrote them for the accountant.

    `name` is that on the bills: whoever has another one in the dossier since is asked for anew.
    """

    __tablename__ = "debtor_name"
    __table_args__ = (one_of("civility", CIVILITIES),)

    regie: Mapped[str] = mapped_column(Code, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(250), primary_key=True)
    civility: Mapped[str] = mapped_column(String(10))
    first_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    last_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    written_by: Mapped[str] = mapped_column(Id)
    written_at: Mapped[datetime] = mapped_column(Moment)


class Lot(Base):
    """
    Bills that a régie transfers to the public accountant at once, numbered without gaps in a year.

    `ordered_at` is fixed with the order and dates all of it. One lot of a régie leaves at a time.
    """

    __tablename__ = "lot"
    __table_args__ = (
        one_of("state", LOT_STATES),
        UniqueConstraint("regie", "fiscal_year", "sequence"),
        Index(
            "uq_lot_leaving",
            "regie",
            unique=True,
            sqlite_where=text(_HANDING_OVER),
            postgresql_where=text(_HANDING_OVER),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    channel: Mapped[str] = mapped_column(String(10))
    fiscal_year: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(15))
    overdue_days: Mapped[int]
    reminders: Mapped[int]
    ordered_at: Mapped[datetime] = mapped_column(Moment)
    ordered_by: Mapped[str] = mapped_column(Id)


class LotPiece(Base):
    """
    One bill of a lot. `position` fixes the order, `piece` is its number there once it has gone.

    `cents` is what was owed of it when it was chosen, and what is handed over; `debtor` who owes it
    (name, address) and `lines` for what (label, cents, codes), both as they were handed over. Σ of
    the lines is `cents`. `why` says why it was left out, `titre` how the accountant numbers it.
    """

    __tablename__ = "lot_piece"
    __table_args__ = (
        one_of("state", PIECE_STATES),
        CheckConstraint("cents > 0", name="some_money"),
        UniqueConstraint("lot_id", "invoice_id"),
        Index("ix_lot_piece_invoice", "invoice_id"),
    )

    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"))
    household_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))
    cents: Mapped[int] = mapped_column(Cents)
    piece: Mapped[int | None]
    reference: Mapped[str] = mapped_column(String(20), default="")
    debtor: Mapped[dict] = mapped_column(JSON, default=dict)
    lines: Mapped[list] = mapped_column(JSON, default=list)
    why: Mapped[str] = mapped_column(String(20), default="")
    titre: Mapped[str] = mapped_column(String(30), default="")


class TreasuryReturn(Base):
    """A return file that was read. Its rows are stored beside it; the file itself is not."""

    __tablename__ = "treasury_return"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(Code)
    regie: Mapped[str] = mapped_column(Code)
    read_at: Mapped[datetime] = mapped_column(Moment)
    read_by: Mapped[str] = mapped_column(Id)


class ReturnedRow(Base):
    """
    One row of a return, as it was read, and what came of it.

    `key` is the sender's own name of the row: of each régie and key one row at most is `done`.
    `seen_at` is when an agent handled a row that had no effect.
    """

    __tablename__ = "returned_row"
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        Index("ix_returned_row_return", "return_id", "place"),
        Index("ix_returned_row_open", "outcome", "seen_at"),
        Index(
            "uq_returned_row_done",
            "regie",
            "key",
            unique=True,
            sqlite_where=text("outcome = 'done'"),
            postgresql_where=text("outcome = 'done'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    return_id: Mapped[str] = mapped_column(ForeignKey("treasury_return.id"))
    place: Mapped[int]
    regie: Mapped[str] = mapped_column(Code)
    key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    debt: Mapped[str] = mapped_column(String(20))
    titre: Mapped[str] = mapped_column(String(30))
    day: Mapped[date | None] = mapped_column(Day)
    cents: Mapped[int] = mapped_column(Cents)
    reason: Mapped[str] = mapped_column(String(160))
    outcome: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(20), default="")
    seen_at: Mapped[datetime | None] = mapped_column(Moment)


append_only(Debtor.__table__)  # type: ignore[arg-type]
append_only(TreasuryReturn.__table__)  # type: ignore[arg-type]
