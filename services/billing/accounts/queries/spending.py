"""Spending of a household by the bills of a school year: sums in SQL by month, child, activity."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, not_, select, true
from sqlalchemy.orm import Session

from services.billing.bills.queries import past_bills
from services.billing.bills.queries.listed_bills_and_payments import (
    BILL_COLUMNS,
    PAYMENT_COLUMNS,
    bills_as_listed,
    payments_as_listed,
)
from services.billing.models import (
    Invoice,
    InvoiceLine,
    PastBill,
    PastPayment,
    Payment,
    Refund,
    RefundReversal,
)
from services.billing.models.bills import ASKS_BACK
from shared.contracts.billing.bills import PAID
from shared.contracts.billing.figures.spending import Refunded, SpendingAnswer, Spent, YearTotal
from shared.contracts.billing.household_accounts import AccountBill, AccountPayment
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS, midnight, today
from shared.dates.months import first_of, next_month
from shared.dates.school_years import first_and_last_month_of, school_year_of_month

Key = tuple[str, str]
"""A provider, and a month of its bills."""


def spending_of_year(session: Session, household_id: str, year: int) -> SpendingAnswer:
    """Return what a household was billed in the school year that begins in `year`."""
    past = _past_bills_of_year(session, household_id, year)
    billed = _bills_of_year(session, household_id, year)
    bills = sorted(
        [*(bill for _row, bill in past), *billed],
        key=lambda bill: (bill["issued_on"], bill["number"]),
    )
    explained = [
        *_sums_of_lines(session, household_id, year),
        *_sums_of_past_lines(row for row, _bill in past),
    ]
    return SpendingAnswer(
        sums_of_school_years(session, household_id),
        spent=[*explained, *_spending_without_line(bills, explained)],
        bills=bills,
        payments=[
            *_payments_of_bills(session, billed),
            *_payments_of_past_bills(session, household_id, past),
        ],
        refunds=_refunds_of_year(session, household_id, year),
    )


def sums_of_school_years(session: Session, household_id: str) -> list[YearTotal]:
    """Return what each school year's bills come to, the latest first."""
    totals: dict[int, int] = {}
    for table, is_spent in ((Invoice, not_(ASKS_BACK)), (PastBill, true())):
        rows = session.execute(
            select(table.month, func.sum(table.total_cents))
            .where(table.household_id == household_id, is_spent)
            .group_by(table.month)
        )
        for month, cents in rows:
            year = school_year_of_month(month)
            totals[year] = totals.get(year, 0) + int(cents)
    return [{"year": year, "cents": totals[year]} for year in sorted(totals, reverse=True)]


def _bills_of_year(session: Session, household_id: str, year: int) -> list[AccountBill]:
    rows = session.execute(
        select(*BILL_COLUMNS, Invoice.provider).where(
            Invoice.household_id == household_id,
            Invoice.month.between(*first_and_last_month_of(year)),
        )
    ).all()
    shown = bills_as_listed(session, rows, today())
    return [{"provider": row.provider, **shown[row.id]} for row in rows]


def _sums_of_lines(session: Session, household_id: str, year: int) -> list[Spent]:
    """Return the sums of lines; a credit note's are negative."""
    named = (Invoice.provider, Invoice.month, InvoiceLine.child_id)
    charged = (InvoiceLine.child, InvoiceLine.activity, InvoiceLine.label)
    rows = session.execute(
        select(*named, *charged, func.sum(InvoiceLine.cents))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            Invoice.household_id == household_id,
            Invoice.month.between(*first_and_last_month_of(year)),
        )
        .group_by(*named, *charged)
        .order_by(*named, *charged)
    )
    return [_spending_row(*row) for row in rows]


def _spending_row(
    provider: str,
    month: str,
    child_id: str | None,
    child: str,
    activity: str,
    label: str,
    cents: int,
) -> Spent:
    return {
        "provider": provider,
        "month": month,
        "child_id": child_id,
        "child": child,
        "activity": activity,
        "label": label,
        "cents": int(cents),
    }


def _past_bills_of_year(
    session: Session, household_id: str, year: int
) -> list[tuple[PastBill, AccountBill]]:
    then = PastBill.month.between(*first_and_last_month_of(year))
    return [
        (row, {"provider": row.provider, **bill})
        for row, bill in past_bills.past_bills_of_households(session, [household_id], then)
    ]


def _sums_of_past_lines(rows: Iterable[PastBill]) -> list[Spent]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        for line in row.lines:
            key = (row.provider, row.month, line["child"], line["label"])
            sums[key] = sums.get(key, 0) + line["cents"]
    return [
        _spending_row(provider, month, None, child, "", label, cents)
        for (provider, month, child, label), cents in sorted(sums.items())
    ]


def _spending_without_line(bills: Iterable[AccountBill], explained: Iterable[Spent]) -> list[Spent]:
    """Return what no line says of a month's bills: another software's may come without any."""
    left: dict[Key, int] = {}
    for bill in (bill for bill in bills if not bill["asks_back"]):
        key = (bill["provider"], bill["month"])
        left[key] = left.get(key, 0) + bill["total_cents"]
    for each in explained:
        key = (each["provider"], each["month"])
        left[key] = left.get(key, 0) - each["cents"]
    return [
        _spending_row(provider, month, None, "", "", "", cents)
        for (provider, month), cents in sorted(left.items())
        if cents
    ]


def _payments_of_bills(session: Session, bills: Sequence[AccountBill]) -> list[AccountPayment]:
    """Return what came for bills, and each try to pay one that is still owed, as on the cards."""
    providers = {bill["invoice_id"]: bill["provider"] for bill in bills}
    owed = {bill["invoice_id"] for bill in bills if bill["balance_cents"] > 0}
    rows = [
        row
        for chunk in ordered_chunks(providers)
        for row in session.execute(select(*PAYMENT_COLUMNS).where(Payment.invoice_id.in_(chunk)))
        if row.state == PAID or row.invoice_id in owed
    ]
    return [
        {"provider": providers[payment["invoice_id"] or ""], **payment}
        for payment in payments_as_listed(session, rows)
    ]


def _refunds_of_year(session: Session, household_id: str, year: int) -> list[Refunded]:
    first, last = first_and_last_month_of(year)
    rows = session.execute(
        select(Refund.provider, Refund.made_at, Refund.cents)
        .outerjoin(RefundReversal, RefundReversal.refund_id == Refund.id)
        .where(
            RefundReversal.refund_id.is_(None),
            Refund.household_id == household_id,
            Refund.made_at >= midnight(first_of(first)),
            Refund.made_at < midnight(first_of(next_month(last))),
        )
        .order_by(Refund.made_at, Refund.id)
    )
    return [
        {"provider": provider, "on": made_at.astimezone(PARIS).date(), "cents": int(cents)}
        for provider, made_at, cents in rows
    ]


def _payments_of_past_bills(
    session: Session, household_id: str, past: Sequence[tuple[PastBill, AccountBill]]
) -> list[AccountPayment]:
    numbers = {(row.provider, row.number) for row, _bill in past}
    return [
        {"provider": row.provider, **payment}
        for chunk in ordered_chunks({number for _provider, number in numbers})
        for row, payment in past_bills.past_payments_of_households(
            session, [household_id], PastPayment.number.in_(chunk)
        )
        if (row.provider, row.number) in numbers
    ]
