"""Starts the online payment of a bill: of what is owed, or of the next part of its plan."""

from datetime import datetime

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.ledger.commands.locks import lock_card_and_bill
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.queries.payment_plans import kept_plans_of_bills
from services.billing.models import Invoice, Payment
from services.billing.models.ledger import TREASURY
from services.billing.payments.commands.online_operations import (
    Payer,
    Target,
    ask_about_open_payment,
    open_operation,
    prepare_payment,
)
from services.billing.payments.payfip.client import PayFip
from shared.contracts.billing.bills import INVOICE, NothingOwed, NotPayableOnline
from shared.contracts.errors import NotFound, Outdated
from shared.database import Store, Write


def start_online_payment(
    store: Store,
    payfip: PayFip,
    portal: str,
    invoice_id: str,
    payer: Payer,
    now: datetime,
    part_cents: int | None = None,
) -> tuple[str, str]:
    """
    Return the payment of a bill and the address at PayFiP to which to send the person.

    Of what is owed, or of the part of its plan that the person saw. Idempotent. Raises NotFound,
    NothingOwed, NotPayableOnline, PaymentUnderWay, Outdated where the plan asks for another part by
    now, and PayFipSilent.
    """
    ask_about_open_payment(store, payfip, (Payment.invoice_id == invoice_id,), now)
    with store.write() as write:
        bill = _lock_bill(write, invoice_id)
        cents = _cents_to_pay(write, bill, part_cents)
        started = prepare_payment(write, store, portal, _target_of(bill), cents, payer, now)
    return open_operation(store, payfip, started, payer, now)


def _lock_bill(write: Write, invoice_id: str) -> Invoice:
    bill = write.get(Invoice, invoice_id)
    if bill is None or bill.kind != INVOICE:
        raise NotFound
    lock_card_and_bill(write, bill.provider, bill.household_id, bill.id)
    return bill


def _cents_to_pay(write: Write, bill: Invoice, part_cents: int | None) -> int:
    """Return what is asked of a bill at this moment; raises NothingOwed, NotPayableOnline."""
    if balances_of_bills(write, [bill.id], TREASURY)[bill.id] > 0:
        raise NotPayableOnline
    owed = balances_of_bills(write, [bill.id])[bill.id]
    if owed <= 0:
        raise NothingOwed
    return owed if part_cents is None else _require_next_part(write, bill, part_cents)


def _target_of(bill: Invoice) -> Target:
    number = readable_number(bill.regie, bill.fiscal_year, bill.sequence)
    return Target(
        bill.provider,
        bill.regie,
        bill.household_id,
        bill.id,
        bill.fiscal_year,
        bill.number,
        f"Facture {number.replace('-', ' ')}",
    )


def _require_next_part(write: Write, bill: Invoice, cents: int) -> int:
    """Return what the bill's plan asks for next; raises Outdated where that is another amount."""
    plan = kept_plans_of_bills(write, [bill.id]).get(bill.id)
    piece = plan.next_piece_of_bill(bill.id) if plan else None
    if piece is None or piece.cents != cents:
        raise Outdated
    return cents
