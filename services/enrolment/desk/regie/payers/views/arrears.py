"""Bills past their due date, and reminding of them."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.regie_lists import ARREARS, whole_of_arrears
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import Refusal
from shared.database.chunks import chunks
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form

MOST_REMINDED = 200
"""Bills of one request to billing."""

blueprint = billing_client.regie_blueprint("regie_arrears", "/regie/impayes")


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """List overdue bills, the oldest first."""
    return _page(Form())


@blueprint.post("/relancer")
@agent.for_agents_who_may(PERMISSION)
def remind() -> ResponseReturnValue:
    """Remind of the chosen bills; who has paid meanwhile is left in peace."""
    chosen = request.form.getlist("shown" if "all" in request.form else "invoices")
    form = Form({"invoices": chosen})
    if not chosen:
        form.errors["invoices"] = _("Choisissez au moins une facture.")
        return _page(form), 422
    try:
        reminded = sum(
            _have_reminders_sent(some, nth)
            for nth, some in enumerate(chunks(chosen, MOST_REMINDED))
        )
    except Refusal as refusal:
        return _page(billing_client.say_refusal_on_form(form, refusal, "invoices")), 422
    flash(str(reminded), "reminded")
    return redirect(url_for("regie_arrears.show"), 303)


def _have_reminders_sent(invoices: Sequence[str], nth: int) -> int:
    order = contracts.RemindRequest(list(invoices))
    return billing_client.write_at_billing_once(contracts.remind, order, nth=nth).reminded


def _page(form: Form) -> str | BaseResponse:
    form.labels = {"invoices": _("Factures")}
    owed, bills, are_more = billing_client.ask_shown_pages(
        ARREARS, contracts.arrears, contracts.SearchedPageRequest(), lambda answer: answer.bills
    )

    def page(listing: Listing[contracts.OverdueBill]) -> str:
        return render_template(
            "desk/regie/arrears.html",
            owed=owed,
            listing=listing,
            form=form,
        )

    whole = whole_of_arrears(owed) if are_more else None
    return show_list(ARREARS, bills, page, billing_client.note_exported_payers, whole)
