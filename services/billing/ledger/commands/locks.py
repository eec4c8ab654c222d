"""
Who waits for whom where money is written, in one order, so that nobody waits in a circle.

Households' cards (sorted), then the bill, then the payment, then the counters of numbers. SQLite
has one writer and needs none of it.
"""

from sqlalchemy import select

from services.billing.bills.commands import cards
from services.billing.models import Invoice, Payment
from shared.database import Write


def hold(
    write: Write, provider: str, household_id: str | None, invoice_id: str | None = None
) -> None:
    """Let nobody else change what a household owes or has at a provider until the end."""
    if household_id is not None:
        cards.hold(write, provider, [household_id])
    if invoice_id is not None:
        write.execute(select(Invoice.id).where(Invoice.id == invoice_id).with_for_update()).all()


def lock_payment(write: Write, payment_id: str) -> Payment:
    """Return a payment as it stands now, and let nobody else change it until the end."""
    wanted = select(Payment).where(Payment.id == payment_id).with_for_update()
    return write.scalars(wanted.execution_options(populate_existing=True)).one()
