"""RPC for online payers: signed in, or with the reference and key printed on a bill."""

import hmac
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import bills_by_id
from services.billing.handlers.caller_rights import (
    is_bill_of_own_household,
    is_of_own_household,
    is_payment_of_own_household,
)
from services.billing.models import Invoice, OnlinePayment, Payment
from services.billing.payments.commands.online_advances import Advance, start_online_advance
from services.billing.payments.commands.online_operations import Payer
from services.billing.payments.commands.online_payments import start_online_payment
from services.billing.payments.commands.payfip_results import ask_and_book_result
from services.billing.payments.payfip.client import PayFip, payfip_at
from services.billing.payments.payfip.rules.order_fields import is_idop
from services.billing.payments.payfip.types import PayFipUnavailable
from services.billing.payments.queries.bills_paid_by_excess import (
    bills_paid_by_excess_of_payment,
    credited_cents_of_payment,
)
from services.billing.payments.rules.bills_payable_online import is_bill_payable_online
from services.billing.payments.rules.payfip_verdicts import is_cancellation
from services.billing.payments.rules.start_decision import moment_of_next_operation
from shared.bus import PORTAL, Service, anonymous, answers
from shared.contracts.billing import payments
from shared.contracts.billing.bills import INVOICE, ONLINE, PENDING
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller, Empty
from shared.dates.clock import now

NO_KEY = "0" * 8
"""A key that no bill has, compared where there is no bill: a wrong guess takes as long."""


class Payments(Service):
    """Payments over PayFiP, for a guardian of the household or the holder of a bill's key."""

    @answers(payments.start_payment, callers=[PORTAL], right=is_bill_of_own_household)
    def start_payment(
        self, request: payments.StartPaymentRequest, caller: Caller
    ) -> payments.StartedPayment:
        """Open the payment of one's own bill, or go on with the one that is open."""
        payer = Payer(request.email, caller.subject)
        return self._start_payment(request.invoice_id, payer, request.part_cents)

    @answers(payments.start_advance, callers=[PORTAL], right=is_of_own_household)
    def start_advance(
        self, request: payments.StartAdvanceRequest, caller: Caller
    ) -> payments.StartedPayment:
        """Open the payment of an advance of one's own household, or go on with the one open."""
        advance = Advance(request.regie, request.household_id, request.cents)
        payer = Payer(request.email, caller.subject)
        portal = self.settings.portal_url
        payment_id, url = start_online_advance(
            self.store, self._payfip_client(), portal, advance, payer, now()
        )
        return payments.StartedPayment(payment_id, url)

    @answers(payments.payment_state, callers=[PORTAL], right=is_payment_of_own_household)
    def payment_state(
        self, request: payments.PaymentStateRequest, _caller: Caller
    ) -> payments.PaymentStateAnswer:
        """Say what became of a payment, by what PayFiP says of it now."""
        self._ask_payfip(request.payment_id)
        with self.store.read() as read:
            payment = read.get_one(Payment, request.payment_id)
            if payment.invoice_id is None and payment.means != ONLINE:
                raise NotFound  # taken at a counter, for no bill
            others = sum(bills_paid_by_excess_of_payment(read, payment).values())
            return payments.PaymentStateAnswer(
                state=payment.state,
                invoice_id=payment.invoice_id,
                provider=payment.provider,
                cents=payment.cents,
                credited_cents=credited_cents_of_payment(read, payment.id) - others,
                others_cents=others,
                left=_does_payfip_hold_it_cancelled(read, payment),
                until=_moment_of_next_payment(read, payment),
            )

    @answers(payments.note_notification, callers=[PORTAL], right=anonymous)
    def note_notification(
        self, request: payments.NoteNotificationRequest, _caller: Caller
    ) -> Empty:
        """Ask PayFiP about the named operation, if it is one of ours."""
        with self.store.read() as read:
            payment_id = read.scalar(
                select(OnlinePayment.payment_id).where(OnlinePayment.idop == request.idop)
            )
        if is_idop(request.idop) and payment_id is not None:
            self._ask_payfip(payment_id)
        return Empty()

    @answers(payments.find_bill, callers=[PORTAL], right=anonymous)
    def find_bill(
        self, request: payments.FindBillRequest, _caller: Caller
    ) -> payments.FindBillAnswer:
        """Say what is owed of the bill with this reference and key."""
        with self.store.read() as read:
            reference = _bill_by_reference(read, request)
            bill = bills_by_id(read, [reference.id])[reference.id]
        return payments.FindBillAnswer(
            provider=reference.provider,
            number=bill["number"],
            balance_cents=bill["balance_cents"],
            due_on=None if bill["on_hold"] else bill["part_on"] or bill["due_on"],
            state=bill["state"],
            payable_online=is_bill_payable_online(self.store.register, reference.regie, bill),
            part_cents=bill["part_cents"],
        )

    @answers(payments.start_payment_by_reference, callers=[PORTAL], right=anonymous)
    def start_payment_by_reference(
        self, request: payments.StartPaymentByReferenceRequest, _caller: Caller
    ) -> payments.StartedPayment:
        """Open the payment of a bill for the holder of its reference and key."""
        with self.store.read() as read:
            bill = _bill_by_reference(read, request)
        return self._start_payment(bill.id, Payer(request.email, None), request.part_cents)

    @answers(payments.payment_state_by_reference, callers=[PORTAL], right=anonymous)
    def payment_state_by_reference(
        self, request: payments.PaymentStateByReferenceRequest, _caller: Caller
    ) -> payments.PaymentStateByReferenceAnswer:
        """Say what became of a payment of the bill with this reference and key."""
        with self.store.read() as read:
            bill = _bill_by_reference(read, request)
            conditions = (Payment.id == request.payment_id, Payment.invoice_id == bill.id)
            if read.scalar(select(Payment.id).where(*conditions)) is None:
                raise NotFound
        self._ask_payfip(request.payment_id)
        with self.store.read() as read:
            payment = read.get_one(Payment, request.payment_id)
            return payments.PaymentStateByReferenceAnswer(
                payment.state,
                payment.cents,
                _does_payfip_hold_it_cancelled(read, payment),
                _moment_of_next_payment(read, payment),
            )

    def _start_payment(
        self, invoice_id: str, payer: Payer, part_cents: int | None
    ) -> payments.StartedPayment:
        portal = self.settings.portal_url
        payment_id, url = start_online_payment(
            self.store, self._payfip_client(), portal, invoice_id, payer, now(), part_cents
        )
        return payments.StartedPayment(payment_id, url)

    def _ask_payfip(self, payment_id: str) -> None:
        """Ask PayFiP; on timeout return the known state, which the worker polls again."""
        try:
            ask_and_book_result(self.store, self._payfip_client(), payment_id, now())
        except PayFipUnavailable:
            return

    def _payfip_client(self) -> PayFip:
        return payfip_at(self.settings.payfip_service, self.settings.payfip_page)


class _BillKey(NamedTuple):
    id: str
    provider: str
    regie: str


def _bill_by_reference(read: Session, request: payments.ByReference) -> _BillKey:
    """Return the bill of a reference whose key is right; NotFound, after as much work, else."""
    columns = (Invoice.id, Invoice.provider, Invoice.regie, Invoice.key)
    bill = read.execute(
        select(*columns).where(Invoice.number == request.reference, Invoice.kind == INVOICE)
    ).one_or_none()
    right = hmac.compare_digest(bill.key if bill else NO_KEY, request.key)
    if bill is None or not right:
        raise NotFound
    return _BillKey(bill.id, bill.provider, bill.regie)


def _does_payfip_hold_it_cancelled(read: Session, payment: Payment) -> bool:
    """Say whether PayFiP holds a payment for cancelled, though it may still be gone on with."""
    online = read.get(OnlinePayment, payment.id)
    return payment.state == PENDING and online is not None and is_cancellation(online.result)


def _moment_of_next_payment(read: Session, payment: Payment) -> datetime | None:
    """Return before when a bill is not to be paid again; None where the result is known."""
    online = read.get(OnlinePayment, payment.id)
    if payment.state != PENDING or online is None or online.sent_at is None:
        return None
    return moment_of_next_operation(online.sent_at, online.result, now())
