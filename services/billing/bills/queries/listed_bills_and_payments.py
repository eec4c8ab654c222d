"""Bills and payments as lists and pages show them: read, never changed."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, select, true
from sqlalchemy.orm import Session

from services.billing.bills.rules.contents_of_new_bills import is_asking_back
from services.billing.bills.rules.states import state_of_bill
from services.billing.ledger.queries.payment_plans import PlanByNow, plans_of_bills
from services.billing.ledger.rules import bill_number_forms
from services.billing.models import Dispute, Entry, Invoice, InvoiceLine, Payment, Posting
from services.billing.models.ledger import CHARGES, CLAIMS, RECEIVABLE
from services.billing.payers.queries.deceased_adults import select_households_without_payer
from services.billing.payers.queries.record_holds import select_households_on_hold
from services.billing.store import store
from shared.contracts.billing.bills import (
    DEBIT,
    DISCREPANT,
    EXPIRED,
    INITIATED,
    INVOICE,
    PENDING,
    Bill,
    CreditNote,
    Line,
)
from shared.contracts.billing.bills import Payment as PaymentRow
from shared.database.chunks import ordered_chunks
from shared.dates.clock import today
from shared.dates.months import first_of
from shared.register import ProviderNotFound
from shared.text import folded

_BILL, _PAYMENT = Invoice.__table__.c, Payment.__table__.c

UNSEEN = (INITIATED, EXPIRED)
"""States of a payment that was never made: no list shows it."""

BILL_COLUMNS = (
    _BILL.id,
    _BILL.household_id,
    _BILL.kind,
    _BILL.regie,
    _BILL.fiscal_year,
    _BILL.sequence,
    _BILL.month,
    _BILL.issued_on,
    _BILL.due_on,
    _BILL.total_cents,
    _BILL.reason,
    _BILL.household_id.in_(select_households_on_hold()).label("on_hold"),
    _BILL.household_id.in_(select_households_without_payer()).label("of_estate"),
)
PAYMENT_COLUMNS = (
    _PAYMENT.id,
    _PAYMENT.household_id,
    _PAYMENT.invoice_id,
    _PAYMENT.means,
    _PAYMENT.came_by,
    _PAYMENT.cheque,
    _PAYMENT.cents,
    _PAYMENT.state,
    _PAYMENT.created_at,
    _PAYMENT.booked_at,
    _PAYMENT.receipt,
    _PAYMENT.reversed_because,
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """
    Balance of a bill, and what was paid on it and not given back; cents.

    `treasury` is the part of the balance that is owed at the Treasury.
    """

    balance: int = 0
    paid: int = 0
    treasury: int = 0


NOTHING = Amounts()


def bills_by_id(session: Session, invoice_ids: Collection[str]) -> Mapping[str, Bill]:
    """Return these bills by id."""
    bills = [
        bill
        for chunk in ordered_chunks(invoice_ids)
        for bill in session.execute(select(*BILL_COLUMNS).where(_BILL.id.in_(chunk)))
    ]
    return bills_as_listed(session, bills, today())


def bills_as_listed(session: Session, bills: Sequence[Any], on: date) -> Mapping[str, Bill]:
    """Return the bills of rows of BILL_COLUMNS by id, as they are on a day."""
    owed = [bill.id for bill in bills if bill.kind == INVOICE]
    amounts, checking = (
        cents_owed_and_paid_by_bill(session, owed),
        bills_with_pending_payment(session, owed),
    )
    unclear, plans = bills_with_unclear_payment(session, owed), plans_of_bills(session, owed)
    return {
        bill.id: _bill_as_listed(
            bill,
            amounts.get(bill.id, NOTHING),
            on,
            checking=bill.id in checking,
            debit_on=checking.get(bill.id),
            unclear=bill.id in unclear,
            plan=plans.get(bill.id),
        )
        for bill in bills
    }


def _bill_as_listed(
    bill: Any,
    amounts: Amounts,
    on: date,
    *,
    checking: bool,
    debit_on: date | None,
    unclear: bool,
    plan: PlanByNow | None,
) -> Bill:
    asks_later = bool(bill.on_hold or bill.of_estate) or (plan is not None and plan.is_kept)
    # On hold, without a payer left, or with a plan that is kept: never late.
    due_on = on if asks_later else bill.due_on
    known = (bill.kind, bill.total_cents, amounts.balance, amounts.paid, due_on, on)
    piece = plan.next_piece_of_bill(bill.id) if plan else None
    state = state_of_bill(*known, amounts.treasury)
    return {
        "invoice_id": bill.id,
        "number": readable_number(bill.regie, bill.fiscal_year, bill.sequence),
        "kind": bill.kind,
        "month": bill.month,
        "issued_on": bill.issued_on,
        "due_on": bill.due_on,
        "total_cents": bill.total_cents,
        "balance_cents": amounts.balance,
        "state": state,
        "checking": checking,
        "debit_on": debit_on,
        "unclear": unclear,
        "taken_over": False,
        "asks_back": is_asking_back(bill.kind, bill.reason),
        "plan": plan.plan.state if plan else "",
        "part_cents": piece.cents if piece else 0,
        "part_on": piece.due_on if piece else None,
        "on_hold": bool(bill.on_hold) and amounts.balance > 0,
    }


def readable_number(regie: str, fiscal_year: int, sequence: int) -> str:
    """
    Return a bill's number as people read it: 2026-ENS-000123.

    For a provider that left the town, its régie's code replaces the prefix.
    """
    try:
        prefix = store.register.provider_and_regie(regie)[1].prefix
    except ProviderNotFound:
        prefix = regie.upper()
    return bill_number_forms.format_number(prefix, fiscal_year, sequence)


def may_be_in_number_condition(provider: str, word: str) -> ColumnElement[bool]:
    """
    Return the condition of a provider's bill whose readable number may hold a folded word.

    It is true of a few other bills, too: figures are looked for wherever they stand.
    """
    figures = re.findall(r"[0-9]+", word)
    letters = any(word in folded(each) for each in _prefixes_of(provider))
    if not figures and not letters:
        return false()
    return and_(true(), *(Invoice.number.contains(each) for each in figures))


def _prefixes_of(provider: str) -> Collection[str]:
    return [regie.prefix for regie in store.register.provider(provider).regies]


def cents_owed_and_paid_by_bill(
    session: Session, invoice_ids: Collection[str]
) -> Mapping[str, Amounts]:
    """Return by bill what is owed of it and what was paid; none for one without a posting."""
    came = func.sum(case((Entry.kind.in_(CHARGES), 0), else_=-Posting.cents))
    received = func.sum(case((Posting.account == RECEIVABLE, 0), else_=Posting.cents))
    query = (
        select(Posting.invoice_id, func.sum(Posting.cents), came, received)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Posting.account.in_(CLAIMS))
        .group_by(Posting.invoice_id)
    )
    return {
        str(invoice_id): Amounts(int(balance), int(paid), int(treasury))
        for chunk in ordered_chunks(invoice_ids)
        for invoice_id, balance, paid, treasury in session.execute(
            query.where(Posting.invoice_id.in_(chunk))
        )
    }


def bills_with_pending_payment(
    session: Session, invoice_ids: Collection[str]
) -> Mapping[str, date | None]:
    """
    Return those of the bills of which a payment is under way, its result not known yet.

    Beside each the day on which it is debited, None where it is paid otherwise.
    """
    columns = (Payment.invoice_id, Payment.means, Payment.received_on)
    return {
        str(invoice_id): day if means == DEBIT else None
        for chunk in ordered_chunks(invoice_ids)
        for invoice_id, means, day in session.execute(
            select(*columns).where(Payment.invoice_id.in_(chunk), Payment.state == PENDING)
        )
    }


def bills_with_unclear_payment(session: Session, invoice_ids: Collection[str]) -> set[str]:
    """Return those of the bills of which PayFiP says something else than was asked."""
    return {
        str(invoice_id)
        for chunk in ordered_chunks(invoice_ids)
        for invoice_id in session.scalars(
            select(Payment.invoice_id).where(
                Payment.invoice_id.in_(chunk), Payment.state == DISCREPANT
            )
        )
    }


def payments_as_listed(session: Session, payments: Iterable[Any]) -> list[PaymentRow]:
    """Return the payments of rows of PAYMENT_COLUMNS, the latest first; none that is UNSEEN."""
    rows = [payment for payment in payments if payment.state not in UNSEEN]
    numbered = numbers_of_bills(session, {row.invoice_id for row in rows if row.invoice_id})
    latest = sorted(rows, key=lambda row: (row.booked_at or row.created_at, row.id), reverse=True)
    return [
        {
            "payment_id": row.id,
            "invoice_id": row.invoice_id,
            "number": numbered.get(row.invoice_id, ""),
            "at": row.booked_at or row.created_at,
            "means": row.means,
            "came_by": row.came_by,
            "cheque": row.cheque,
            "cents": row.cents,
            "state": row.state,
            "receipt": row.receipt,
            "reversed_because": row.reversed_because,
            "taken_over": False,
        }
        for row in latest
    ]


def payments_of_bill(session: Session, invoice_id: str) -> list[PaymentRow]:
    """Return the payments of a bill, the latest first, without those that were never made."""
    rows = session.execute(select(*PAYMENT_COLUMNS).where(_PAYMENT.invoice_id == invoice_id))
    return payments_as_listed(session, rows)


def credit_notes_of_bill(session: Session, invoice_id: str) -> list[CreditNote]:
    """Return the credit notes of a bill in the order of their issue, with positive cents."""
    rows = session.scalars(
        select(Invoice)
        .where(Invoice.of_invoice_id == invoice_id)
        .order_by(Invoice.issued_at, Invoice.sequence)
    )
    return [
        {
            "invoice_id": row.id,
            "number": readable_number(row.regie, row.fiscal_year, row.sequence),
            "cents": -row.total_cents,
        }
        for row in rows
    ]


def lines_of_bill(session: Session, invoice_id: str) -> list[Line]:
    """Return the lines of a bill in their order."""
    disputed = set(
        session.scalars(
            select(Dispute.seq).where(
                Dispute.invoice_id == invoice_id, Dispute.resolved_at.is_(None)
            )
        )
    )
    rows = session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.seq)
    )
    return [bill_line_as_shown(row, row.seq, row.seq in disputed) for row in rows]


def bill_line_as_shown(row: Any, number: int, disputed: bool = False) -> Line:
    """Return a line, issued or drafted, as a bill shows it."""
    first = first_of(row.month)
    return {
        "line": number,
        "child": row.child,
        "label": row.label,
        "part": row.part,
        "month": row.month,
        "days": [first.replace(day=day) for day in row.days],
        "outcome": row.outcome,
        "quantity": row.quantity,
        "unit_cents": row.unit_cents,
        "cents": row.cents,
        "tax": row.tax,
        "share_bp": row.share_bp,
        "reason": row.reason,
        "disputed": disputed,
        "tax_years": [],
    }


def numbers_of_bills(session: Session, invoice_ids: Collection[str]) -> Mapping[str, str]:
    """Return bills' numbers by id, as people read them."""
    numbers: dict[str, str] = defaultdict(str)
    columns = (_BILL.id, _BILL.regie, _BILL.fiscal_year, _BILL.sequence)
    for chunk in ordered_chunks(invoice_ids):
        for invoice_id, *number in session.execute(select(*columns).where(_BILL.id.in_(chunk))):
            numbers[invoice_id] = readable_number(*number)
    return numbers
