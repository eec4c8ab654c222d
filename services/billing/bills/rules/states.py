"""State of a bill on a day: pure."""

from datetime import date

CREDIT_NOTE = "credit_note"
DUE, PARTLY_PAID, PAID = "due", "partly_paid", "paid"
OVERDUE, CREDITED, TRANSFERRED = "overdue", "credited", "transferred"
"""Codes as shared/contracts/billing/bills.py has them."""


def state_of_bill(
    kind: str,
    total_cents: int,
    balance_cents: int,
    paid_cents: int,
    due_on: date,
    today: date,
    treasury_cents: int = 0,
) -> str:
    """
    Return one of INVOICE_STATES.

    `balance_cents` is what is still owed, `paid_cents` what came for it and was not given back,
    `treasury_cents` what is owed at the Treasury: of such a bill nothing is paid here any more. A
    bill of nothing is paid; one that a credit note covers without any payment is credited.
    """
    if kind == CREDIT_NOTE:
        return CREDITED
    if balance_cents <= 0:
        return PAID if paid_cents > 0 or total_cents == 0 else CREDITED
    if treasury_cents > 0:
        return TRANSFERRED
    if due_on < today:
        return OVERDUE
    return PARTLY_PAID if paid_cents > 0 else DUE
