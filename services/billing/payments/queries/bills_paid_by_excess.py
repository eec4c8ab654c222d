"""Bills that one payment paid besides its own; read, never changed."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.ledger.rules.new_entry_and_its_id import entry_id
from services.billing.models import Invoice, Payment, Posting
from services.billing.models.ledger import RECEIVABLE
from services.billing.payments.rules.ids_of_credit_uses import source_of_credit_use
from shared.contracts.billing.bills import CREDIT


def bills_paid_by_excess_of_payment(session: Session, payment: Payment) -> Mapping[str, int]:
    """Return by bill, the first due first, what the credit that a payment brought paid at once."""
    candidates = session.scalars(
        select(Payment.invoice_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Payment.household_id == payment.household_id,
            Payment.regie == payment.regie,
            Payment.means == CREDIT,
            Payment.booked_at == payment.booked_at,
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
