"""
Starts the online payment of a bill: our row first, then PayFiP, then the row again.

PayFiP is asked outside any transaction. After a crash in between, or a timeout, the row waits
without an operation: no payer was sent there, and the next attempt goes on with it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.ledger.commands.locks import lock_card_and_bill, lock_payment
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.queries.payment_plans import kept_plans_of_bills
from services.billing.models import Invoice, OnlinePayment, Payment
from services.billing.models.collecting.payments import OPEN
from services.billing.models.ledger import TREASURY
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
    INVOICE,
    ONLINE,
    PENDING,
    NothingOwed,
    NotPayableOnline,
    PayFipSilent,
    PaymentUnderWay,
)
from shared.contracts.errors import NotFound, Outdated
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
    _ask_about_open_payment(store, payfip, invoice_id, now)
    with store.write() as write:
        started = _prepare_payment(write, store, portal, invoice_id, payer, now, part_cents)
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


def _ask_about_open_payment(store: Store, payfip: PayFip, invoice_id: str, now: datetime) -> None:
    """Ask PayFiP about the open payment of a bill, which may be paid; raises PayFipSilent."""
    with store.read() as read:
        payment_id = read.scalar(
            select(Payment.id).where(Payment.invoice_id == invoice_id, Payment.state == PENDING)
        )
    if payment_id is None:
        return
    try:
        ask_and_book_result(store, payfip, payment_id, now)
    except PayFipUnavailable:
        raise PayFipSilent(under_way=True) from None
    except PayFipError:
        raise NotPayableOnline from None


def _prepare_payment(
    write: Write,
    store: Store,
    portal: str,
    invoice_id: str,
    payer: Payer,
    now: datetime,
    part_cents: int | None,
) -> Started:
    """Return the one open payment of a bill, of what is asked at this moment: first transaction."""
    bill = write.get(Invoice, invoice_id)
    if bill is None or bill.kind != INVOICE:
        raise NotFound
    lock_card_and_bill(write, bill.provider, bill.household_id, bill.id)
    if balances_of_bills(write, [bill.id], TREASURY)[bill.id] > 0:
        raise NotPayableOnline
    owed = balances_of_bills(write, [bill.id])[bill.id]
    if owed <= 0:
        raise NothingOwed
    cents = owed if part_cents is None else _require_next_part(write, bill, part_cents)
    if not portal or not is_amount_payable_online(store.register, bill.regie, cents):
        raise NotPayableOnline
    _refuse_beside_unclear_payment(write, bill)
    payment = _payment_to_continue(write, bill, cents, now) or _new_payment(
        write, store, bill, cents, payer, now
    )
    online = write.get_one(OnlinePayment, payment.id)
    return Started(payment.id, online.idop, _payfip_order(bill, online, payment, payer, portal))


def _require_next_part(write: Write, bill: Invoice, cents: int) -> int:
    """Return what the bill's plan asks for next; raises Outdated where that is another amount."""
    plan = kept_plans_of_bills(write, [bill.id]).get(bill.id)
    piece = plan.next_piece_of_bill(bill.id) if plan else None
    if piece is None or piece.cents != cents:
        raise Outdated
    return cents


def _refuse_beside_unclear_payment(write: Write, bill: Invoice) -> None:
    """Refuse a payment of a bill while a payment with an unclear result awaits an agent."""
    rows = write.execute(
        select(Payment.state, OnlinePayment.result, OnlinePayment.problem)
        .join(OnlinePayment)
        .where(Payment.invoice_id == bill.id, Payment.state.in_((DISCREPANT, EXPIRED, CANCELLED)))
    )
    for state, result, problem in rows:
        if (
            may_have_moved_money(result, problem)
            if state == DISCREPANT
            else is_unknown_result(result)
        ):
            raise NotPayableOnline


def _payment_to_continue(write: Write, bill: Invoice, cents: int, now: datetime) -> Payment | None:
    """Return the open payment if it is to go on; raises PaymentUnderWay."""
    conditions = (Payment.invoice_id == bill.id, Payment.state.in_(OPEN))
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
    write: Write, store: Store, bill: Invoice, cents: int, payer: Payer, now: datetime
) -> Payment:
    _, regie = store.register.provider_and_regie(bill.regie)
    payment = Payment(
        id=new_id(),
        provider=bill.provider,
        regie=bill.regie,
        household_id=bill.household_id,
        invoice_id=bill.id,
        means=ONLINE,
        cents=cents,
        state=INITIATED,
        created_at=now,
        received_on=now.astimezone(PARIS).date(),
    )
    online = OnlinePayment(
        payment_id=payment.id,
        numcli=regie.numcli,
        exer=f"{bill.fiscal_year:04d}",
        refdet=bill.number,
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
    bill: Invoice, online: OnlinePayment, payment: Payment, payer: Payer, portal: str
) -> Order:
    number = readable_number(bill.regie, bill.fiscal_year, bill.sequence)
    return Order(
        exer=online.exer,
        mel=payer.email,
        montant=str(payment.cents),
        numcli=online.numcli,
        objet=f"Facture {number.replace('-', ' ')}",
        refdet=online.refdet,
        saisie=online.saisie,
        urlnotif=f"{portal}/paiement/notification",
        urlredirect=f"{portal}/paiement/retour/{payment.id}",
    )


def _record_operation(write: Write, payment_id: str, idop: str, payer: Payer, now: datetime) -> str:
    """
    Record the operation by which a bill is paid: second transaction; return the one that counts.

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
