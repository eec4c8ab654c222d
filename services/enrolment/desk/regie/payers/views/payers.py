"""Search of payers by name or by a bill's number, and a household's account at this provider."""

from contextlib import suppress
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.regie_lists import PAYERS
from shared.contracts.billing.regie.payers import FoundPayer, end_lapsed_hold
from shared.contracts.errors import NotFound
from shared.contracts.values import OfHousehold
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import asks_file, show_list

blueprint = billing_client.regie_blueprint("regie_payers", "/regie/payeurs")

LONGEST_QUERY = 80


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def search() -> ResponseReturnValue:
    """Find payers; the only one who answers is opened at once."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    payers = billing_client.find_payers(query)
    if len(payers) == 1 and not asks_file():
        return redirect(url_for("regie_payers.show", household_id=payers[0]["household_id"]))

    def page(listing: Listing[FoundPayer]) -> str:
        return render_template("desk/regie/payers.html", query=query, listing=listing)

    return show_list(PAYERS, payers, page, billing_client.note_exported_payers)


@blueprint.get("/<uuid:household_id>")
@agent.for_agents_who_may(PERMISSION)
def show(household_id: UUID) -> str:
    """Show a household's account: bills, payments, credit, quotients, shares."""
    account = billing_client.payer_account(str(household_id))
    return render_template(
        "desk/regie/payer.html",
        account=account,
        household_id=household_id,
        names={child["child_id"]: child["name"] for child in account.children},
    )


@blueprint.post("/<uuid:household_id>/factures-repartent")
@agent.for_agents_who_may(PERMISSION)
def end_hold(household_id: UUID) -> ResponseReturnValue:
    """Let the bills of a household leave again that no agent follows any more."""
    order = OfHousehold(str(household_id))
    with suppress(NotFound):  # a colleague has just done it: the page says how it stands
        billing_client.write_at_billing_once(end_lapsed_hold, order)
        flash("hold_ended")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)
