"""The home of the desk: today's sessions for who calls the roll or answers for the day."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.enrolment.attendance.handovers import queries as handovers_queries
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.queries.sessions_of_day import (
    meetings_on,
    unclosed_meetings,
)
from services.enrolment.attendance.roll_call.queries.unknown_children import (
    Unreconciled,
    unreconciled_children,
)
from services.enrolment.attendance.tablets import queries as tablets
from services.enrolment.children.queries.search_index import child_card, find_children
from services.enrolment.children.queries.unseen_contents import children_with_unseen
from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.desk.access import agent
from services.enrolment.desk.day.views.expected_children import food_codes
from services.enrolment.desk.schools.waiting import waiting_for_agent
from services.enrolment.families.queries.same_child import children_with_double_places
from services.enrolment.jobs.unseen_health import children_unseen_on_eve, projections_marked_by
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.base.app import shell_here

blueprint = Blueprint("today", __name__)

BOARD = frozenset({"roll_call", "day"})
LONGEST_QUERY = 80


@blueprint.get("/")
@agent.signed_in
def show() -> Any:
    """Show the day; who has none goes to what their roles open."""
    person = agent.require_agent()
    if person.sight.permissions & BOARD:
        return _page_of_the_day(person)
    if person.sight.any_child:
        return redirect(url_for("waiting.show"))
    if "regie" in person.sight.permissions:
        return redirect(url_for("regie_overview.show"))
    if person.sight.administers:
        return redirect(url_for("agents.show"))
    return render_template("desk/no_right.html", known=person.known)


@blueprint.get("/a-reconnaitre/<uuid:unknown_id>")
@agent.may("roll_call")
def show_unknown_child(unknown_id: UUID) -> str:
    """Show a child who came and was on no list, and look for who it was."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    with store.read() as read:
        unknown = _require_unknown_child(unreconciled_children(read, vault, str(unknown_id)))
        children, more = find_children(read, query or unknown.name)
    names = display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in children
    )
    return render_template(
        "desk/unknown.html", unknown=unknown, query=query, children=children, names=names, more=more
    )


@blueprint.post("/a-reconnaitre/<uuid:unknown_id>")
@agent.may("roll_call")
def reconcile_unknown_child(unknown_id: UUID) -> Response:
    """Say who it was; without a child, that it was an entry by mistake."""
    child_id = request.form.get("child_id") or None
    try:
        with store.write() as write:
            if child_id and child_card(write, child_id) is None:
                raise NotFound
            roll_call.assign_unknown_child(write, vault, str(unknown_id), child_id, now())
    except NotFound:
        abort(404)
    return redirect(url_for("today.show"), 303)


def _page_of_the_day(person: agent.Agent) -> str:
    with store.read() as read:
        meetings, earlier = meetings_on(read, today()), unclosed_meetings(read, today())
        unknown = (
            unreconciled_children(read, vault) if "roll_call" in person.sight.permissions else []
        )
        devices = tablets.enrolled_tablets(read)
        missed = (
            handovers_queries.count_missed_children(read, today(), now())
            if "roll_call" in person.sight.permissions
            else 0
        )
        _, to_see = children_with_unseen(read, person.sight, 0)
        provider = shell_here().registered_provider()
        marked = projections_marked_by(provider) if provider else ()
        late = children_unseen_on_eve(read, vault, marked, now())
        doubled = (
            children_with_double_places(read, today()) if "day" in person.sight.permissions else []
        )
        school_work = waiting_for_agent(read)
    return render_template(
        "desk/today.html",
        meetings=meetings,
        earlier=earlier,
        unknown=unknown,
        unsent=[tablet for tablet in devices if tablet.unsent],
        to_see=to_see,
        late=late,
        doubled=doubled,
        missed=missed,
        school_work=school_work,
        moment=now(),
        calls="roll_call" in person.sight.permissions,
        kitchen=food_codes(),
    )


def _require_unknown_child(waiting: list[Unreconciled]) -> Unreconciled:
    if not waiting:
        abort(404)
    return waiting[0]
