"""« L’une après l’autre »: a payment by card for each bill that waits, resumed where it stopped."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.commands import begin_payment_round
from services.portal_gateway.bills.rules.payment_rounds import bills_payable_in_round
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.bills.payable_bills import (
    may_offer_payment,
    payment_round_of_guardian,
    ticket_email,
)
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.web.forms.form_data import Form

blueprint = Blueprint("paying_in_turn", __name__, url_prefix="/reglement")


@blueprint.post("")
@current_user.signed_in
def set_out_to_pay_in_turn() -> ResponseReturnValue:
    """
    Set out to pay all that waits and can be paid by card; a round under way is gone on with.

    It pays nothing: a second tab, or a second device, sets out on the same bills.
    """
    waiting = [
        bill.invoice_id
        for bill in bills_payable_in_round(current_overview().accounts, may_offer_payment)
    ]
    on_way = payment_round_of_guardian()
    before = [step.bill.invoice_id for step in on_way.steps if on_way.is_under_way]
    if waiting:
        with store.write() as write:
            begin_payment_round(
                write, current_user.subject_of_user(), dict.fromkeys([*before, *waiting]), now()
            )
    return redirect(url_for("paying_in_turn.show"), 303)


@blueprint.get("")
@current_user.signed_in
def show() -> ResponseReturnValue:
    """Show the bills in their order, and the form that pays the next."""
    on_way = payment_round_of_guardian()
    if not on_way:
        return redirect(url_for("bills.show"), 303)
    return render_template(
        "portal/round.html",
        round=on_way,
        form=Form({"email": ticket_email()}) if on_way.next_step else None,
        labels=bill_labels,
    )
