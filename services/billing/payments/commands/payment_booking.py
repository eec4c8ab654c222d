"""Books a payment: its receipt, its one entry in the ledger, and its allocation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.billing.bills.commands import bill_cards, notices
from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.bills.rules.contents_of_new_bills import is_asking_back
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.queries.balances import balances_of_bills, is_entry_posted
from services.billing.ledger.rules.allocation import allocate_to_bill
from services.billing.ledger.rules.bill_number_forms import format_number
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Invoice, Payment
from services.billing.models.ledger import ADVANCE, RECEIPTS, RECEIVABLE, SUSPENSE
from shared.contracts.billing.bills import PAID
from shared.database import Write
from shared.register import Regie

CAME, CAME_BACK = "bill_paid", "payment_refused"
"""The notices that a payment has come, and that a bank did not honour it."""


@dataclass(frozen=True, slots=True)
class Booked:
    """
    Allocation of a payment, in cents: to a bill, to a credit, or to suspense without a debtor.

    `others` is what exceeded its bill and paid other bills of the household at once.
    """

    allocated: int = 0
    credited: int = 0
    suspense: int = 0
    others: int = 0


def book_payment(write: Write, payment: Payment, regie: Regie, on: date, now: datetime) -> Booked:
    """
    Book a payment that came on a day, with its receipt; what its bill does not need is a credit.

    The caller holds household, bill and payment (ledger/commands/locks.py), and refreshes the card.
    Idempotent: the entry names the payment, and one that is booked is left as it is.
    """
    source = f"payment:{payment.id}"
    if is_entry_posted(write, source):
        return Booked()
    booked = allocate_payment(write, payment)
    payment.state, payment.booked_at, payment.received_on = PAID, now, on
    sequence = gapless_numbers.take_numbers(write, payment.regie, on.year, RECEIPTS)
    payment.receipt = format_number(f"{regie.prefix}-R", on.year, sequence)
    write.flush()
    came = Move(f"cash:{payment.means}", payment.cents, payment_id=payment.id)
    moves = [came, *credit_side_of_payment(payment, booked)]
    ledger.post_entries(write, [NewEntry(payment.regie, "payment", source, on, now, moves)])
    return booked


def allocate_payment(write: Write, payment: Payment) -> Booked:
    """Return the part of a payment that its bill still needs, and the rest as credit."""
    if payment.household_id is None:
        return Booked(suspense=payment.cents)
    owed = 0
    if payment.invoice_id is not None:
        owed = balances_of_bills(write, [payment.invoice_id])[payment.invoice_id]
    return Booked(*allocate_to_bill(payment.cents, owed))


def credit_side_of_payment(payment: Payment, booked: Booked) -> Sequence[Move]:
    """Return the credit side of a payment: its bill, its household's credit, or suspense."""
    household, bill = payment.household_id, payment.invoice_id
    moves = (
        Move(RECEIVABLE, -booked.allocated, household, bill, payment.id),
        Move(ADVANCE, -booked.credited, household, None, payment.id),
        Move(SUSPENSE, -booked.suspense, None, None, payment.id),
    )
    return [move for move in moves if move.cents]


def notify_payer(write: Write, payment: Payment, kind: str, now: datetime, turn: int = 0) -> None:
    """
    Publish a notice about a household's payment, once; of its bill, where it was for one.

    What came back stands in place of the notice that it had come, and where that reversal is undone
    the notice that it came in place of the other. `turn` counts the reversals that it was told of,
    with this one; 0 before the first, and of what fails and never came.
    """
    if payment.household_id is None:
        return
    detail: dict[str, object] = {"cents": payment.cents, "means": payment.means}
    if payment.invoice_id is not None:
        bill = write.get_one(Invoice, payment.invoice_id)
        detail |= {
            "number": readable_number(bill.regie, bill.fiscal_year, bill.sequence),
            "month": bill.month,
            "asks_back": is_asking_back(bill.kind, bill.reason),
        }
    key = _key_of_notice(payment, kind, turn)
    former = (CAME_BACK, turn) if kind == CAME else (CAME, turn - 1)
    replaces = _key_of_notice(payment, *former) if turn else ""
    notices.notify_unless_on_hold(
        write, payment.provider, payment.household_id, key, kind, detail, now, replaces
    )


def _key_of_notice(payment: Payment, kind: str, turn: int) -> str:
    return f"{kind}:{turn}:{payment.id}"


def publish_card_of_payer(write: Write, payment: Payment, now: datetime) -> None:
    """Publish the card of a payment's household if it changed, at the end of a write."""
    if payment.household_id is not None:
        bill_cards.publish_changed_cards(write, payment.provider, [payment.household_id], now)
