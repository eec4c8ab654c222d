"""
Asks PayFiP what became of an online payment, and books what it says.

Every hint of a payment (a browser that comes back, a notification, the clock) only
makes us ask. The question is asked outside any transaction; its answer is booked in one.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from services.billing.ledger.commands.locks import lock_card_and_bill, lock_payment
from services.billing.models import OnlinePayment, Payment
from services.billing.payments.commands.credits import pay_freed_bill, pay_open_bills
from services.billing.payments.commands.payment_booking import (
    CAME,
    CAME_BACK,
    book_payment,
    notify_payer,
    publish_card_of_payer,
)
from services.billing.payments.payfip.client import PayFip
from services.billing.payments.payfip.types import Declined
from services.billing.payments.rules.payfip_verdicts import (
    ExpectedPayment,
    Verdict,
    verdict_of_detail,
    verdict_of_refusal,
)
from services.billing.payments.rules.poll_schedule import next_check
from shared.contracts.billing.bills import CANCELLED, DISCREPANT, EXPIRED, PAID, PENDING, REFUSED
from shared.database import Store, Write
from shared.runtime.logs import log

ORDER_COLUMNS = (PENDING, REFUSED, CANCELLED, EXPIRED)
"""States in which PayFiP's answer can still change something: what comes late is taken too."""


@dataclass(frozen=True, slots=True)
class Change:
    """Effect of a PayFiP result; `in_excess`: more was paid than the bill still needed."""

    state: str
    problem: str
    in_excess: bool


def ask_and_book_result(store: Store, payfip: PayFip, payment_id: str, now: datetime) -> None:
    """
    Ask PayFiP about a payment and book its answer; nothing happens where nothing can change.

    Idempotent, also concurrently. Raises PayFipUnavailable when PayFiP does not answer.
    """
    known = _expected_payment(store, payment_id)
    if known is None:
        return
    idop, asked_at = known
    try:
        verdict = verdict_of_detail(asked_at, payfip.ask_for_outcome(idop), now)
    except Declined as no:
        verdict = verdict_of_refusal(asked_at, no.code, now)
    with store.write() as write:
        change = _apply_verdict(write, store, payment_id, verdict, now)
    if change is not None:
        log("payment_state", payment_id=payment_id, **asdict(change))


def _expected_payment(store: Store, payment_id: str) -> tuple[str, ExpectedPayment] | None:
    """Return what was asked for; None where PayFiP never knew of it, or nothing is left to ask."""
    query = select(Payment, OnlinePayment).join(OnlinePayment).where(Payment.id == payment_id)
    with store.read() as read:
        row = read.execute(query).one_or_none()
    if row is None or row.Payment.state not in ORDER_COLUMNS:
        return None
    payment, online = row
    if online.idop is None or online.sent_at is None:
        return None
    return online.idop, ExpectedPayment(
        payment.cents,
        online.refdet,
        online.exer,
        online.numcli,
        online.saisie,
        online.sent_at,
        online.result,
    )


def _apply_verdict(
    write: Write, store: Store, payment_id: str, verdict: Verdict, now: datetime
) -> Change | None:
    """Apply the verdict, unless another answer booked the payment meanwhile."""
    columns = (Payment.provider, Payment.household_id, Payment.invoice_id)
    lock_card_and_bill(
        write, *write.execute(select(*columns).where(Payment.id == payment_id)).one()
    )
    payment = lock_payment(write, payment_id)
    if payment.state not in ORDER_COLUMNS:
        return None
    online = write.get_one(OnlinePayment, payment_id)
    online.checks += 1
    online.result, online.problem = verdict.result, verdict.problem
    online.authorisation = verdict.authorisation
    before = payment.state
    in_excess = _change_state(write, store, payment, verdict, now)
    assert online.sent_at is not None
    online.next_check_at = next_check(online.sent_at, payment.state, online.result, now)
    if payment.state == before:
        return None
    publish_card_of_payer(write, payment, now)
    return Change(payment.state, online.problem, in_excess)


def _change_state(
    write: Write, store: Store, payment: Payment, verdict: Verdict, now: datetime
) -> bool:
    """
    Change the state as far as a payment can: what has ended is never open again.

    Returns whether more came than the bill needed.
    """
    in_excess = False
    if verdict.state == PAID and verdict.received_on is not None:
        _, regie = store.register.provider_and_regie(payment.regie)
        in_excess = book_payment(write, payment, regie, verdict.received_on, now).credited > 0
        write.flush()
        if in_excess:
            pay_open_bills(write, payment, now)
        else:
            pay_freed_bill(write, payment, now)
        notify_payer(write, payment, CAME, now)
    elif verdict.state == DISCREPANT or payment.state == PENDING:
        payment.state = verdict.state
        write.flush()
        pay_freed_bill(write, payment, now)
        if verdict.state == REFUSED:
            notify_payer(write, payment, CAME_BACK, now)
    write.flush()
    return in_excess
