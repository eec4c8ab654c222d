"""
Processes rows returned by the public accountant: each once, or listed with what it is missing.

A row names a bill by its number in 14 digits. What names none, says too much or comes too late
is listed until an agent has handled it: nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from uuid import UUID, uuid5

from sqlalchemy import select, update

from services.billing.bills.commands import bill_cards
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_cards
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Invoice, LotPiece, Payment, ReturnedRow, TreasuryReturn
from services.billing.models.ledger import GIVEN_UP, RECEIVABLE, TREASURY
from services.billing.payments.commands.credits import use_credit_at_once
from services.billing.payments.commands.payment_booking import CAME, notify_payer
from services.billing.treasury.rules.return_file import Row, Unreadable, read_return_file
from shared.contracts.billing.bills import PAID
from shared.contracts.billing.bills import TREASURY as MEANS
from shared.contracts.billing.regie.treasury import (
    ACCEPTED,
    CANCELLED,
    DONE,
    GONE,
    KNOWN,
    ODD,
    RECEIPT,
    REJECTED,
    UNKNOWN,
    ReturnUnreadable,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id

_PAYMENTS = UUID("5d1c9a5e-8d3b-4c0b-9a07-3b7d2b1f9e60")
NOON = time(12, tzinfo=PARIS)

Outcome = tuple[str, str]
"""An outcome of a row and its reason: codes of shared/contracts/billing/regie/treasury.py."""


def process_return(
    write: Write, provider: Provider, regie: Regie, content: str, *, by: str, at: datetime
) -> tuple[str, dict[str, int]]:
    """
    Process a return file row by row; return its id, and the number of rows by outcome.

    Raises ReturnUnreadable where the file as a whole is none: nothing of it is done.
    """
    try:
        rows = read_return_file(content)
    except Unreadable as broken:
        raise ReturnUnreadable(why=broken.why) from None
    kept = TreasuryReturn(
        id=new_id(), provider=provider.code, regie=regie.code, read_at=at, read_by=by
    )
    write.add(kept)
    write.flush()
    pieces = _lock_transferred_pieces(write, provider, regie, rows)
    counts: dict[str, int] = {}
    for place, row in enumerate(rows, 1):
        outcome, why = _process_row(write, regie, row, pieces.get(row.debt), at)
        write.add(_make_returned_row(kept, place, row, outcome, why))
        write.flush()
        counts[outcome] = counts.get(outcome, 0) + 1
    bill_cards.publish_changed_cards(
        write, provider.code, {piece.household_id for piece in pieces.values()}, at
    )
    return kept.id, counts


def _lock_transferred_pieces(
    write: Write, provider: Provider, regie: Regie, rows: Sequence[Row]
) -> Mapping[str, LotPiece]:
    """
    Return by bill's number the piece as which it was transferred last, and lock
    what these households owe.
    """
    pieces = {
        number: piece
        for chunk in ordered_chunks({row.debt for row in rows if row.is_sound})
        for number, piece in write.execute(
            select(Invoice.number, LotPiece)
            .join(LotPiece, LotPiece.invoice_id == Invoice.id)
            .where(Invoice.number.in_(chunk), Invoice.regie == regie.code)
            .where(LotPiece.piece.is_not(None))
            .order_by(LotPiece.lot_id)
        )
    }
    lock_cards(write, provider.code, {piece.household_id for piece in pieces.values()})
    for piece in pieces.values():
        write.refresh(piece)
    return pieces


def _process_row(
    write: Write, regie: Regie, row: Row, piece: LotPiece | None, at: datetime
) -> Outcome:
    before = write.scalars(
        select(ReturnedRow).where(
            ReturnedRow.regie == regie.code, ReturnedRow.key == row.key, ReturnedRow.outcome == DONE
        )
    ).one_or_none()
    if before is not None:
        return (
            (KNOWN, "")
            if _content_of_row(before) == _content_of_row(row)
            else (ODD, "other_content")
        )
    if not row.is_sound:
        return ODD, "unreadable"
    if piece is None:
        return UNKNOWN, ""
    return _DOES[row.kind](write, regie, row, piece, at)


def _set_titre_of_piece(
    _write: Write, _regie: Regie, row: Row, piece: LotPiece, _at: datetime
) -> Outcome:
    piece.titre = row.titre
    return DONE, ""


def _book_refused_bill_back(
    write: Write, regie: Regie, _row: Row, piece: LotPiece, at: datetime
) -> Outcome:
    """Make a refused bill owed here again; it can go with another lot."""
    owed = _owed_at_treasury(write, piece)
    if piece.state != GONE:
        return ODD, "not_at_treasury"
    if owed != piece.cents:
        return ODD, "paid_in_part"
    moves = [_receivable_move(RECEIVABLE, owed, piece), _receivable_move(TREASURY, -owed, piece)]
    source = f"transfer_back:{piece.lot_id}:{piece.position}"
    day = at.astimezone(PARIS).date()
    ledger.post_entries(write, [NewEntry(regie.code, "transfer", source, day, at, moves)])
    piece.state = REJECTED
    write.flush()
    use_credit_at_once(write, regie.code, [piece.household_id], at, piece.lot_id)
    return DONE, ""


def _book_receipt(write: Write, regie: Regie, row: Row, piece: LotPiece, at: datetime) -> Outcome:
    """Book money that came to the Treasury as a payment of the bill, of that day."""
    assert row.day is not None
    outcome = _odd_outcome_of_row(write, row, piece)
    if outcome is not None:
        return outcome
    payment = Payment(
        id=str(uuid5(_PAYMENTS, f"{regie.code}|{row.key}")),
        provider=write.get_one(Invoice, piece.invoice_id).provider,
        regie=regie.code,
        household_id=piece.household_id,
        invoice_id=piece.invoice_id,
        means=MEANS,
        cents=row.cents,
        state=PAID,
        created_at=at,
        received_on=row.day,
        booked_at=datetime.combine(row.day, NOON),
    )
    write.add(payment)
    write.flush()
    moves = [
        Move(f"cash:{MEANS}", row.cents, payment_id=payment.id),
        _receivable_move(TREASURY, -row.cents, piece, payment.id),
    ]
    source = f"payment:{payment.id}"
    ledger.post_entries(write, [NewEntry(regie.code, "payment", source, row.day, at, moves)])
    notify_payer(write, payment, CAME, at)
    return DONE, ""


def _write_bill_off(write: Write, regie: Regie, row: Row, piece: LotPiece, at: datetime) -> Outcome:
    """Write off a bill: cancelled at the Treasury, or beyond recovery."""
    assert row.day is not None
    outcome = _odd_outcome_of_row(write, row, piece)
    if outcome is not None:
        return outcome
    moves = [Move(GIVEN_UP, row.cents), _receivable_move(TREASURY, -row.cents, piece)]
    source = f"given_up:{uuid5(_PAYMENTS, f'{regie.code}|{row.key}')}"
    ledger.post_entries(write, [NewEntry(regie.code, "given_up", source, row.day, at, moves)])
    return DONE, ""


_DOES = {
    ACCEPTED: _set_titre_of_piece,
    "rejected": _book_refused_bill_back,
    RECEIPT: _book_receipt,
    CANCELLED: _write_bill_off,
}


def _odd_outcome_of_row(write: Write, row: Row, piece: LotPiece) -> Outcome | None:
    owed = _owed_at_treasury(write, piece)
    if owed <= 0:
        return ODD, "not_at_treasury"
    return (ODD, "too_much") if row.cents > owed else None


def _owed_at_treasury(write: Write, piece: LotPiece) -> int:
    return balances_of_bills(write, [piece.invoice_id], TREASURY)[piece.invoice_id]


def _receivable_move(
    account: str, cents: int, piece: LotPiece, payment_id: str | None = None
) -> Move:
    return Move(account, cents, piece.household_id, piece.invoice_id, payment_id)


def _content_of_row(row: Row | ReturnedRow) -> tuple[object, ...]:
    return row.kind, row.debt, row.titre, row.day, row.cents


def _make_returned_row(
    of: TreasuryReturn, place: int, row: Row, outcome: str, why: str
) -> ReturnedRow:
    values = {name: getattr(row, name) for name in ("key", "kind", "debt", "titre", "day", "cents")}
    return ReturnedRow(
        id=new_id(),
        return_id=of.id,
        place=place,
        regie=of.regie,
        **values,
        reason=row.reason,
        outcome=outcome,
        why=why,
    )


def mark_row_seen(write: Write, provider: Provider, row_id: str, at: datetime) -> None:
    """Record a row as handled; raises NotFound."""
    codes = [regie.code for regie in provider.regies]
    conditions = (ReturnedRow.id == row_id, ReturnedRow.regie.in_(codes))
    seen = update(ReturnedRow).where(*conditions).values(seen_at=at).returning(ReturnedRow.id)
    if write.execute(seen).first() is None:
        raise NotFound
