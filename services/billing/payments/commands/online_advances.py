"""Starts an online payment in advance: it pays what is owed when it comes, and later bills."""

from dataclasses import dataclass
from datetime import datetime

from services.billing.ledger.commands.locks import lock_card_and_bill
from services.billing.ledger.queries.balances import credits_of_households
from services.billing.payments.commands.online_operations import (
    Payer,
    Target,
    ask_about_open_payment,
    open_operation,
    prepare_payment,
)
from services.billing.payments.payfip.client import PayFip
from shared.contracts.billing.bills import TooMuchInAdvance
from shared.contracts.errors import NotFound
from shared.database import Store
from shared.dates.clock import PARIS
from shared.register import Register
from shared.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Advance:
    """An amount in cents that a household pays to a régie before it is billed."""

    regie: str
    household_id: str
    cents: int


def start_online_advance(
    store: Store, payfip: PayFip, portal: str, advance: Advance, payer: Payer, now: datetime
) -> tuple[str, str]:
    """
    Return the payment of an advance and the address at PayFiP to which to send the person.

    Idempotent. Raises NotFound where the régie takes none, TooMuchInAdvance, NotPayableOnline,
    PaymentUnderWay and PayFipSilent.
    """
    target, most_cents = _target_and_most(store.register, advance, now)
    ask_about_open_payment(store, payfip, target.of_its_payments, now)
    with store.write() as write:
        lock_card_and_bill(write, target.provider, target.household_id)
        kept = credits_of_households(write, advance.regie, [advance.household_id])
        if kept[advance.household_id] + advance.cents > most_cents:
            raise TooMuchInAdvance(most_cents=max(0, most_cents - kept[advance.household_id]))
        started = prepare_payment(write, store, portal, target, advance.cents, payer, now)
    return open_operation(store, payfip, started, payer, now)


def _target_and_most(register: Register, advance: Advance, now: datetime) -> tuple[Target, int]:
    """Return where an advance goes, and how much may be kept; raises NotFound."""
    if not register.has_regie(advance.regie):
        raise NotFound
    provider, regie = register.provider_and_regie(advance.regie)
    if not register.takes_advances(regie):
        raise NotFound
    target = Target(
        provider.code,
        regie.code,
        advance.household_id,
        None,
        now.astimezone(PARIS).year,
        _reference(),
        f"Avance {regie.prefix}",
    )
    return target, regie.advance_most_cents


def _reference() -> str:
    """Return a `refdet` that no other payment has: letters, where that of a bill is figures."""
    return f"AV{new_id().replace('-', '')[:24].upper()}"
