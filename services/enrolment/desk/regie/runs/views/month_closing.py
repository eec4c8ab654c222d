"""Closing page of a month: what is open at the provider and in billing, and the reason to go on."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.enrolment.attendance.quantities.queries.month_closing import (
    Closing,
    open_questions_of_month,
)
from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.store import store
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.dates.clock import now, today
from shared.register import Regie
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_month

blueprint = billing_client.regie_blueprint("regie_closing", "/regie/facturer")

OFFERED_MONTHS = 6
LONGEST_REASON = 300


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show_months() -> str:
    """Show the months with how far each is, the latest first."""
    runs = billing_client.ask_billing(contracts.regie_overview, Empty()).runs
    months = _latest_months(today())
    by_month = {(run["regie"], run["month"]): run for run in runs}
    return render_template("desk/regie/months.html", months=months, runs=by_month)


@blueprint.get("/<month>")
@agent.for_agents_who_may(PERMISSION)
def show(month: str) -> ResponseReturnValue:
    """Show what is open in a month; what the desk itself knows is shown without billing too."""
    first, regie = _require_month(month), billing_client.chosen_regie()
    try:
        known = _ask_closing(regie, month)
    except (NoAnswer, Unavailable):
        return _page(regie, first, None, Form()), 503
    return _page(regie, first, known, Form())


@blueprint.post("/<month>")
@agent.for_agents_who_may(PERMISSION)
def begin_draft(month: str) -> ResponseReturnValue:
    """Begin a month's draft; where something is open, a reason says why it does not wait."""
    first, regie = _require_month(month), billing_client.chosen_regie()
    form = Form({"reason": request.form.get("reason", "").strip()})
    known = _ask_closing(regie, month)
    if not form.value("reason") and _does_month_need_check(_open_questions_at_desk(first), known):
        form.errors["reason"] = _("Écrivez pourquoi vous facturez sans attendre.")
    elif len(form.value("reason")) > LONGEST_REASON:
        form.errors["reason"] = _("Écrivez-le plus court : 300 caractères au plus.")
    if form.errors:
        return _page(regie, first, known, form), 422
    order = regie_runs.OpenRunRequest(regie.code, month, form.value("reason"))
    try:
        answer = billing_client.write_at_billing_once(regie_runs.open_run, order)
    except Refusal as refusal:
        return _page(
            regie, first, known, billing_client.say_refusal_on_form(form, refusal, "reason")
        ), 409
    return redirect(url_for("regie_runs.list_households_of_run", run_id=answer.run_id), 303)


@blueprint.post("/<month>/regle/<uuid:dispute_id>")
@agent.for_agents_who_may(PERMISSION)
def resolve_dispute(month: str, dispute_id: UUID) -> Response:
    """Note that a disputed line was looked into."""
    _require_month(month)
    billing_client.write_at_billing_once(
        regie_runs.resolve_dispute, regie_runs.ResolveDisputeRequest(str(dispute_id))
    )
    flash("decided")
    code = billing_client.chosen_regie().code
    return redirect(url_for("regie_closing.show", month=month, regie=code), 303)


def _ask_closing(regie: Regie, month: str) -> regie_runs.ClosingAnswer:
    request = regie_runs.ClosingRequest(regie.code, month)
    return billing_client.ask_billing(regie_runs.closing, request, deadline=LONG_SECONDS)


def _open_questions_at_desk(first: date) -> Closing:
    with store.read() as read:
        return open_questions_of_month(read, first, now())


def _does_month_need_check(own: Closing, known: regie_runs.ClosingAnswer) -> bool:
    """
    Return whether anomalies or open tasks call for a check before the run.

    A household without a quotient pays the highest price, and months billed with this one are no
    reason to wait.
    """
    counts = (known.expired_quotients, known.without_address)
    return not own.is_nothing_open or bool(known.disputes or known.without_price or any(counts))


def _page(regie: Regie, first: date, known: regie_runs.ClosingAnswer | None, form: Form) -> str:
    own = _open_questions_at_desk(first)
    form.labels = {"reason": _("Raison")}
    return render_template(
        "desk/regie/closing.html",
        regie=regie,
        month=f"{first:%Y-%m}",
        own=own,
        known=known,
        needs_check=known is not None and _does_month_need_check(own, known),
        running=first >= today().replace(day=1),
        form=form,
    )


def _require_month(written: str) -> date:
    return read_month(written) or abort(404)


def _latest_months(day: date) -> Sequence[str]:
    """Return this month and those before it as codes, the latest first."""
    months = []
    first = day.replace(day=1)
    for _nth in range(OFFERED_MONTHS):
        months.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return months
