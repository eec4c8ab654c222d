"""Money in suspense: without a debtor, until an agent assigns it to a bill or household."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from services.enrolment.desk.regie.regie_lists import SUSPENSE
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.errors import Refusal
from shared.contracts.values import PageRequest
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_suspense", "/regie/attente")

LONGEST_QUERY = 80


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """List the money that waits, the oldest first."""
    waiting, payments = billing_client.ask_every_page(
        regie_counter.suspense, PageRequest(), lambda answer: answer.payments
    )

    def page(listing: Listing[regie_counter.CounterPayment]) -> str:
        return render_template("desk/regie/suspense.html", waiting=waiting, listing=listing)

    return show_list(SUSPENSE, payments, page, billing_client.note_exported_payers)


@blueprint.get("/<uuid:payment_id>")
@agent.for_agents_who_may(PERMISSION)
def find_payer(payment_id: UUID) -> str:
    """Look for whose money it is, by name or by a bill's number."""
    return _page(payment_id, Form({"q": request.args.get("q", "")[:LONGEST_QUERY].strip()}))


@blueprint.post("/<uuid:payment_id>")
@agent.for_agents_who_may(PERMISSION)
def assign_payment(payment_id: UUID) -> ResponseReturnValue:
    """Give the money to a household: to the bill that was named, else to its account."""
    names = ("household_id", "number", "q")
    form = Form({name: request.form.get(name, "").strip() for name in names})
    if not form.value("household_id"):
        form.errors["q"] = _("Cherchez le payeur, puis choisissez-le.")
        return _page(payment_id, form), 422
    household_id = form.value("household_id")
    try:
        invoice_id = _invoice_of_number(household_id, form.value("number"))
        order = regie_counter.AssignSuspenseRequest(str(payment_id), household_id, invoice_id)
        given = billing_client.write_at_billing_once(regie_counter.assign_suspense, order)
    except Refusal as refusal:
        return _page(payment_id, billing_client.say_refusal_on_form(form, refusal, "q")), 409
    return render_template(
        "desk/regie/assigned.html",
        given=given,
        payment_id=order.payment_id,
        household_id=household_id,
    )


@blueprint.get("/<uuid:payment_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def show_reversal(payment_id: UUID) -> str:
    """Show money that waits with the reasons for which it is reversed."""
    return _reversal_page(payment_id, Form())


@blueprint.post("/<uuid:payment_id>/annuler")
@agent.for_agents_who_may(PERMISSION)
def reverse_waiting_payment(payment_id: UUID) -> ResponseReturnValue:
    """Reverse a payment whose debtor never came to light: a cheque that the bank rejects."""
    form = Form({"reason": request.form.get("reason", "")})
    if form.value("reason") not in dict(regie_labels.REVERSALS):
        form.errors["reason"] = _("Choisissez une raison.")
        return _reversal_page(payment_id, form), 422
    order = regie_counter.ReversePaymentRequest(str(payment_id), form.value("reason"))
    try:
        billing_client.write_at_billing_once(regie_counter.reverse_payment, order)
    except regie_counter.DayClosed:
        form.errors["reason"] = regie_labels.closed_today_sentence()
        return _reversal_page(payment_id, form), 409
    except Refusal as refusal:
        return _reversal_page(
            payment_id, billing_client.say_refusal_on_form(form, refusal, "reason")
        ), 409
    flash("reversed")
    return redirect(url_for("regie_suspense.show"), 303)


@blueprint.get("/<uuid:payment_id>/retablir")
@agent.for_agents_who_may(PERMISSION)
def show_reinstatement(payment_id: UUID) -> str:
    """Show money without a debtor that was reversed, with what undoing that does."""
    return _reinstatement_page(payment_id, Form())


@blueprint.post("/<uuid:payment_id>/retablir")
@agent.for_agents_who_may(PERMISSION)
def reinstate_payment(payment_id: UUID) -> ResponseReturnValue:
    """Undo the reversal of money without a debtor: it waits again."""
    form = Form()
    order = regie_counter.ReinstatePaymentRequest(str(payment_id))
    try:
        billing_client.write_at_billing_once(regie_counter.reinstate_payment, order)
    except Refusal as refusal:
        form.errors["payment"] = regie_labels.reinstatement_refusal_sentence(refusal)
        return _reinstatement_page(payment_id, form), 409
    flash("reinstated")
    return redirect(url_for("regie_suspense.show"), 303)


def _reinstatement_page(payment_id: UUID, form: Form) -> str:
    form.labels = {"payment": _("Paiement")}
    listed = billing_client.ask_billing(regie_counter.suspense, PageRequest()).taken_back
    found = [each for each in listed if each["payment_id"] == str(payment_id)] or abort(404)
    return render_template(
        "desk/regie/reinstatement.html",
        form=form,
        payment=found[0],
        back=(url_for("regie_suspense.show"), _("Encaissements non identifiés")),
    )


def _invoice_of_number(household_id: str, number: str) -> str | None:
    """Return the bill that has this number, None where none was named."""
    bills = billing_client.payer_account(household_id).bills
    return next((bill["invoice_id"] for bill in bills if bill["number"] == number), None)


def _page(payment_id: UUID, form: Form) -> str:
    form.labels = {"q": _("Payeur")}
    payment = _require_waiting_payment(str(payment_id))
    query = form.value("q")
    payers = billing_client.find_payers(query)
    return render_template(
        "desk/regie/assign.html", payment=payment, form=form, query=query, payers=payers
    )


def _reversal_page(payment_id: UUID, form: Form) -> str:
    form.labels = {"reason": _("Raison")}
    return render_template(
        "desk/regie/reversal.html",
        form=form,
        payment=_require_waiting_payment(str(payment_id)),
        back=(
            url_for("regie_suspense.find_payer", payment_id=payment_id),
            _("De qui est cet argent ?"),
        ),
    )


def _require_waiting_payment(payment_id: str) -> regie_counter.CounterPayment:
    """Return the payment among those that wait; one that is assigned already is not found."""
    after = ""
    while True:
        page = billing_client.ask_billing(regie_counter.suspense, PageRequest(after=after))
        for payment in page.payments:
            if payment["payment_id"] == payment_id:
                return payment
        if not page.next:
            abort(404)
        after = page.next
