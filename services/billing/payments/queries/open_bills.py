"""Bills that a household's credit may pay."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.ledger.queries.balances import balances
from services.billing.models import Invoice
from shared.contracts.billing.bills import INVOICE

Bill = tuple[str, str]
"""A household and one of its bills."""


def open_bills(session: Session, regie: str, household_id: str) -> list[Bill]:
    """Return a household's bills at a régie of which something is owed, the first due first."""
    of_household = (Invoice.household_id == household_id, Invoice.regie == regie)
    ids = session.scalars(
        select(Invoice.id)
        .where(*of_household, Invoice.kind == INVOICE)
        .order_by(Invoice.due_on, Invoice.fiscal_year, Invoice.sequence)
    ).all()
    owed = balances(session, ids)
    return [(household_id, name) for name in ids if owed[name] > 0]
