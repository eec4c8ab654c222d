"""« Étaler le paiement »: a family asks to pay bills of one service in several parts."""

from dataclasses import astuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.regies import numbers_of_parts
from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.bills.payable_bills import bills_for_plan
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import saved_forms
from services.portal_gateway.session.current_user import signed_in
from shared.contracts.billing import bills
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = Blueprint("payment_plans", __name__)

ADDRESS = "/factures/<invoice_id>/etaler"


@blueprint.get(ADDRESS)
@signed_in
def show_form(invoice_id: str) -> ResponseReturnValue:
    """Ask in how many parts, and for which other bills of the service."""
    kept = saved_forms.saved_form_of_page() or {}
    values = {"parts": (kept.get("parts") or [""])[0], "with": kept.get("with", [])}
    return _page(invoice_id, Form(values))


@blueprint.post(ADDRESS)
@signed_in
def ask(invoice_id: str) -> ResponseReturnValue:
    """Send what the family asks for to the service."""
    offered = bills_for_plan(parsing.require_id(invoice_id))
    form = Form({"parts": request.form.get("parts", ""), "with": request.form.getlist("with")})
    wanted = [
        bill
        for place, bill in enumerate(offered)
        if not place or form.chosen("with", bill.invoice_id)
    ]
    parts = parsing.whole_number(form.value("parts"))
    if parts is None or parts not in numbers_of_parts(shell_here().register, wanted):
        form.errors["parts"] = _("Choisissez en combien de fois, ou cochez une facture de plus.")
        return _page(invoice_id, form), 422
    ids = [bill.invoice_id for bill in wanted]
    order = contracts.AskForPlanRequest(offered[0].household_id, ids, parts)
    try:
        once = parsing.request_id(parsing.form_key(), *map(str, astuple(order)))
        billing.ask(contracts.ask_for_plan, order, request_id=once)
    except (NoAnswer, Unavailable):
        return _page(invoice_id, form, unsent=True), 503
    except (
        bills.NothingOwed,
        bills.PaymentUnderWay,
        contracts.PlanNotOffered,
        contracts.PlanRunning,
    ):
        form.errors["parts"] = _("Le compte a changé entre-temps : revenez à la facture.")
        return _page(invoice_id, form), 422
    saved_forms.drop_saved_form()
    flash("plan_asked", "bill")
    return redirect(url_for("bills.explain", invoice_id=invoice_id), 303)


def _page(invoice_id: str, form: Form, **more: object) -> str:
    """Return the form, or, of a bill that may not be paid in parts, that it may not."""
    bill = current_overview().accounts.bill_by_id(parsing.require_id(invoice_id))
    if bill is None:
        raise NotFound
    form.labels = {"parts": _("En combien de fois ?"), "with": _("Avec quelles autres factures ?")}
    register, offered = shell_here().register, bills_for_plan(invoice_id)
    alone = numbers_of_parts(register, offered[:1])
    return render_template(
        "portal/payment_plan.html",
        bill=bill,
        others=offered[1:],
        options=[
            (str(count), bill_labels.parts_choice_label(count, bill.balance_cents, count in alone))
            for count in numbers_of_parts(register, offered)
        ],
        form=form,
        form_key=new_id(),
        labels=bill_labels,
        **more,
    )
