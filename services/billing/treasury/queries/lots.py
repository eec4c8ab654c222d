"""Lots as a régie's pages and files show them; read, never changed."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.rules import bill_number_forms
from services.billing.models import Invoice, Lot, LotPiece, Posting, ReturnedRow
from services.billing.models.ledger import TREASURY
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.store import store
from services.billing.treasury.rules.bill_for_accountant import DebtorRecord, PieceLine
from services.billing.treasury.rules.lot_export import Batch, Piece
from shared.contracts.billing.regie.treasury import (
    DONE,
    GONE,
    HANDED_OVER,
    KNOWN,
    LEFT_OUT,
    PAGE,
    REJECTED,
    LotsAnswer,
    NotHandedOver,
    ShownLot,
    ShownPiece,
)
from shared.contracts.errors import NotFound
from shared.dates.clock import PARIS
from shared.register import Provider


def page_of_lots(session: Session, provider: Provider, after: str) -> LotsAnswer:
    """Return a page of the lots of a provider's régies, the latest first."""
    codes = [regie.code for regie in provider.regies]
    query = select(Lot).where(Lot.regie.in_(codes)).order_by(Lot.ordered_at.desc(), Lot.id.desc())
    if after:
        last = session.get(Lot, after)
        if last is not None:
            query = query.where(tuple_(Lot.ordered_at, Lot.id) < (last.ordered_at, last.id))
    rows = session.scalars(query.limit(PAGE + 1)).all()
    return LotsAnswer(
        lots=[lot_summary(session, lot) for lot in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else "",
        unclear=session.scalar(select(func.count()).where(*unclear_row_conditions(codes))) or 0,
        owed_cents=_owed_at_treasury(session, codes),
    )


def unclear_row_conditions(codes: Collection[str]) -> Sequence[Any]:
    """Return the conditions of returned rows that wait for an agent."""
    return (
        ReturnedRow.regie.in_(codes),
        ReturnedRow.outcome.not_in((DONE, KNOWN)),
        ReturnedRow.seen_at.is_(None),
    )


def require_lot(session: Session, provider: Provider, lot_id: str) -> Lot:
    """Return a lot of the provider's; raises NotFound."""
    lot = session.get(Lot, lot_id)
    if lot is None or lot.provider != provider.code:
        raise NotFound
    return lot


def lot_summary(session: Session, lot: Lot) -> ShownLot:
    """Return a lot as a list shows it."""
    bills, left_out, cents = session.execute(
        select(
            func.coalesce(func.sum(case((LotPiece.state.in_((GONE, REJECTED)), 1), else_=0)), 0),
            func.coalesce(func.sum(case((LotPiece.state == LEFT_OUT, 1), else_=0)), 0),
            func.coalesce(func.sum(case((LotPiece.state == LEFT_OUT, 0), else_=LotPiece.cents)), 0),
        ).where(LotPiece.lot_id == lot.id)
    ).one()
    return ShownLot(
        lot_id=lot.id,
        regie=lot.regie,
        channel=lot.channel,
        number=number_of_lot(lot),
        state=lot.state,
        ordered_at=lot.ordered_at,
        bills=int(bills),
        left_out=int(left_out),
        total_cents=int(cents),
        owed_cents=_cents_still_owed_of_lot(session, lot),
    )


def number_of_lot(lot: Lot) -> str:
    """Return a lot's number as people read it: 2026-ENS-L000003."""
    prefix = store.register.provider_and_regie(lot.regie)[1].prefix
    return bill_number_forms.format_number(f"{prefix}-L", lot.fiscal_year, lot.sequence)


def page_of_pieces(session: Session, lot: Lot, after: str) -> tuple[list[ShownPiece], str]:
    """Return a page of a lot's bills, in its order, and its `next`."""
    place = int(after) if after.isdecimal() else 0
    rows = session.execute(
        select(LotPiece, Invoice)
        .join(Invoice, Invoice.id == LotPiece.invoice_id)
        .where(LotPiece.lot_id == lot.id, LotPiece.position > place)
        .order_by(LotPiece.position)
        .limit(PAGE + 1)
    ).all()
    following = str(rows[PAGE - 1][0].position) if len(rows) > PAGE else ""
    return [_piece_as_listed(piece, bill) for piece, bill in rows[:PAGE]], following


def lot_content_for_files(session: Session, lot: Lot) -> Batch:
    """
    Return a lot as its files say it; raises NotHandedOver.

    Whatever came after changes nothing, but for a protection: a file that is taken from then on
    does not say where that debtor lives (rule R9).
    """
    if lot.state != HANDED_OVER:
        raise NotHandedOver
    provider, regie = store.register.provider_and_regie(lot.regie)
    rows = session.execute(
        select(LotPiece, Invoice)
        .join(Invoice, Invoice.id == LotPiece.invoice_id)
        .where(LotPiece.lot_id == lot.id, LotPiece.piece.is_not(None))
        .order_by(LotPiece.position)
    ).all()
    protected = protected_households_among(session, {piece.household_id for piece, _ in rows})
    return Batch(
        number_of_lot(lot),
        lot.fiscal_year,
        lot.sequence,
        lot.ordered_at.astimezone(PARIS).date(),
        provider.controller,
        regie,
        [
            _piece_for_files(piece, bill, hidden=piece.household_id in protected)
            for piece, bill in rows
        ],
    )


def _piece_for_files(piece: LotPiece, bill: Invoice, *, hidden: bool) -> Piece:
    debtor = DebtorRecord(**piece.debtor)
    return Piece(
        number=piece.piece or 0,
        debt=bill.number,
        bill=readable_number(bill.regie, bill.fiscal_year, bill.sequence),
        issued_on=bill.issued_on,
        due_on=bill.due_on,
        month=bill.month,
        cents=piece.cents,
        reference=piece.reference,
        debtor=debtor.without_address if hidden else debtor,
        lines=[PieceLine(**line) for line in piece.lines],
    )


def _piece_as_listed(piece: LotPiece, bill: Invoice) -> ShownPiece:
    return ShownPiece(
        invoice_id=bill.id,
        number=readable_number(bill.regie, bill.fiscal_year, bill.sequence),
        payer=piece.debtor.get("name") or "–",
        debtor=piece.reference,
        state=piece.state,
        why=piece.why,
        cents=piece.cents,
        titre=piece.titre,
        household_id=piece.household_id,
    )


def _cents_still_owed_of_lot(session: Session, lot: Lot) -> int:
    ids = session.scalars(
        select(LotPiece.invoice_id).where(LotPiece.lot_id == lot.id, LotPiece.state == GONE)
    ).all()
    return sum(balances_of_bills(session, ids, TREASURY).values())


def _owed_at_treasury(session: Session, codes: Sequence[str]) -> int:
    conditions = (Posting.account == TREASURY, Posting.regie.in_(codes))
    return int(
        session.scalar(select(func.coalesce(func.sum(Posting.cents), 0)).where(*conditions)) or 0
    )
