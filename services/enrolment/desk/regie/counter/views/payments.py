"""Payments received between two days, their reversal, and refunds of credits."""

from datetime import date, timedelta
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from services.enrolment.desk.regie.regie_lists import PAYMENTS, whole_of_payments
from shared.contracts.billing.bills import TRANSFERRED
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day, write_cents

blueprint = billing_client.regie_blueprint("regie_payments", "/regie/paiements")

SHOWN = timedelta(days=30)
LONGEST_PAPER = 120
REINSTATEMENT = "desk/regie/reinstatement.html"


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def list_payments() -> ResponseReturnValue:
    """List the payments between two days, the latest first, with sums by means."""
    first, last = _chosen_days()
    between = contracts.PaymentsOfRequest(first, last)
    came, payments, are_more = billing_client.ask_shown_pages(
        PAYMENTS, contracts.payments_of, between, lambda answer: answer.payments
    )

    def page(listing: Listing[contracts.ListedPayment]) -> str:
        return render_template(
            "desk/regie/payments.html", first=first, last=last, came=came, listing=listing
        )

    whole = whole_of_payments(came.kinds) if are_more else None
    return show_list(PAYMENTS, payments, page, billing_client.note_exported_payers, whole)


@blueprint.get("/<uuid:household_id>/<uuid:payment_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def show_reversal(household_id: UUID, payment_id: UUID) -> str:
    """Show a payment with the reasons for which it is reversed."""
    return _reversal_page(household_id, payment_id, Form())


@blueprint.post("/<uuid:household_id>/<uuid:payment_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def reverse_chosen_payment(household_id: UUID, payment_id: UUID) -> ResponseReturnValue:
    """Reverse a payment: the opposite entry, nothing deleted."""
    form = Form({"reason": request.form.get("reason", "")})
    if form.value("reason") not in dict(regie_labels.REVERSALS):
        form.errors["reason"] = _("Choisissez une raison.")
        return _reversal_page(household_id, payment_id, form), 422
    order = regie_counter.ReversePaymentRequest(str(payment_id), form.value("reason"))
    try:
        billing_client.write_at_billing_once(regie_counter.reverse_payment, order)
    except regie_counter.DayClosed:
        form.errors["reason"] = regie_labels.closed_today_sentence()
        return _reversal_page(household_id, payment_id, form), 409
    except Refusal as refusal:
        refused = billing_client.say_refusal_on_form(form, refusal, "reason")
        return _reversal_page(household_id, payment_id, refused), 409
    flash("reversed")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


@blueprint.get("/<uuid:household_id>/<uuid:payment_id>/retablir")
@agent.for_agents_who_may(PERMISSION)
def show_reinstatement(household_id: UUID, payment_id: UUID) -> str:
    """Show a payment that was reversed, with what undoing that does."""
    return _reversal_page(household_id, payment_id, Form(), REINSTATEMENT)


@blueprint.post("/<uuid:household_id>/<uuid:payment_id>/retablir")
@agent.for_agents_who_may(PERMISSION)
def reinstate_payment(household_id: UUID, payment_id: UUID) -> ResponseReturnValue:
    """Undo a reversal that was noted at a wrong payment: one more entry, nothing deleted."""
    form = Form()
    order = regie_counter.ReinstatePaymentRequest(str(payment_id))
    try:
        billing_client.write_at_billing_once(regie_counter.reinstate_payment, order)
    except Refusal as refusal:
        form.errors["payment"] = regie_labels.reinstatement_refusal_sentence(refusal)
        return _reversal_page(household_id, payment_id, form, REINSTATEMENT), 409
    flash("reinstated")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


@blueprint.get("/<uuid:household_id>/rembourser")
@agent.for_agents_who_may(PERMISSION)
def show_refund(household_id: UUID) -> str:
    """Show the form that pays a credit back, the whole of it unless an agent says less."""
    return _refund_page(household_id)


@blueprint.post("/<uuid:household_id>/rembourser")
@agent.for_agents_who_may(PERMISSION)
def refund_credit(household_id: UUID) -> ResponseReturnValue:
    """Note that a credit is paid back by transfer."""
    form = Form({name: request.form.get(name, "").strip() for name in ("cents", "paper")})
    cents = read_cents(form.value("cents"))
    if not cents:
        form.errors["cents"] = _("Écrivez le montant en euros, par exemple 12,50.")
    if not 0 < len(form.value("paper")) <= LONGEST_PAPER:
        form.errors["paper"] = _("Écrivez le document vu, par exemple « RIB du 3 novembre 2026 ».")
    if form.errors or cents is None:
        return _refund_page(household_id, form), 422
    order = regie_counter.RefundRequest(str(household_id), cents, form.value("paper"))
    try:
        billing_client.write_at_billing_once(regie_counter.refund, order)
    except regie_counter.DayClosed:
        form.errors["cents"] = _(
            "La caisse d’aujourd’hui est clôturée : notez ce remboursement demain."
        )
        return _refund_page(household_id, form), 409
    except Refusal as refusal:
        return _refund_page(
            household_id, billing_client.say_refusal_on_form(form, refusal, "cents")
        ), 409
    flash("refunded")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


@blueprint.get("/<uuid:household_id>/remboursements/<uuid:refund_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def show_refund_reversal(household_id: UUID, refund_id: UUID) -> str:
    """Show a refund with the reasons for which it is reversed."""
    return _refund_reversal_page(household_id, refund_id, Form())


@blueprint.post("/<uuid:household_id>/remboursements/<uuid:refund_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def reverse_refund(household_id: UUID, refund_id: UUID) -> ResponseReturnValue:
    """Reverse a refund that was noted by mistake, while the day is open."""
    form = Form({"reason": request.form.get("reason", "")})
    if form.value("reason") not in dict(regie_labels.REFUND_REVERSALS):
        form.errors["reason"] = _("Choisissez une raison.")
        return _refund_reversal_page(household_id, refund_id, form), 422
    order = regie_counter.ReverseRefundRequest(str(refund_id), form.value("reason"))
    try:
        billing_client.write_at_billing_once(regie_counter.reverse_refund, order)
    except Refusal as refusal:
        refused = billing_client.say_refusal_on_form(form, refusal, "reason")
        return _refund_reversal_page(household_id, refund_id, refused), 409
    flash("refund_reversed")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


def _chosen_days() -> tuple[date, date]:
    """Return the two days of the address, in order; the last thirty where they are none."""
    last = read_day(request.args.get("au", "")) or today()
    first = read_day(request.args.get("du", "")) or last - SHOWN
    return min(first, last), max(first, last)


def _reversal_page(
    household_id: UUID, payment_id: UUID, form: Form, template: str = "desk/regie/reversal.html"
) -> str:
    form.labels = {"reason": _("Raison"), "payment": _("Paiement")}
    account = billing_client.payer_account(str(household_id))
    wanted_id = str(payment_id)
    payments = [
        payment for payment in account.payments if payment["payment_id"] == wanted_id
    ] or abort(404)
    return render_template(
        template,
        form=form,
        payment=payments[0],
        at_treasury=any(bill["state"] == TRANSFERRED for bill in account.bills),
        back=(
            url_for("regie_payers.show", household_id=household_id),
            regie_labels.payer_name(account.payer),
        ),
    )


def _refund_reversal_page(household_id: UUID, refund_id: UUID, form: Form) -> str:
    form.labels = {"reason": _("Raison")}
    account = billing_client.payer_account(str(household_id))
    wanted_id = str(refund_id)
    refunds = [refund for refund in account.refunds if refund["refund_id"] == wanted_id]
    if not refunds or refunds[0]["reversed_because"]:
        abort(404)
    return render_template(
        "desk/regie/refund_reversal.html",
        form=form,
        refund=refunds[0],
        back=(
            url_for("regie_payers.show", household_id=household_id),
            regie_labels.payer_name(account.payer),
        ),
    )


def _refund_page(household_id: UUID, sent: Form | None = None) -> str:
    account = billing_client.payer_account(str(household_id))
    form = sent or Form({"cents": write_cents(account.credit_cents)})
    form.labels = {"cents": _("Montant"), "paper": _("Document vu")}
    return render_template(
        "desk/regie/refund.html", form=form, account=account, household_id=household_id
    )
