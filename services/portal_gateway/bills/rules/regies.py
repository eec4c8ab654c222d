"""Régie that collects a bill, and whether the bill can be paid online; from the register. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from services.portal_gateway.bills.rules.bills import Accounts, Bill
from shared.contracts.billing.payment_plans import GRANTED, LEAST_PARTS, MOST_BILLS
from shared.register import ProviderNotFound, Regie, Register

LEAST_ONLINE = 100
"""PayFiP takes no payment below one euro; in cents."""


@dataclass(frozen=True)
class AdvanceOffer:
    """
    A régie that a household may pay in advance; in cents.

    `kept_cents` is what the service already keeps of the household, `most_cents` what it may.
    """

    provider: str
    regie: str
    household_id: str
    kept_cents: int
    most_cents: int

    @property
    def room_cents(self) -> int:
        """Return how much more may be paid; 0 where the service keeps as much as it may."""
        return max(0, self.most_cents - self.kept_cents)


def advances_on_offer(
    register: Register,
    household_ids: Iterable[str],
    providers: Collection[str],
    accounts: Accounts,
) -> list[AdvanceOffer]:
    """
    Return where households may pay in advance: where children go, or where there is an account.

    Billing alone decides when it is asked.
    """
    collecting = [
        (provider.code, regie)
        for provider in register.running_providers
        for regie in provider.regies
        if register.takes_advances(regie)
    ]
    return [
        AdvanceOffer(code, regie.code, household_id, own.credit_at(code), regie.advance_most_cents)
        for household_id in household_ids
        for own in [accounts.of_household(household_id)]
        for code, regie in collecting
        if code in providers or own.is_at(code)
    ]


def regie_of_bill(register: Register, bill: Bill) -> Regie | None:
    """Return what collects a bill: its number holds the prefix, as in 2026-ENS-000123."""
    try:
        regies = register.present_or_former_provider(bill.provider).regies
    except ProviderNotFound:
        return None
    prefix = bill.number.split("-")[1] if bill.number.count("-") > 1 else ""
    return next((regy for regy in regies if regy.prefix == prefix), None)


def is_payable_online(register: Register, bill: Bill) -> bool:
    """
    Say whether the way to PayFiP may be offered; billing alone decides when it is asked.

    One open payment of a bill is gone on with, and never doubled.
    """
    regie = regie_of_bill(register, bill)
    waits = bill.is_open and bill.debit_on is None and bill.asked_cents >= LEAST_ONLINE
    return waits and regie is not None and register.takes_online_payments(regie)


def bills_of_one_plan(register: Register, bill: Bill, others: Iterable[Bill]) -> Sequence[Bill]:
    """Return the bills that may be paid in parts with a bill, itself first; or none."""
    regie = regie_of_bill(register, bill)
    if regie is None or regie.payment_plans is None or not _may_be_planned(bill):
        return []
    together = [
        other
        for other in others
        if other.invoice_id != bill.invoice_id
        and other.household_id == bill.household_id
        and other.provider == bill.provider
        and regie_of_bill(register, other) == regie
        and _may_be_planned(other)
    ]
    return [bill, *together][:MOST_BILLS]


def numbers_of_parts(register: Register, bills: Sequence[Bill]) -> Sequence[int]:
    """Return in how many parts bills of one régie may be paid, within its limits."""
    regie = regie_of_bill(register, bills[0]) if bills else None
    if regie is None or regie.payment_plans is None:
        return ()
    most = regie.payment_plans.most_parts(sum(bill.balance_cents for bill in bills))
    return range(LEAST_PARTS, most + 1)


def _may_be_planned(bill: Bill) -> bool:
    return bill.is_to_pay and bill.debit_on is None and bill.plan != GRANTED
