"""A household's credit pays bills of the same régie: funds of two régies never mix."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_cards
from services.billing.ledger.queries.balances import (
    balances_of_bills,
    credits_of_households,
    is_entry_posted,
)
from services.billing.ledger.rules.allocation import spread_over_bills
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Invoice, Payment
from services.billing.models.ledger import ADVANCE, RECEIVABLE
from services.billing.payments.queries.open_bills import Bill, bills_payable_by_credit
from services.billing.payments.rules.ids_of_credit_uses import AT_ISSUE, Use, reason_id_of_event
from shared.contracts.billing.bills import CANCELLED, CREDIT, EXPIRED, PAID, REFUSED
from shared.database import Write
from shared.dates.clock import PARIS

_ENDED = (PAID, REFUSED, CANCELLED, EXPIRED)


def use_credits(
    write: Write,
    regie: str,
    bills: Sequence[Bill],
    now: datetime,
    because: str = AT_ISSUE,
    came_by: str = "",
) -> dict[str, int]:
    """
    Let credits pay bills of a régie, in the order given; return by bill the cents that were used.

    `because` is AT_ISSUE, or the id of what else brought it about: it happens once for each bill
    and reason. `came_by` is the means of the payment that has just brought the credit, "" where it
    is older: a family that pays two bills with a cheque did not pay them with an advance. The
    caller has called `lock_cards` before, if it locked anything else.
    """
    if not bills:
        return {}
    provider = _provider_of_bill(write, bills[0][1])
    lock_cards(write, provider, {household for household, _ in bills})
    uses = [
        use
        for use in _uses_of_credit_for_bills(write, regie, bills, because)
        if _is_new_use(write, use)
    ]
    if uses:
        rows = [_payment_by_credit(use, provider, regie, now, came_by) for use in uses]
        write.execute(insert(Payment), rows)
        ledger.post_entries(write, [_entry_of_use(use, regie, now) for use in uses])
    return {use.invoice_id: use.cents for use in uses}


def pay_open_bills(write: Write, payment: Payment, now: datetime) -> int:
    """Let what a payment brought beyond its bill pay the household's other ones; return cents."""
    if payment.household_id is None:
        return 0
    because, means = payment.id, payment.means
    used = use_credit_at_once(write, payment.regie, [payment.household_id], now, because, means)
    return sum(used.values())


def pay_freed_bill(write: Write, payment: Payment, now: datetime) -> None:
    """Let a credit that waited for a payment to end pay what this left of its bill, if anything."""
    if payment.household_id is not None and payment.state in _ENDED:
        because = reason_id_of_event(
            f"{payment.state}:{payment.id}"
        )  # not the payment, which brought none
        use_credit_at_once(write, payment.regie, [payment.household_id], now, because)


def use_credit_at_once(
    write: Write,
    regie: str,
    household_ids: Collection[str],
    now: datetime,
    because: str,
    came_by: str = "",
) -> dict[str, int]:
    """
    Let new credits of households pay what these still owe, the first due first; by bill the cents.

    Nobody is reminded of a bill while the régie keeps money of the same household.
    """
    credit = credits_of_households(write, regie, household_ids)
    holders = [household_id for household_id in household_ids if credit[household_id] > 0]
    if not holders:
        return {}
    bills = bills_payable_by_credit(write, regie, holders)
    return use_credits(write, regie, bills, now, because, came_by)


def _uses_of_credit_for_bills(
    write: Write, regie: str, bills: Sequence[Bill], because: str
) -> list[Use]:
    credit = credits_of_households(write, regie, {household for household, _ in bills})
    owed = balances_of_bills(write, [invoice for _, invoice in bills])
    by_household: dict[str, list[tuple[str, int]]] = {}
    for household, invoice in bills:
        by_household.setdefault(household, []).append((invoice, owed[invoice]))
    return [
        Use(household, invoice, cents, because)
        for household, bills in by_household.items()
        for invoice, cents in spread_over_bills(credit[household], bills).items()
    ]


def _is_new_use(write: Write, use: Use) -> bool:
    return not is_entry_posted(write, use.source_of_entry)


def _payment_by_credit(
    use: Use, provider: str, regie: str, now: datetime, came_by: str
) -> dict[str, object]:
    return {
        "id": use.payment_id,
        "provider": provider,
        "regie": regie,
        "household_id": use.household_id,
        "invoice_id": use.invoice_id,
        "means": CREDIT,
        "came_by": came_by,
        "cents": use.cents,
        "state": PAID,
        "created_at": now,
        "received_on": _day_in_france(now),
        "booked_at": now,
    }


def _entry_of_use(use: Use, regie: str, now: datetime) -> NewEntry:
    moves = [
        Move(ADVANCE, use.cents, use.household_id, None, use.payment_id),
        Move(RECEIVABLE, -use.cents, use.household_id, use.invoice_id, use.payment_id),
    ]
    return NewEntry(regie, "credit_used", use.source_of_entry, _day_in_france(now), now, moves)


def _provider_of_bill(session: Session, invoice_id: str) -> str:
    return session.execute(select(Invoice.provider).where(Invoice.id == invoice_id)).scalar_one()


def _day_in_france(now: datetime) -> date:
    return now.astimezone(PARIS).date()
