"""All that a household was billed and paid, a calendar year at a time, at every provider."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries import past_bills as past
from services.billing.bills.queries.lists import (
    BILL_COLUMNS,
    PAYMENT_COLUMNS,
    UNSEEN,
    payments_shown,
    shown,
)
from services.billing.models import Invoice, PastBill, PastPayment, Payment
from shared.dates.clock import PARIS, midnight

Row = Mapping[str, Any]

_PAID_AT = func.coalesce(Payment.settled_at, Payment.created_at)


def years_of(session: Session, household_id: str) -> list[int]:
    """Return the years in which a household was billed or paid something, the latest first."""
    first, last = session.execute(
        select(func.min(Invoice.issued_on), func.max(Invoice.issued_on)).where(
            Invoice.household_id == household_id
        )
    ).one()
    paid = [
        each.astimezone(PARIS).year
        for each in session.scalars(
            select(_PAID_AT).where(
                Payment.household_id == household_id, Payment.state.not_in(UNSEEN)
            )
        )
    ]
    billed = range(first.year, last.year + 1) if first else ()
    return sorted({*billed, *paid, *past.years_of(session, household_id)}, reverse=True)


def bills_in(session: Session, household_id: str, year: int, on: date) -> list[Row]:
    """Return the bills and credit notes that were issued in a year, in the order of their issue."""
    rows = session.execute(
        select(*BILL_COLUMNS, Invoice.provider)
        .where(
            Invoice.household_id == household_id,
            Invoice.issued_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Invoice.issued_on, Invoice.provider, Invoice.sequence)
    ).all()
    said = shown(session, rows, on)
    before = past.bills_of(
        session,
        [household_id],
        PastBill.issued_on.between(date(year, 1, 1), date(year, 12, 31)),
    )
    found = [
        *({"provider": row.provider, **bill} for row, bill in before),
        *({"provider": row.provider, **said[row.id]} for row in rows),
    ]
    return sorted(found, key=lambda each: each["issued_on"])


def payments_in(session: Session, household_id: str, year: int) -> Sequence[Row]:
    """Return what was paid in a year, the latest first; what nobody made is left out."""
    begins, ends = _new_year(year), _new_year(year + 1)
    rows = session.execute(
        select(*PAYMENT_COLUMNS, Payment.provider).where(
            Payment.household_id == household_id, begins <= _PAID_AT, ends > _PAID_AT
        )
    ).all()
    providers = {row.id: row.provider for row in rows}
    said = payments_shown(session, rows)
    before = past.payments_of(
        session,
        [household_id],
        PastPayment.paid_on.between(date(year, 1, 1), date(year, 12, 31)),
    )
    found = [
        *({"provider": providers[each["payment_id"]], **each} for each in said),
        *({"provider": row.provider, **payment} for row, payment in before),
    ]
    return sorted(found, key=lambda each: each["at"], reverse=True)


def _new_year(year: int) -> datetime:
    return midnight(date(year, 1, 1))
