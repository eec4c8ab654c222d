"""Bills past their due date, and reminding of them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from shared.contracts.billing import regie as contracts
from shared.contracts.errors import Refusal
from shared.contracts.values import PageRequest
from shared.web.forms.forms import Form

blueprint = billing_client.regie_blueprint("regie_arrears", "/regie/impayes")


@blueprint.route("", methods=["GET", "POST"])
@agent.may(PERMISSION)
def show() -> str:
    """Show overdue bills, the oldest first."""
    return _page(Form())


@blueprint.post("/relancer")
@agent.may(PERMISSION)
def remind() -> Any:
    """Remind of the chosen bills; who has paid meanwhile is left in peace."""
    chosen = request.form.getlist("shown" if "all" in request.form else "invoices")
    form = Form({"invoices": chosen})
    if not chosen:
        form.errors["invoices"] = _("Choisissez au moins une facture.")
        return _page(form), 422
    try:
        answer = billing_client.ask_once(contracts.remind, contracts.RemindRequest(chosen))
    except Refusal as refusal:
        return _page(billing_client.say_refusal_on_form(form, refusal, "invoices")), 422
    flash(str(answer.reminded), "reminded")
    return redirect(url_for("regie_arrears.show"), 303)


def _page(form: Form) -> str:
    form.labels = {"invoices": _("Factures")}
    owed = billing_client.ask(contracts.arrears, PageRequest(after=request.form.get("after", "")))
    return render_template("desk/regie/arrears.html", owed=owed, form=form)
