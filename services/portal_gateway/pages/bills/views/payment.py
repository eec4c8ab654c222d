"""Paying a bill at PayFiP, and coming back: what a browser brings is never believed."""

import re

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills import payfip_redirect
from services.portal_gateway.bills.commands import leave_bill_out_of_round
from services.portal_gateway.bills.rules.bills import Accounts, Bill, rest_after_payment
from services.portal_gateway.bills.rules.payment_rounds import CHECKED, DONE, TO_PAY
from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.bills.payable_bills import (
    may_offer_payment,
    payment_round_of_guardian,
    ticket_email,
)
from services.portal_gateway.pages.bills.views.guest_payment import state_of_guest_payment
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user, saved_forms, sessions
from services.portal_gateway.store import store
from shared.contracts.billing import bills, payments
from shared.contracts.errors import NoAnswer, NotEntitled, NotFound, Refusal, Unavailable
from shared.web.base import sign_in_limits
from shared.web.forms.form_data import Form

blueprint = Blueprint("paying", __name__)

ADDRESS = "/factures/<invoice_id>/payer"
_OPERATION = re.compile(r"[A-Za-z0-9_-]{1,80}")
WAITS = (bills.INITIATED, bills.PENDING)


@blueprint.get(ADDRESS)
@current_user.signed_in
def show_form(invoice_id: str) -> ResponseReturnValue:
    """Show the form that pays a bill: what is paid to whom, and where the ticket goes."""
    bill = _find_bill(parsing.require_id(invoice_id))
    kept = saved_forms.saved_form_of_page()
    email = (kept or {}).get("email", [""])[0] or ticket_email()
    return _page(bill, Form({"email": email}))


@blueprint.post(ADDRESS)
@current_user.signed_in
def start(invoice_id: str) -> ResponseReturnValue:
    """Begin the payment; each reason not to comes back with the address as typed."""
    bill = _find_bill(parsing.require_id(invoice_id))  # before: nothing is begun if nobody has it
    form = Form({"email": request.form.get("email", "").strip()})
    payment = payments.StartPaymentRequest(
        invoice_id,
        form.value("email"),
        parsing.whole_number(request.form.get("part", "")),
    )
    if wrong := payfip_redirect.email_mistake(payments.start_payment, payment):
        form.errors = {"email": wrong}
        return _page(bill, form), 422
    try:
        answer = billing.ask(payments.start_payment, payment, deadline=payments.PAYFIP_SECONDS)
    except (NoAnswer, Unavailable):
        bill = _latest_of_card(bill)
        silence = bill_labels.payment_silence_sentence(bill.checking or None)
        return _page(bill, form, silence=silence), 503
    except bills.PayFipSilent as silent:
        silence = bill_labels.payment_silence_sentence(silent.detail["under_way"])
        return _page(_latest_of_card(bill), form, silence=silence), 503
    except Refusal as refusal:
        if isinstance(refusal, bills.NotPayableOnline):
            _leave_out_of_round(invoice_id)
        return _page(
            _latest_of_card(bill),
            form,
            refusal=bill_labels.payment_refusal_sentence(refusal),
            round=payment_round_of_guardian().with_state_of_bill(
                invoice_id, _state_of_bill_paid_elsewhere(refusal)
            ),
        ), 422
    sessions.keep_ticket_email(current_user.session_with_token(), form.value("email"))
    saved_forms.drop_saved_form()
    return payfip_redirect.payfip_redirect_page(answer.url)


@blueprint.route("/paiement/retour/<payment_id>", methods=["GET", "POST"])
def return_from_payfip(payment_id: str) -> ResponseReturnValue:
    """Say what became of a payment, asked of billing; a stranger reads only thanks."""
    if request.method == "POST":
        return redirect(url_for("paying.return_from_payfip", payment_id=payment_id), 303)
    parsing.require_id(payment_id)
    payment = state_of_guest_payment(payment_id)
    if payment is not None:
        return _thanks_page(payment)
    if current_user.current_session() is None:
        return _thanks_page()
    return _result_page(payment_id)


@blueprint.route("/paiement/notification", methods=["GET", "POST"])
def receive_notification() -> Response:
    """Pass on which operation PayFiP speaks of; whatever else comes, the answer is the same."""
    sent = {name.lower(): value for name, value in request.values.items()}
    operation = sent.get("idop", "")
    if _OPERATION.fullmatch(operation) and sign_in_limits.may_address_notify_us():
        try:
            current_user.bus().ask(
                payments.note_notification,
                payments.NoteNotificationRequest(operation),
                deadline=payments.PAYFIP_SECONDS,
            )
        except Refusal:
            pass  # open payments are polled: nothing is lost
    return Response("OK\n", mimetype="text/plain")


def _find_bill(invoice_id: str) -> Bill:
    """Return one of the family's bills from its card, or from billing if no card has it yet."""
    bill = current_overview().accounts.bill_by_id(invoice_id)
    if bill is None:
        answer = billing.ask(bills.read_bill, bills.OfBill(invoice_id))
        bill = Bill.from_answer(answer.provider, answer)
    return bill


def _latest_of_card(bill: Bill) -> Bill:
    """Return a bill as its card has it by now, which no answer of billing is awaited for."""
    return current_overview().accounts.bill_by_id(bill.invoice_id) or bill


def _page(bill: Bill, form: Form, **more: object) -> str:
    form.labels = {"email": _("Adresse e-mail")}
    unclear = current_overview().accounts.is_unclear(bill)
    return render_template(
        "portal/pay.html",
        bill=bill,
        form=form,
        may_pay=may_offer_payment(bill) and not unclear,
        unclear=unclear,
        part_cents=0 if request.values.get("tout") else bill.part_cents,
        labels=bill_labels,
        **more,
    )


def _thanks_page(payment: payments.PaymentStateByReferenceAnswer | None = None) -> str:
    """Return the page of a browser that is signed out: it names neither a person nor the bill."""
    return render_template(
        "portal/thanks.html",
        payment=payment,
        waits=payment is not None and payment.state in WAITS,
        labels=bill_labels,
    )


def _result_page(payment_id: str) -> str:
    try:
        payment = billing.ask(
            payments.payment_state,
            payments.PaymentStateRequest(payment_id),
            deadline=payments.PAYFIP_SECONDS,
        )
    except (NoAnswer, Unavailable):
        payment = None
    except (NotFound, NotEntitled):
        return _thanks_page()
    accounts = current_overview().accounts
    this = (payment.invoice_id or "") if payment else ""
    on_way = payment_round_of_guardian().with_state_of_bill(this, _state_of_step(payment))
    bill = accounts.bill_by_id(this)
    came = payment.cents if payment and payment.state == bills.PAID else 0
    left = rest_after_payment(bill, came, accounts.payments, payment_id) if bill and came else 0
    return render_template(
        "portal/paid.html",
        payment=payment,
        payment_id=payment_id,
        accounts=accounts,
        bill=bill,
        waits=payment is None or payment.state in WAITS,
        again=bill is not None and payment is not None and payment.state in _AGAIN,
        left_cents=left,
        all_paid=came > 0 and not left and accounts.leaving_out_bill(this).nothing_owed,
        others=_bills_to_pay_next(accounts, payment),
        checked=[
            other_bill
            for other_bill in accounts.bills_with_pending_payment
            if other_bill.invoice_id != this
        ],
        round=on_way,
        email=current_user.session_with_token().email,
        payable=may_offer_payment,
        labels=bill_labels,
    )


def _bills_to_pay_next(
    accounts: Accounts, payment: payments.PaymentStateAnswer | None
) -> list[Bill]:
    """
    Return what else may be paid; nothing where cards do not say yet what an advance has paid.
    """
    if payment is not None and payment.invoice_id is None and payment.others_cents:
        return []
    this = payment.invoice_id if payment else None
    return [bill for bill in accounts.bills_to_pay if bill.invoice_id != this]


def _leave_out_of_round(invoice_id: str) -> None:
    """Let a round go on past a bill that billing refuses, which no card shows."""
    with store.write() as write:
        leave_bill_out_of_round(write, current_user.subject_of_user(), invoice_id)


def _state_of_bill_paid_elsewhere(refusal: Refusal) -> str:
    """Return the state of a bill of a round that was paid elsewhere, before its card says so."""
    if isinstance(refusal, bills.NothingOwed):
        return DONE
    return CHECKED if isinstance(refusal, bills.PaymentUnderWay) else TO_PAY


def _state_of_step(payment: payments.PaymentStateAnswer | None) -> str:
    """Return the state of a bill of a round after a payment, before its card says so."""
    if payment is None or (payment.state in WAITS and not payment.left):
        return CHECKED
    return DONE if payment.state == bills.PAID else TO_PAY


_AGAIN = (bills.REFUSED, bills.CANCELLED, bills.EXPIRED, bills.REVERSED)
"""States of a payment after which the same bill may be paid again."""
