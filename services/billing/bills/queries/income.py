"""Income of a provider from the bills of some months, by activity and band: sums in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, not_, select
from sqlalchemy.orm import Session

from services.billing.models import Invoice, InvoiceLine, PastBill
from services.billing.models.bills import ASKS_BACK
from shared.contracts.billing.figures.income import OTHER_SOFTWARE, PAGE, Income, IncomeAnswer
from shared.register import Provider


def income_between(
    session: Session, provider: Provider, first: str, last: str, after: str
) -> IncomeAnswer:
    """Return what was billed from one month to another, both included, at a provider's régies."""
    rows = [
        *_sums_of_lines(session, provider, first, last),
        *_income_of_past_bills(session, provider, first, last),
    ]
    start = int(after or 0)
    end = start + PAGE
    return IncomeAnswer(
        cents=_billed_cents(session, provider, first, last),
        rows=rows[start:end],
        next=str(end) if end < len(rows) else "",
    )


def _sums_of_lines(session: Session, provider: Provider, first: str, last: str) -> list[Income]:
    """
    Return the sums of lines; a credit note's are negative, and have the reason of what they take.

    A statement within another, since PostgreSQL groups by columns and not by what a path is of.
    """
    reason = InvoiceLine.reason
    lines = (
        select(
            Invoice.household_id,
            InvoiceLine.activity,
            InvoiceLine.cents,
            reason["code"].as_string().label("basis"),
            reason[("params", "from_cents")].as_integer().label("from_cents"),
            reason[("params", "to_cents")].as_integer().label("to_cents"),
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(*_billed_line_conditions(provider, first, last))
        .subquery()
        .c
    )
    charged = (lines.activity, lines.basis, lines.from_cents, lines.to_cents)
    rows = session.execute(
        select(*charged, *_count_and_sum_columns(lines.household_id, lines.cents))
        .group_by(*charged)
        .order_by(lines.activity, lines.basis, func.coalesce(lines.from_cents, 0), lines.to_cents)
    )
    return [_income_row(*row) for row in rows]


def _income_of_past_bills(
    session: Session, provider: Provider, first: str, last: str
) -> list[Income]:
    households, cents = session.execute(
        select(*_count_and_sum_columns(PastBill.household_id, PastBill.total_cents)).where(
            *_past_bill_conditions(provider, first, last)
        )
    ).one()
    return [_income_row("", OTHER_SOFTWARE, None, None, households, cents)] if households else []


def _billed_cents(session: Session, provider: Provider, first: str, last: str) -> int:
    of_tables = (
        select(func.sum(Invoice.total_cents)).where(
            *_billed_line_conditions(provider, first, last)
        ),
        select(func.sum(PastBill.total_cents)).where(*_past_bill_conditions(provider, first, last)),
    )
    return sum(int(session.scalar(total) or 0) for total in of_tables)


def _count_and_sum_columns(
    household_id: ColumnElement[object] | Any, cents: object
) -> Sequence[ColumnElement[Any]]:
    return func.count(household_id.distinct()), func.sum(cents)


def _billed_line_conditions(
    provider: Provider, first: str, last: str
) -> Sequence[ColumnElement[bool]]:
    """Return what was billed for a service: an advance that is asked back is no income."""
    codes = [regie.code for regie in provider.regies]
    return Invoice.regie.in_(codes), Invoice.month.between(first, last), not_(ASKS_BACK)


def _past_bill_conditions(
    provider: Provider, first: str, last: str
) -> Sequence[ColumnElement[bool]]:
    return PastBill.provider == provider.code, PastBill.month.between(first, last)


def _income_row(
    activity: str,
    basis: str,
    from_cents: int | None,
    to_cents: int | None,
    households: int,
    cents: int,
) -> Income:
    return {
        "activity": activity,
        "basis": basis,
        "from_cents": from_cents,
        "to_cents": to_cents,
        "households": households,
        "cents": int(cents),
    }
