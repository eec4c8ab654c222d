"""Barriers that visitors met on the portal: read, answered outside, and ticked here."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.accessibility_reports import commands, queries
from services.portal_gateway.front_desk.store import store
from shared.dates.clock import now
from shared.register.entitlement import CHECK_DOSSIERS
from shared.web.agents import current_agent as agent

blueprint = Blueprint("barriers", __name__)


@blueprint.get("/obstacles")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def list_reported() -> str:
    """List what was reported, what waits first."""
    with store.read() as read:
        reported = queries.reported_barriers(read)
    return render_template(
        "front_desk/barriers.html", reported=reported, names=protecting_agents.agent_names()
    )


@blueprint.post("/obstacles/<uuid:barrier_id>")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def note_report_seen_to(barrier_id: UUID) -> Response:
    """Note that this agent has seen to a report, and answered who left a way to."""
    subject = agent.require_agent().session.subject
    with store.write() as write:
        done = commands.note_report_answered(write, str(barrier_id), subject, now())
    if not done:
        abort(404)
    flash("", "barriers")
    return redirect(url_for("barriers.list_reported", _anchor="confirmation"), 303)
