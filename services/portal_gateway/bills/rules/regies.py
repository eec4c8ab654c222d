"""Régie that collects a bill, and whether the bill can be paid online; from the register. Pure."""

from services.portal_gateway.bills.rules.bills import Bill
from shared.register import ProviderNotFound, Regie, Register

LEAST_ONLINE = 100
"""PayFiP takes no payment below one euro; in cents."""


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
    waits = bill.is_open and bill.debit_on is None and bill.balance_cents >= LEAST_ONLINE
    return waits and regie is not None and register.takes_online_payments(regie)
