"""Bills that may be paid online, and the PayFiP mode of their régie."""

from services.billing.payments.payfip.rules.order_fields import LEAST_CENTS, MOST_CENTS
from services.billing.payments.payfip.types import ACTIVATION, PRODUCTION, TEST
from shared.contracts.billing.bills import TRANSFERRED, Bill
from shared.register import Regie, Register

MODES = {"test": TEST, "activation": ACTIVATION, "production": PRODUCTION}


def is_amount_payable_online(register: Register, regie: str, balance_cents: int) -> bool:
    """
    Say whether so much, owed to a régie, may be paid online: 1 € to 100 000 €, by a real contract.
    """
    _, collects = register.provider_and_regie(regie)
    return register.takes_online_payments(collects) and LEAST_CENTS <= balance_cents <= MOST_CENTS


def is_bill_payable_online(register: Register, regie: str, bill: Bill) -> bool:
    """
    Say whether a bill may be paid online: not if debited, or at the Treasury.
    """
    if bill["state"] == TRANSFERRED or bill["debit_on"]:
        return False
    return is_amount_payable_online(register, regie, bill["balance_cents"])


def payfip_mode_of(regie: Regie) -> str:
    """Return PayFiP's `saisie` for a régie."""
    return MODES[regie.payfip]
