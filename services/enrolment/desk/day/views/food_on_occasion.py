"""« On y mange »: a session with food where there is usually none, a birthday cake (rule R3)."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.offer.commands import food_announcements
from services.enrolment.offer.queries.food_on_occasion import upcoming_sessions_within_reach
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.base.app import shell_here

blueprint = Blueprint("occasions", __name__, url_prefix="/gouters")


@blueprint.get("")
@reach_of_agent.requires_permission("day")
def show() -> str:
    """Show the sessions to come, and at which of them there is food."""
    _require_food_on_occasion()
    with store.read() as read:
        meetings = upcoming_sessions_within_reach(
            read, today(), reach_of_agent.reach_of_page_permission(read)
        )
    return render_template("desk/day/occasions.html", meetings=meetings)


@blueprint.post("/<uuid:session_id>")
@reach_of_agent.requires_permission("day")
def announce_or_take_back(session_id: UUID) -> ResponseReturnValue:
    """Announce food, or take it back; families are notified."""
    _require_food_on_occasion()
    does = request.form.get("do", "")
    if does not in ("announce", "take_back"):
        abort(400)
    try:
        with store.write() as write:
            if does == "announce":
                by = agent.require_agent().session.subject
                food_announcements.announce_food(write, str(session_id), by, today(), now())
            else:
                food_announcements.withdraw_food(write, str(session_id), today(), now())
    except NotFound:
        abort(404)
    flash(does)
    return redirect(url_for("occasions.show"), 303)


def has_food_on_occasion() -> bool:
    """Say whether the town file lets this provider have food on occasion."""
    shell = shell_here()
    return shell.register.may_have_food(shell.principal)


def _require_food_on_occasion() -> None:
    """Answer 404 at a provider that usually has food, or may have none."""
    if not has_food_on_occasion():
        abort(404)
