"""Records outcomes of debits: collected by the bank, or rejected, before or after."""

from datetime import datetime

from sqlalchemy import select

from services.billing.bills.commands import bill_cards
from services.billing.debits.queries.mandates import count_rejected_days_in_a_row
from services.billing.debits.rules.sequences import MOST_REJECTS
from services.billing.ledger.commands.locks import lock_card_and_bill, lock_cards, lock_payment
from services.billing.models import Debit, DebitRun, Mandate, Payment
from services.billing.payments.commands.credits import pay_freed_bill, pay_open_bills
from services.billing.payments.commands.payment_booking import (
    CAME,
    book_payment,
    notify_payer,
    publish_card_of_payer,
)
from services.billing.payments.commands.reversals import Reversal, reverse_payment
from shared.contracts.billing.bills import BANK_REJECTED, PAID, PENDING, REFUSED
from shared.contracts.billing.debits import ACTIVE, COLLECTED, ENDING, SUSPENDED, TooEarly
from shared.contracts.errors import NotFound, Outdated
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider, Regie


def confirm_collection(
    write: Write, provider: Provider, regie: Regie, run: DebitRun, at: datetime
) -> None:
    """Book what the bank has taken, on the day of the run: all that it did not reject before."""
    if at.astimezone(PARIS).date() < run.collect_on:
        raise TooEarly(earliest=run.collect_on.isoformat())
    debits = write.scalars(select(Debit).where(Debit.run_id == run.id)).all()
    payments = {debit.payment_id: write.get_one(Payment, debit.payment_id) for debit in debits}
    homes = {payment.household_id for payment in payments.values() if payment.household_id}
    lock_cards(write, provider.code, homes)
    for planned in sorted(debits, key=lambda debit: debit.payment_id):
        payment = lock_payment(write, planned.payment_id)
        if payment.state == PENDING:
            if book_payment(write, payment, regie, run.collect_on, at).credited:
                pay_open_bills(write, payment, at)
            else:
                pay_freed_bill(write, payment, at)
            notify_payer(write, payment, CAME, at)
    run.state = COLLECTED
    write.flush()
    bill_cards.publish_changed_cards(write, provider.code, homes, at)


def reject_debit(
    write: Write, provider: Provider, payment_id: str, reason: str, *, by: str, at: datetime
) -> None:
    """
    Take a debit back that the bank rejects, taken already or not: its bill is owed again.

    Two days in a row suspend the mandate. A second call is the same reject. Raises NotFound, and
    Outdated where another reason is noted.
    """
    debit = write.get(Debit, payment_id)
    payment = write.get(Payment, payment_id)
    if debit is None or payment is None or payment.provider != provider.code:
        raise NotFound
    lock_card_and_bill(write, provider.code, payment.household_id, payment.invoice_id)
    payment = lock_payment(write, payment_id)
    write.refresh(debit)  # another may have noted it before the lock was had
    if debit.reason:
        if debit.reason != reason:
            raise Outdated
        return
    debit.reason = reason
    mandate = write.get_one(Mandate, debit.mandate_id, with_for_update=True)
    write.flush()
    rejects = count_rejected_days_in_a_row(write, mandate.id)
    if rejects >= MOST_REJECTS and mandate.state in (ACTIVE, ENDING):
        mandate.state = SUSPENDED
        write.flush()
    came = payment.state == PAID
    if came:
        reverse_payment(write, provider, payment_id, Reversal(BANK_REJECTED, by, at))
    else:
        payment.state = REFUSED
        write.flush()
        pay_freed_bill(write, payment, at)
    notify_payer(write, payment, "debit_rejected", at, int(came))
    publish_card_of_payer(write, payment, at)
