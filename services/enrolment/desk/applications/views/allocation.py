"""Giving the places of a window at the desk: by criteria, shown before it is done, or by draw."""

import re
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.applications import labels
from services.enrolment.models import Activity, Application, Group
from services.enrolment.places.admission.rules.allocation_order import (
    CRITERIA,
    DRAW,
    lot_of_application,
)
from services.enrolment.places.applications.commands import allocation
from services.enrolment.places.applications.commands.allocation import WindowOpen
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.places.applications.queries.allocation import Proposal, propose_allocation
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.database import Read
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form

blueprint = Blueprint("allocation", __name__, url_prefix="/demandes/activite")

PERMISSION = "applications"
SEED = re.compile(r"[0-9A-Za-z-]{4,40}")


@blueprint.get("/<uuid:activity_id>/attribuer")
@reach_of_agent.requires_permission(PERMISSION)
def preview_by_criteria(activity_id: UUID) -> str:
    """Show who would get a place by the criteria, in order; nothing is given yet."""
    with store.read() as read:
        activity = _require_activity(read, activity_id, CRITERIA)
        proposals = propose_allocation(read, activity, now())
        shown = _child_names(read, proposals)
    open_window = activity.closes_at is not None and now() < activity.closes_at
    return render_template(
        "desk/applications/criteria.html",
        activity=activity,
        proposals=[proposal for proposal in proposals if proposal.requests],
        names=shown,
        open_window=open_window,
        labels=labels,
    )


@blueprint.post("/<uuid:activity_id>/attribuer")
@reach_of_agent.requires_permission(PERMISSION)
def give_by_criteria(activity_id: UUID) -> ResponseReturnValue:
    """Give the places as they were shown: the winners are offered theirs, the others wait."""
    return _run_allocation(activity_id, CRITERIA)


@blueprint.get("/<uuid:activity_id>/tirage")
@reach_of_agent.requires_permission(PERMISSION)
def show_draw(activity_id: UUID) -> str:
    """Show the draw: before it its seed, after it the lots, as anybody can draw them again."""
    return _draw_page(activity_id, Form({"seed": allocation.make_draw_seed()}))


@blueprint.post("/<uuid:activity_id>/tirage")
@reach_of_agent.requires_permission(PERMISSION)
def draw_lots(activity_id: UUID) -> ResponseReturnValue:
    """Draw with the seed on the page, or another that was drawn in public."""
    form = Form({"seed": request.form.get("seed", "").strip()})
    if not SEED.fullmatch(form.value("seed")):
        form.errors = {"seed": _("Écrivez 4 à 40 lettres sans accent, chiffres ou tirets.")}
        return _draw_page(activity_id, form), 422
    return _run_allocation(activity_id, DRAW, form.value("seed"))


def _run_allocation(activity_id: UUID, way: str, seed: str = "") -> ResponseReturnValue:
    with store.read() as read:
        _require_activity(read, activity_id, way)
    try:
        with store.write() as write:
            allocation.allocate_activity(write, str(activity_id), now(), seed)
        flash("given")
    except WindowOpen:
        flash("window_open")
    except NotFound:
        abort(404)
    after = "allocation.show_draw" if way == DRAW else "applications.show_activity"
    return redirect(url_for(after, activity_id=activity_id), 303)


def _draw_page(activity_id: UUID, form: Form) -> str:
    form.labels = {"seed": _("Graine du tirage")}
    with store.read() as read:
        activity = _require_activity(read, activity_id, DRAW)
        line = desk_lists.activities_with_groups_in_reach(read, today(), activity.id)
        lots = _lots_by_group(read, activity) if activity.seed else []
    return render_template(
        "desk/applications/draw.html",
        activity=activity,
        line=line[0] if line else None,
        lots=lots,
        open_window=activity.closes_at is not None and now() < activity.closes_at,
        form=form,
        labels=labels,
    )


def _lots_by_group(read: Read, activity: Activity) -> list[tuple[Group, list[tuple[str, object]]]]:
    """Return, by group, the lots of those who were drawn with how they stand now."""
    groups = (
        read.query(Group)
        .filter_by(activity_id=activity.id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    return [(group, _lots_of_group(read, activity, group)) for group in groups]


def _lots_of_group(read: Read, activity: Activity, group: Group) -> list[tuple[str, object]]:
    known = [
        line
        for line in desk_lists.applications_to_group(read, group.id)
        if _is_application_decided_by_lot(line.application)
    ]
    return sorted(
        ((lot_of_application(activity.seed, line.application.id), line) for line in known),
        key=lambda lot: lot[0],
    )


def _is_application_decided_by_lot(application: Application) -> bool:
    """Return whether its lot decided, or will: not where it never came to a decision."""
    return application.decided_at is not None and application.reason not in ("age", "not_guardian")


def _child_names(read: Read, proposals: list[Proposal]) -> dict[str, str]:
    """Return the children's names by application."""
    ids = [request.application_id for proposal in proposals for request in proposal.requests]
    rows = read.query(Application).filter(Application.id.in_(ids)).all()
    called = desk_lists.names_on_one_desk_list(read, {row.child_id for row in rows})
    return {row.id: called.get(row.child_id, "") for row in rows}


def _require_activity(read: Read, activity_id: UUID, way: str) -> Activity:
    activity = read.get(Activity, str(activity_id))
    if activity is None or activity.allocation != way:
        abort(404)
    if not reach_of_agent.reach_of_page_permission(read).has_whole_activity(read, activity.id):
        abort(404)
    return activity
