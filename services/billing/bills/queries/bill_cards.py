"""Cards of households at a provider: all that is open, and what was last billed and paid."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import (
    BILL_COLUMNS,
    PAYMENT_COLUMNS,
    bills_as_listed,
    payments_as_listed,
)
from services.billing.bills.queries.past_bills import (
    past_bills_of_households,
    past_payments_of_households,
)
from services.billing.ledger.queries.balances import credits_of_households
from services.billing.models import Invoice, PastBill, PastPayment, Payment
from services.billing.store import store
from shared.contracts.billing.bills import TRANSFERRED, Bill
from shared.contracts.billing.bills import Payment as PaymentRow
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS

LAST = 24
"""
Bills and payments that a card shows at most, open bills aside.

What another software issued comes after all that was issued here, where there is room left.
"""
T = TypeVar("T")


class CardContent(TypedDict):
    """The content of a household's card at a provider, without its version."""

    owed_cents: int
    credit_cents: int
    bills: list[Bill]
    payments: list[PaymentRow]


def card_contents_by_household(
    session: Session, provider: str, household_ids: Collection[str], at: datetime
) -> Mapping[str, CardContent]:
    """Return by household the content of its card at a provider."""
    bills = _bills_of_households(session, provider, household_ids, at)
    payments = _payments_of_households(session, provider, household_ids)
    credit = credits_at_provider(session, provider, household_ids)
    return {
        household_id: {
            "owed_cents": sum(
                bill["balance_cents"]
                for bill in bills[household_id]
                if bill["state"] != TRANSFERRED
            ),
            "credit_cents": credit[household_id],
            "bills": _open_and_latest_bills(bills[household_id]),
            "payments": payments[household_id][:LAST],
        }
        for household_id in household_ids
    }


def credits_at_provider(
    session: Session, provider: str, household_ids: Collection[str]
) -> Mapping[str, int]:
    """Return by household what it has too much at a provider's régies; cents."""
    sums: dict[str, int] = dict.fromkeys(household_ids, 0)
    for regie in store.register.present_or_former_provider(provider).regies:
        credit = credits_of_households(session, regie.code, household_ids)
        for household_id, cents in credit.items():
            sums[household_id] += cents
    return sums


def _open_and_latest_bills(bills: Sequence[Bill]) -> list[Bill]:
    return [bill for place, bill in enumerate(bills) if place < LAST or bill["balance_cents"] > 0]


def _bills_of_households(
    session: Session, provider: str, household_ids: Collection[str], at: datetime
) -> Mapping[str, list[Bill]]:
    query = (
        select(*BILL_COLUMNS)
        .where(Invoice.provider == provider)
        .order_by(Invoice.issued_on.desc(), Invoice.issued_at.desc(), Invoice.sequence.desc())
    )
    rows = [
        row
        for chunk in ordered_chunks(household_ids)
        for row in session.execute(query.where(Invoice.household_id.in_(chunk)))
    ]
    of_id = bills_as_listed(session, rows, at.astimezone(PARIS).date())
    past = sorted(
        past_bills_of_households(session, household_ids, PastBill.provider == provider),
        key=lambda pair: (pair[0].issued_on, pair[0].number),
        reverse=True,
    )
    issued = [(row.household_id, of_id[row.id]) for row in rows]
    return group_by_key([*issued, *((row.household_id, bill) for row, bill in past)])


def _payments_of_households(
    session: Session, provider: str, household_ids: Collection[str]
) -> Mapping[str, list[PaymentRow]]:
    rows = [
        row
        for chunk in ordered_chunks(household_ids)
        for row in session.execute(
            select(*PAYMENT_COLUMNS).where(
                Payment.provider == provider, Payment.household_id.in_(chunk)
            )
        )
    ]
    owners = {row.id: row.household_id for row in rows}
    latest = payments_as_listed(session, rows)
    past = sorted(
        past_payments_of_households(session, household_ids, PastPayment.provider == provider),
        key=lambda pair: (pair[0].paid_on, pair[0].reference),
        reverse=True,
    )
    came = [(owners[payment["payment_id"]], payment) for payment in latest]
    return group_by_key([*came, *((row.household_id, payment) for row, payment in past)])


def group_by_key(pairs: Iterable[tuple[str, T]]) -> Mapping[str, list[T]]:
    """Return the items of pairs by their key, in their order."""
    groups: dict[str, list[T]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return groups
