"""Postings of what came for a bill, and the day on which each counts for the tax."""

from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from services.billing.models import Entry, Posting
from services.billing.models.ledger import CHARGES, CLAIMS, OF_THE_PAYMENTS_DAY

WHAT_CAME = (Posting.account.in_(CLAIMS), Entry.kind.not_in(CHARGES))
"""Conditions on a posting joined with its entry: it says what came for a bill."""


def paid_on() -> ColumnElement[date]:
    """
    Return the day on which a posting counts: its entry's, and of a reversal that of the payment;
    of what undoes a reversal too.

    What the bank sent back, or was taken by mistake, was never paid: a year that it had made
    greater is corrected, where the day of the reversal would lessen another one.
    """
    came, entry = aliased(Posting), aliased(Entry)
    first = (
        select(func.min(entry.day))
        .join(came, came.entry_id == entry.id)
        .where(
            came.payment_id == Posting.payment_id,
            came.invoice_id == Posting.invoice_id,
            entry.kind.not_in(OF_THE_PAYMENTS_DAY),
        )
        .correlate(Posting)
        .scalar_subquery()
    )
    of_payment = Entry.kind.in_(OF_THE_PAYMENTS_DAY)
    return case((of_payment, func.coalesce(first, Entry.day)), else_=Entry.day)
