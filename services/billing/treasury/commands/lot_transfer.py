"""
Hands lots of bills over: ordered as they were shown, then transferred chunk by chunk.

What each chunk writes follows from the order alone (its moment, the bills' places), so that done
again after a crash it is what it would have been. What changed since it was chosen stays here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from services.billing.bills.commands import bill_cards, notices
from services.billing.bills.queries.listed_bills_and_payments import bills_by_id
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.locks import lock_cards
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.queries.payment_plans import kept_plans_of_bills
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Debtor, Invoice, Lot, LotPiece
from services.billing.models.ledger import DEBTORS, EVER, LOTS, RECEIVABLE, TREASURY
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.payers.queries.record_holds import households_on_hold_among
from services.billing.treasury.queries.transferable_bills import (
    TITRE,
    Candidate,
    Choice,
    bills_with_payment_under_way,
    candidate_bills,
)
from shared.contracts.billing.regie.treasury import (
    GONE,
    HANDED_OVER,
    HANDING_OVER,
    LEFT_OUT,
    WAITING,
    LotUnderWay,
)
from shared.contracts.errors import Outdated
from shared.database import Store, Write
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id

CHUNK = 200


def order_lot_of_bills(
    write: Write,
    provider: Provider,
    regie: Regie,
    choice: Choice,
    shown: tuple[int, int],
    *,
    by: str,
    at: datetime,
) -> str:
    """
    Order the lot of what may go; `shown` is how many bills, and cents, were on the screen.

    Raises Outdated where it is something else by now, LotUnderWay.
    """
    day = at.astimezone(PARIS).date()
    sequence = gapless_numbers.take_numbers(write, regie.code, day.year, LOTS)
    if _has_leaving_lot(write, regie.code):
        raise LotUnderWay
    going = [
        candidate for candidate in candidate_bills(write, regie, choice, day) if candidate.may_go
    ]
    if not going or (len(going), sum(candidate.cents for candidate in going)) != shown:
        raise Outdated
    lot = Lot(
        id=new_id(),
        provider=provider.code,
        regie=regie.code,
        channel=regie.channel,
        fiscal_year=day.year,
        sequence=sequence,
        state=HANDING_OVER,
        overdue_days=choice.overdue_days,
        reminders=choice.reminders,
        ordered_at=at,
        ordered_by=by,
    )
    write.add(lot)
    write.flush()
    write.execute(
        insert(LotPiece), [_piece_row(lot.id, *candidate) for candidate in enumerate(going, 1)]
    )
    return lot.id


def next_lot(store: Store, resting: Collection[str] = ()) -> Lot | None:
    """Return the lot that was ordered first of those that leave."""
    rows = select(Lot).where(Lot.state == HANDING_OVER, Lot.id.not_in(resting))
    with store.read() as read:
        lots = read.scalars(rows.order_by(Lot.ordered_at, Lot.id)).all()
    return next((lot for lot in lots if store.register.has_regie(lot.regie)), None)


def hand_over_next_bills(store: Store, lot: Lot, size: int = CHUNK) -> None:
    """Hand over the next bills of a lot; without any left it is whole."""
    with store.write() as write:
        state = write.scalars(select(Lot.state).where(Lot.id == lot.id).with_for_update()).one()
        if state != HANDING_OVER:
            return
        waiting = _waiting_pieces(write, lot.id, size)
        if waiting:
            _hand_over_pieces(write, store.register.provider_and_regie(lot.regie)[1], lot, waiting)
        if len(waiting) < size:
            write.execute(update(Lot).where(Lot.id == lot.id).values(state=HANDED_OVER))


def _hand_over_pieces(write: Write, regie: Regie, lot: Lot, waiting: Sequence[LotPiece]) -> None:
    lock_cards(write, lot.provider, {piece.household_id for piece in waiting})
    ids = [piece.invoice_id for piece in waiting]
    write.execute(
        select(Invoice.id).where(Invoice.id.in_(ids)).order_by(Invoice.id).with_for_update()
    ).all()
    owed, open_ones = balances_of_bills(write, ids), bills_with_payment_under_way(write, ids)
    homes = {piece.household_id for piece in waiting}
    on_hold, protected = (
        households_on_hold_among(write, homes),
        protected_households_among(write, homes),
    )
    planned = kept_plans_of_bills(write, ids)
    for piece in waiting:
        piece.why = _reason_not_to_hand_over(
            piece, owed[piece.invoice_id], piece.invoice_id in open_ones
        )
        if piece.invoice_id in planned:
            piece.why = "planned"
        if piece.household_id in protected:
            piece.why = "protected"
        if piece.household_id in on_hold:
            piece.why = "held"
        piece.state = LEFT_OUT if piece.why else GONE
    going = [piece for piece in waiting if piece.state == GONE]
    _number_pieces(write, regie, lot, going)
    write.flush()
    ledger.post_entries(write, [_entry_of_piece(lot, piece) for piece in going])
    _publish_notices(write, lot, going)
    bill_cards.publish_changed_cards(
        write, lot.provider, {piece.household_id for piece in going}, lot.ordered_at
    )


def _reason_not_to_hand_over(piece: LotPiece, owed_cents: int, is_under_way: bool) -> str:
    """Return the code why a bill does not go after all, "" where it does."""
    if owed_cents <= 0:
        return "settled"
    if is_under_way:
        return "under_way"
    return "" if owed_cents == piece.cents else "changed"


def _number_pieces(write: Write, regie: Regie, lot: Lot, going: Sequence[LotPiece]) -> None:
    """Give pieces their numbers in the lot, and debtors the reference that stays theirs."""
    gone = select(func.count()).where(LotPiece.lot_id == lot.id, LotPiece.piece.is_not(None))
    before = write.scalar(gone) or 0
    references = _debtor_references(write, regie, [piece.household_id for piece in going])
    for number, piece in enumerate(going, before + 1):
        piece.piece, piece.reference = number, references[piece.household_id]


def _debtor_references(
    write: Write, regie: Regie, household_ids: Sequence[str]
) -> Mapping[str, str]:
    known = {
        household_id: reference
        for chunk in ordered_chunks(household_ids)
        for household_id, reference in write.execute(
            select(Debtor.household_id, Debtor.reference).where(
                Debtor.regie == regie.code, Debtor.household_id.in_(chunk)
            )
        )
    }
    fresh = [
        household_id for household_id in dict.fromkeys(household_ids) if household_id not in known
    ]
    if fresh:
        first = gapless_numbers.take_numbers(write, regie.code, EVER, DEBTORS, len(fresh))
        given = {
            household_id: f"{regie.prefix}{first + at:07d}" for at, household_id in enumerate(fresh)
        }
        rows = [
            {"regie": regie.code, "household_id": household_id, "reference": reference}
            for household_id, reference in given.items()
        ]
        write.execute(insert(Debtor), rows)
        known |= given
    return known


def _entry_of_piece(lot: Lot, piece: LotPiece) -> NewEntry:
    moves = [
        Move(TREASURY, piece.cents, piece.household_id, piece.invoice_id),
        Move(RECEIVABLE, -piece.cents, piece.household_id, piece.invoice_id),
    ]
    source = f"transfer:{lot.id}:{piece.position}"
    return NewEntry(lot.regie, "transfer", source, _day_of_lot(lot), lot.ordered_at, moves)


def _publish_notices(write: Write, lot: Lot, going: Sequence[LotPiece]) -> None:
    """Notify families whose bill moves to the Treasury; a titre's was there from the start."""
    if lot.channel == TITRE:
        return
    shown = bills_by_id(write, [piece.invoice_id for piece in going])
    for piece in going:
        bill = shown[piece.invoice_id]
        detail = {
            "number": bill["number"],
            "month": bill["month"],
            "cents": piece.cents,
            "asks_back": bill["asks_back"],
        }
        key = f"transferred:{lot.id}:{piece.position}"
        kind = "bill_transferred"
        at, household = lot.ordered_at, piece.household_id
        notices.notify_unless_on_hold(write, lot.provider, household, key, kind, detail, at)


def _waiting_pieces(session: Session, lot_id: str, size: int) -> Sequence[LotPiece]:
    rows = select(LotPiece).where(LotPiece.lot_id == lot_id, LotPiece.state == WAITING)
    return session.scalars(rows.order_by(LotPiece.position).limit(size)).all()


def _has_leaving_lot(session: Session, regie: str) -> bool:
    rows = select(Lot.id).where(Lot.regie == regie, Lot.state == HANDING_OVER)
    return session.scalar(rows) is not None


def _piece_row(lot_id: str, position: int, chosen: Candidate) -> dict[str, object]:
    return {
        "lot_id": lot_id,
        "position": position,
        "invoice_id": chosen.invoice_id,
        "household_id": chosen.household_id,
        "state": WAITING,
        "cents": chosen.cents,
        "debtor": chosen.debtor.as_row(),
        "lines": [asdict(line) for line in chosen.lines],
    }


def _day_of_lot(lot: Lot) -> date:
    return lot.ordered_at.astimezone(PARIS).date()
