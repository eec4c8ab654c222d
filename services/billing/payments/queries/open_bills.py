"""Bills that a household's credit may pay."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import bills_with_pending_payment
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.models import Invoice
from shared.contracts.billing.bills import INVOICE
from shared.database.chunks import ordered_chunks

Bill = tuple[str, str]
"""A household and one of its bills."""


def open_bills_of_households(
    session: Session, regie: str, household_ids: Collection[str]
) -> list[Bill]:
    """Return households' bills at a régie of which something is owed, the first due first."""
    columns = (Invoice.household_id, Invoice.id, Invoice.due_on, Invoice.fiscal_year)
    rows = [
        row
        for chunk in ordered_chunks(household_ids)
        for row in session.execute(
            select(*columns, Invoice.sequence).where(
                Invoice.household_id.in_(chunk), Invoice.regie == regie, Invoice.kind == INVOICE
            )
        )
    ]
    owed = balances_of_bills(session, [row.id for row in rows])
    in_turn = sorted(rows, key=lambda row: (row.due_on, row.fiscal_year, row.sequence))
    return [(row.household_id, row.id) for row in in_turn if owed[row.id] > 0]


def bills_payable_by_credit(
    session: Session, regie: str, household_ids: Collection[str]
) -> list[Bill]:
    """
    Return those which a credit pays at once: none of which a payment is under way.

    What is being debited or checked at PayFiP would be paid twice.
    """
    bills = open_bills_of_households(session, regie, household_ids)
    checked = bills_with_pending_payment(session, [invoice_id for _, invoice_id in bills])
    return [bill for bill in bills if bill[1] not in checked]
