"""Rest of a payment that was more than its bill asked, and where it went; read, never changed."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import numbers_of_bills
from services.billing.ledger.rules.new_entry_and_its_id import entry_id
from services.billing.models import Entry, Invoice, Payment, Posting
from services.billing.models.ledger import ADVANCE, RECEIVABLE
from services.billing.payments.rules.ids_of_credit_uses import source_of_credit_use
from shared.contracts.billing.bills import CREDIT, PAID, Excess

COMES_BY = ("payment", "suspense_assigned")
"""The entries by which a payment comes for a bill: at once, or once its payer is known."""


def bills_paid_by_excess_of_payment(session: Session, payment: Payment) -> Mapping[str, int]:
    """
    Return by bill, the first due first, what the credit that a payment brought paid at once.

    Of one that waited in suspense, once it was assigned.
    """
    assigned = select(Entry.at).where(Entry.source == f"suspense_assigned:{payment.id}")
    came_at = [payment.booked_at, *session.scalars(assigned)]
    candidates = session.scalars(
        select(Payment.invoice_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Payment.household_id == payment.household_id,
            Payment.regie == payment.regie,
            Payment.means == CREDIT,
            Payment.booked_at.in_(came_at),
        )
        .order_by(Invoice.due_on, Invoice.fiscal_year, Invoice.sequence)
    ).all()
    invoice_of = {
        entry_id(source_of_credit_use(invoice_id, payment.id)): invoice_id
        for invoice_id in candidates
        if invoice_id is not None
    }
    rows = session.execute(
        select(Posting.entry_id, func.sum(-Posting.cents))
        .where(Posting.account == RECEIVABLE, Posting.entry_id.in_(list(invoice_of)))
        .group_by(Posting.entry_id)
    )
    paid = {key: int(cents) for key, cents in rows}
    return {invoice_id: paid[key] for key, invoice_id in invoice_of.items() if key in paid}


def credited_cents_of_payment(session: Session, payment_id: str) -> int:
    """Return the cents of a payment that became a credit when it came."""
    came = select(func.sum(Posting.cents)).join(Entry, Entry.id == Posting.entry_id)
    too_much = (Posting.payment_id == payment_id, Posting.account == ADVANCE)
    return -int(session.scalar(came.where(*too_much, Entry.kind.in_(COMES_BY))) or 0)


def excess_of_bill(session: Session, invoice_id: str) -> list[Excess]:
    """
    Return where the rest went of what was paid of a bill: other bills, then an advance.

    An advance is what exceeded them, and what a credit note of the bill freed.
    """
    payments = session.scalars(
        select(Payment)
        .where(Payment.invoice_id == invoice_id, Payment.state == PAID, Payment.means != CREDIT)
        .order_by(Payment.booked_at, Payment.id)
    ).all()
    others: dict[str, int] = {}
    advance = _cents_freed_by_credit_notes(session, invoice_id)
    for payment in payments:
        credited = credited_cents_of_payment(session, payment.id)
        used = bills_paid_by_excess_of_payment(session, payment) if credited else {}
        for other, cents in used.items():
            others[other] = others.get(other, 0) + cents
        advance += credited - sum(used.values())
    numbers = numbers_of_bills(session, others)
    paid: list[Excess] = [
        {"cents": cents, "invoice_id": other, "number": numbers[other]}
        for other, cents in others.items()
    ]
    kept: list[Excess] = [{"cents": advance, "invoice_id": None, "number": ""}] if advance else []
    return paid + kept


def _cents_freed_by_credit_notes(session: Session, invoice_id: str) -> int:
    freed = (
        select(func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.invoice_id == invoice_id,
            Posting.account == RECEIVABLE,
            Entry.kind == "credit_freed",
        )
    )
    return int(session.scalar(freed) or 0)
