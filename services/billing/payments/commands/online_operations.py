"""
Opens an operation at PayFiP, for a bill or in advance: our row first, then PayFiP, then the row.

PayFiP is asked outside any transaction. After a crash in between, or a timeout, the row waits
without an operation: no payer was sent there, and the next attempt goes on with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from services.billing.ledger.commands.locks import lock_card_and_bill, lock_payment
from services.billing.models import OnlinePayment, Payment
from services.billing.models.collecting.payments import OPEN
from services.billing.payments.commands.payfip_results import ask_and_book_result
from services.billing.payments.commands.payment_booking import publish_card_of_payer
from services.billing.payments.payfip.client import PayFip
from services.billing.payments.payfip.types import Declined, Order, PayFipError, PayFipUnavailable
from services.billing.payments.rules.bills_payable_online import (
    is_amount_payable_online,
    payfip_mode_of,
)
from services.billing.payments.rules.payfip_verdicts import is_unknown_result, may_have_moved_money
from services.billing.payments.rules.poll_schedule import NEVER_SENT_AFTER, STEPS
from services.billing.payments.rules.start_decision import (
    ANEW,
    SAME,
    OpenOperation,
    decide_on_open_payment,
)
from shared.contracts.billing.bills import (
    CANCELLED,
    DISCREPANT,
    EXPIRED,
    INITIATED,
    ONLINE,
    PENDING,
    NotPayableOnline,
    PayFipSilent,
    PaymentUnderWay,
)
from shared.database import Store, Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Payer:
    """Email address for PayFiP's own receipt, and the subject; None without an account."""

    email: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Started:
    """A payment of ours; `idop` is None while PayFiP has none, `order` is what to open it with."""

    payment_id: str
    idop: str | None
    order: Order


@dataclass(frozen=True, slots=True)
class Target:
    """
    Destination of an online payment: a household's bill or, where it names none, its advance.

    `fiscal_year` and `reference` (`exer`, `refdet`) name it at PayFiP; `title` is read on its page.
    """

    provider: str
    regie: str
    household_id: str
    invoice_id: str | None
    fiscal_year: int
    reference: str
    title: str

    @property
    def of_its_payments(self) -> Sequence[ColumnElement[bool]]:
        """Return the conditions of the payments that went there."""
        if self.invoice_id is not None:
            return (Payment.invoice_id == self.invoice_id,)
        return (
            Payment.household_id == self.household_id,
            Payment.regie == self.regie,
            Payment.invoice_id.is_(None),
            Payment.means == ONLINE,
        )


def ask_about_open_payment(
    store: Store, payfip: PayFip, of_its_payments: Sequence[ColumnElement[bool]], now: datetime
) -> None:
    """Ask PayFiP about the open payment of a target, which may be paid; raises PayFipSilent."""
    with store.read() as read:
        payment_id = read.scalar(
            select(Payment.id).where(*of_its_payments, Payment.state == PENDING)
        )
    if payment_id is None:
        return
    try:
        ask_and_book_result(store, payfip, payment_id, now)
    except PayFipUnavailable:
        raise PayFipSilent(under_way=True) from None
    except PayFipError:
        raise NotPayableOnline from None


def prepare_payment(
    write: Write,
    store: Store,
    portal: str,
    target: Target,
    cents: int,
    payer: Payer,
    now: datetime,
) -> Started:
    """
    Return the one open payment of a target, which the caller has locked: first transaction.

    Raises NotPayableOnline, PaymentUnderWay.
    """
    if not portal or not is_amount_payable_online(store.register, target.regie, cents):
        raise NotPayableOnline
    _refuse_beside_unclear_payment(write, target)
    payment = _payment_to_continue(write, target, cents, now) or _new_payment(
        write, store, target, cents, payer, now
    )
    online = write.get_one(OnlinePayment, payment.id)
    return Started(payment.id, online.idop, _payfip_order(target, online, payment, payer, portal))


def open_operation(
    store: Store, payfip: PayFip, started: Started, payer: Payer, now: datetime
) -> tuple[str, str]:
    """
    Return a payment and the address at PayFiP to which to send the person.

    Raises NotPayableOnline, PayFipSilent.
    """
    try:
        idop = started.idop or payfip.open_operation(started.order)
    except (PayFipUnavailable, Declined):
        raise PayFipSilent(under_way=False) from None
    except PayFipError:
        raise NotPayableOnline from None
    if started.idop is None:
        with store.write() as write:
            idop = _record_operation(write, started.payment_id, idop, payer, now)
    return started.payment_id, payfip.payment_url(idop)


def _refuse_beside_unclear_payment(write: Write, target: Target) -> None:
    """Refuse a payment while one with an unclear result awaits an agent."""
    rows = write.execute(
        select(Payment.state, OnlinePayment.result, OnlinePayment.problem)
        .join(OnlinePayment)
        .where(*target.of_its_payments, Payment.state.in_((DISCREPANT, EXPIRED, CANCELLED)))
    )
    for state, result, problem in rows:
        if (
            may_have_moved_money(result, problem)
            if state == DISCREPANT
            else is_unknown_result(result)
        ):
            raise NotPayableOnline


def _payment_to_continue(write: Write, target: Target, cents: int, now: datetime) -> Payment | None:
    """Return the open payment if it is to go on; raises PaymentUnderWay."""
    conditions = (*target.of_its_payments, Payment.state.in_(OPEN))
    row = write.execute(select(Payment.id, Payment.means).where(*conditions)).first()
    if row is None:
        return None
    payment_id, means = row
    if means != ONLINE:  # it is being debited already
        raise PaymentUnderWay
    payment, online = lock_payment(write, payment_id), write.get_one(OnlinePayment, payment_id)
    decided = decide_on_open_payment(
        OpenOperation(payment.cents, online.sent_at, online.result), cents, now
    )
    if decided == SAME:
        return payment
    if decided != ANEW:
        assert isinstance(decided, datetime)
        raise PaymentUnderWay(until=decided.isoformat())
    if online.sent_at is None:
        payment.state, online.next_check_at = CANCELLED, None
    else:
        payment.state = EXPIRED
    write.flush()
    return None


def _new_payment(
    write: Write, store: Store, target: Target, cents: int, payer: Payer, now: datetime
) -> Payment:
    _, regie = store.register.provider_and_regie(target.regie)
    payment = Payment(
        id=new_id(),
        provider=target.provider,
        regie=target.regie,
        household_id=target.household_id,
        invoice_id=target.invoice_id,
        means=ONLINE,
        cents=cents,
        state=INITIATED,
        created_at=now,
        received_on=now.astimezone(PARIS).date(),
    )
    online = OnlinePayment(
        payment_id=payment.id,
        numcli=regie.numcli,
        exer=f"{target.fiscal_year:04d}",
        refdet=target.reference,
        saisie=payfip_mode_of(regie),
        email=payer.email,
        started_by=payer.subject,
        next_check_at=now + NEVER_SENT_AFTER,
    )
    for row in (payment, online):
        write.add(row)
        write.flush()
    return payment


def _payfip_order(
    target: Target, online: OnlinePayment, payment: Payment, payer: Payer, portal: str
) -> Order:
    return Order(
        exer=online.exer,
        mel=payer.email,
        montant=str(payment.cents),
        numcli=online.numcli,
        objet=target.title,
        refdet=online.refdet,
        saisie=online.saisie,
        urlnotif=f"{portal}/paiement/notification",
        urlredirect=f"{portal}/paiement/retour/{payment.id}",
    )


def _record_operation(write: Write, payment_id: str, idop: str, payer: Payer, now: datetime) -> str:
    """
    Record the operation of a payment: second transaction; return the one that counts.

    Of two operations opened at once the second is dropped.
    """
    payment = write.get_one(Payment, payment_id)
    lock_card_and_bill(write, payment.provider, payment.household_id, payment.invoice_id)
    payment = lock_payment(write, payment_id)
    online = write.get_one(OnlinePayment, payment_id)
    if online.idop is not None and payment.state == PENDING:
        return online.idop
    if payment.state != INITIATED:
        raise PayFipSilent(under_way=False)
    payment.state = PENDING
    online.idop, online.sent_at, online.next_check_at = idop, now, now + STEPS[0]
    online.email, online.started_by = payer.email, payer.subject
    write.flush()
    publish_card_of_payer(write, payment, now)
    return idop
