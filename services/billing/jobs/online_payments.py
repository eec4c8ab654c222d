"""
Polls PayFiP about open payments, even if no notification comes; the worker calls it.

After 5 minutes, 20 minutes, 2 hours and a day (payments/rules/poll_schedule.py); PayFiP's silence
is asked again.
"""

from datetime import datetime

from sqlalchemy import select, update

from services.billing.models import OnlinePayment, Payment
from services.billing.payments.commands.payfip_results import ask_and_book_result
from services.billing.payments.payfip.client import PayFip
from services.billing.payments.payfip.types import PayFipUnavailable
from services.billing.payments.rules.poll_schedule import AFTER_SILENCE, EVERY
from shared.contracts.billing.bills import CANCELLED, INITIATED
from shared.database import Store
from shared.dates.clock import CLOCKS_DIFFER
from shared.runtime.logs import log_error

AT_ONCE = 10
"""The worker holds its lease for longer than these may take."""

UNANSWERED_AFTER = 3
"""Questions without an answer in a row after which PayFiP is left in peace until the next time."""


def poll_payments(store: Store, payfip: PayFip, now: datetime) -> int:
    """Ask about the payments that are due, the longest due first; return how many answered."""
    questions = unanswered = 0
    for payment_id in _take_due_payments(store, now):
        try:
            if not _cancel_never_sent(store, payment_id):
                ask_and_book_result(store, payfip, payment_id, now)
            questions, unanswered = questions + 1, 0
        except PayFipUnavailable:
            unanswered += 1
        except Exception as error:  # one payment that fails holds up no other
            log_error("payment_not_asked", error, payment_id=payment_id)
        if unanswered == UNANSWERED_AFTER:
            break
    return questions


def _take_due_payments(store: Store, now: datetime) -> list[str]:
    """
    Take what is due, and put it off: what fails now is due again, and after all others.

    So is what lies further ahead than any: it was put off by a clock that has been set back.
    """
    at = OnlinePayment.next_check_at
    first = select(OnlinePayment.payment_id).order_by(at).limit(AT_ONCE)
    with store.read() as read:  # two questions: one by OR would walk the table
        due = [
            payment_id
            for is_due in (at <= now, at > now + EVERY + CLOCKS_DIFFER)
            for payment_id in read.scalars(first.where(is_due))
        ][:AT_ONCE]
    if due:
        later = update(OnlinePayment).where(OnlinePayment.payment_id.in_(due))
        with store.write() as write:
            write.execute(later.values(next_check_at=now + AFTER_SILENCE))
    return due


def _cancel_never_sent(store: Store, payment_id: str) -> bool:
    """
    End a payment that PayFiP never received, after a crash or a timeout; no payer was sent there.
    """
    never_sent = (Payment.id == payment_id, Payment.state == INITIATED)
    with store.write() as write:
        row = update(Payment).where(*never_sent).values(state=CANCELLED)
        given_up = write.execute(row.returning(Payment.id)).first() is not None
        if given_up:
            online = OnlinePayment.payment_id == payment_id
            write.execute(update(OnlinePayment).where(online).values(next_check_at=None))
    return given_up
