"""Past bills and payments as lists and pages show them, beside what is issued here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.billing.models import PastBill, PastPayment
from shared.contracts.billing.bills import PAID, Bill, Payment
from shared.contracts.billing.past_bills import ReadPastBillAnswer
from shared.contracts.errors import NotFound
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS


def past_bills_of_households(
    session: Session, household_ids: Collection[str], *which: ColumnElement[bool]
) -> list[tuple[PastBill, Bill]]:
    """Return these households' past bills, each with itself as a list shows it."""
    return [
        (row, _past_bill_shown(row))
        for chunk in ordered_chunks(household_ids)
        for row in session.scalars(select(PastBill).where(PastBill.household_id.in_(chunk), *which))
    ]


def past_payments_of_households(
    session: Session, household_ids: Collection[str], *which: ColumnElement[bool]
) -> list[tuple[PastPayment, Payment]]:
    """Return these households' past payments, each with itself as a list shows it."""
    rows = [
        row
        for chunk in ordered_chunks(household_ids)
        for row in session.scalars(
            select(PastPayment).where(PastPayment.household_id.in_(chunk), *which)
        )
    ]
    ids = _bill_ids_by_number(session, rows)
    return [(row, _past_payment_shown(row, ids.get((row.provider, row.number)))) for row in rows]


def years_of_past_bills(session: Session, household_id: str) -> set[int]:
    """Return the years of a household's past bills and payments."""
    years: set[int] = set()
    for table, day in ((PastBill, PastBill.issued_on), (PastPayment, PastPayment.paid_on)):
        first, last = session.execute(
            select(func.min(day), func.max(day)).where(table.household_id == household_id)
        ).one()
        years |= set(range(first.year, last.year + 1)) if first else set()
    return years


def past_bill_with_details(session: Session, invoice_id: str) -> ReadPastBillAnswer:
    """Return a past bill with its lines and payments; raises NotFound."""
    bill = session.get(PastBill, invoice_id)
    if bill is None:
        raise NotFound
    conditions = (PastPayment.provider == bill.provider, PastPayment.number == bill.number)
    paid = [
        row for _, row in past_payments_of_households(session, [bill.household_id], *conditions)
    ]
    return ReadPastBillAnswer(
        **_past_bill_shown(bill),
        provider=bill.provider,
        lines=bill.lines,
        payments=sorted(paid, key=lambda row: row["at"], reverse=True),
    )


def _past_bill_shown(row: PastBill) -> Bill:
    return {
        "invoice_id": row.id,
        "number": row.number,
        "kind": row.kind,
        "month": row.month,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "total_cents": row.total_cents,
        "balance_cents": row.balance_cents,
        "state": row.state,
        "checking": False,
        "debit_on": None,
        "unclear": False,
        "taken_over": True,
        "asks_back": False,
        "plan": "",
        "part_cents": 0,
        "part_on": None,
        "on_hold": False,
    }


def _past_payment_shown(row: PastPayment, invoice_id: str | None) -> Payment:
    return {
        "payment_id": row.id,
        "invoice_id": invoice_id,
        "number": row.number,
        "at": noon_of_day(row.paid_on),
        "means": row.means,
        "came_by": "",
        "cheque": "",
        "cents": row.cents,
        "state": PAID,
        "receipt": "",
        "reversed_because": "",
        "taken_over": True,
    }


def noon_of_day(day: date) -> datetime:
    """Return the moment used for a day without a known hour."""
    return datetime.combine(day, time(12), PARIS)


def _bill_ids_by_number(
    session: Session, payments: Sequence[PastPayment]
) -> Mapping[tuple[str, str], str]:
    """Return by provider and number the ids of the bills that these payments paid."""
    numbers = {row.number for row in payments if row.number}
    return {
        (row.provider, row.number): row.id
        for chunk in ordered_chunks(numbers)
        for row in session.execute(
            select(PastBill.provider, PastBill.number, PastBill.id).where(
                PastBill.number.in_(chunk)
            )
        )
    }
