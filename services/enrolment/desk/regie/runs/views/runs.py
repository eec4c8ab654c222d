"""A month's run: its draft beside the month before, what is unusual in it, and issuing it."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from services.enrolment.desk.regie.regie_lists import households_of_run_list
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.billing.regie.runs import ANOMALIES, DRAFTED, HOUSEHOLD_STATES
from shared.contracts.errors import Outdated, Refusal
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_runs", "/regie/facturation")


@blueprint.get("/<uuid:run_id>")
@agent.for_agents_who_may(PERMISSION)
def list_households_of_run(run_id: UUID) -> ResponseReturnValue:
    """List the households of a run, the greatest amounts first."""
    only = request.args.get("voir", "")
    if only not in ("", *HOUSEHOLD_STATES, *ANOMALIES):
        abort(404)
    asked = regie_runs.ReadRunRequest(str(run_id), only)
    run, rows = billing_client.ask_every_page(
        regie_runs.read_run, asked, lambda answer: answer.rows, deadline=LONG_SECONDS
    )

    def page(listing: Listing[regie_runs.HouseholdOfRun]) -> str:
        return render_template("desk/regie/run.html", run=run, only=only, listing=listing)

    return show_list(
        households_of_run_list(str(run_id)), rows, page, billing_client.note_exported_payers
    )


@blueprint.get("/<uuid:run_id>/<uuid:household_id>")
@agent.for_agents_who_may(PERMISSION)
def show_lines(run_id: UUID, household_id: UUID) -> str:
    """Show the lines that a household's bill would have now, and why each price is what it is."""
    request = regie_runs.DraftLinesRequest(str(run_id), str(household_id))
    return render_template(
        "desk/regie/draft.html",
        run_id=run_id,
        household_id=household_id,
        draft=billing_client.ask_billing(regie_runs.draft_lines, request),
    )


@blueprint.get("/<uuid:run_id>/emettre")
@agent.for_agents_who_may(PERMISSION)
def show_confirmation(run_id: UUID) -> ResponseReturnValue:
    """Show what would be issued, to be confirmed."""
    run = _ask_run(run_id)
    if run.state != DRAFTED:
        return redirect(url_for("regie_runs.list_households_of_run", run_id=run_id))
    return _confirm_page(run)


@blueprint.post("/<uuid:run_id>/emettre")
@agent.for_agents_who_may(PERMISSION)
def issue_drafted_run(run_id: UUID) -> ResponseReturnValue:
    """Issue what was drafted, for the total that was on the screen."""
    total = request.form.get("total", None, type=int)
    if total is None:
        abort(400)
    try:
        billing_client.write_at_billing_once(
            regie_runs.issue_run, regie_runs.IssueRunRequest(str(run_id), total)
        )
    except Outdated as refusal:
        return _confirm_page(_ask_run(run_id), refusal), 409
    return redirect(url_for("regie_runs.list_households_of_run", run_id=run_id), 303)


def _ask_run(run_id: UUID) -> regie_runs.ReadRunAnswer:
    page = regie_runs.ReadRunRequest(str(run_id))
    return billing_client.ask_billing(regie_runs.read_run, page, deadline=LONG_SECONDS)


def _confirm_page(run: regie_runs.ReadRunAnswer, refusal: Refusal | None = None) -> str:
    form = Form()
    if refusal is not None:
        form.errors["total"] = regie_labels.refusal_sentence(refusal)
    return render_template("desk/regie/issue.html", run=run, form=form)
