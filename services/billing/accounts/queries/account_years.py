"""Bills and payments of a household at every provider, a calendar year at a time."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries import past_bills
from services.billing.bills.queries.listed_bills_and_payments import (
    BILL_COLUMNS,
    PAYMENT_COLUMNS,
    UNSEEN,
    bills_as_listed,
    payments_as_listed,
)
from services.billing.models import Invoice, PastBill, PastPayment, Payment
from shared.contracts.billing.household_accounts import AccountBill, AccountPayment
from shared.dates.clock import PARIS, midnight

_PAID_AT = func.coalesce(Payment.booked_at, Payment.created_at)


def account_years(session: Session, household_id: str) -> list[int]:
    """Return the years in which a household was billed or paid something, the latest first."""
    first, last = session.execute(
        select(func.min(Invoice.issued_on), func.max(Invoice.issued_on)).where(
            Invoice.household_id == household_id
        )
    ).one()
    paid = [
        paid_at.astimezone(PARIS).year
        for paid_at in session.scalars(
            select(_PAID_AT).where(
                Payment.household_id == household_id, Payment.state.not_in(UNSEEN)
            )
        )
    ]
    billed = range(first.year, last.year + 1) if first else ()
    return sorted(
        {*billed, *paid, *past_bills.years_of_past_bills(session, household_id)}, reverse=True
    )


def bills_of_year(session: Session, household_id: str, year: int, on: date) -> list[AccountBill]:
    """Return the bills and credit notes that were issued in a year, in the order of their issue."""
    rows = session.execute(
        select(*BILL_COLUMNS, Invoice.provider)
        .where(
            Invoice.household_id == household_id,
            Invoice.issued_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Invoice.issued_on, Invoice.provider, Invoice.sequence)
    ).all()
    bills = bills_as_listed(session, rows, on)
    issued: list[AccountBill] = [{"provider": row.provider, **bills[row.id]} for row in rows]
    issued_then = PastBill.issued_on.between(date(year, 1, 1), date(year, 12, 31))
    before: list[AccountBill] = [
        {"provider": row.provider, **bill}
        for row, bill in past_bills.past_bills_of_households(session, [household_id], issued_then)
    ]
    return sorted(before + issued, key=lambda bill: bill["issued_on"])


def payments_of_year(session: Session, household_id: str, year: int) -> list[AccountPayment]:
    """Return the payments of a year, the latest first, without those that were never made."""
    begins, ends = _start_of_year(year), _start_of_year(year + 1)
    rows = session.execute(
        select(*PAYMENT_COLUMNS, Payment.provider).where(
            Payment.household_id == household_id, begins <= _PAID_AT, ends > _PAID_AT
        )
    ).all()
    providers = {row.id: row.provider for row in rows}
    paid: list[AccountPayment] = [
        {"provider": providers[payment["payment_id"]], **payment}
        for payment in payments_as_listed(session, rows)
    ]
    paid_then = PastPayment.paid_on.between(date(year, 1, 1), date(year, 12, 31))
    before: list[AccountPayment] = [
        {"provider": row.provider, **payment}
        for row, payment in past_bills.past_payments_of_households(
            session, [household_id], paid_then
        )
    ]
    return sorted(paid + before, key=lambda payment: payment["at"], reverse=True)


def _start_of_year(year: int) -> datetime:
    return midnight(date(year, 1, 1))
