"""Groups at the desk: how full each is, who waits, and the children who have a place."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.applications import labels
from services.enrolment.desk.applications.group_lists import children_list
from services.enrolment.desk.applications.views.applications import sections_seen_at_group
from services.enrolment.models import Activity, Group
from services.enrolment.offer.queries.group_capacity import room_of_group_from_tomorrow
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.places.applications.queries.desk_lists import ChildLine
from services.enrolment.store import store
from shared.dates.clock import today
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list

blueprint = Blueprint("groups", __name__, url_prefix="/groupes")

PERMISSION = "applications"


@blueprint.get("")
@reach_of_agent.requires_permission(PERMISSION)
def show_occupancy_of_groups() -> str:
    """Show the occupancy of all groups."""
    with store.read() as read:
        lines = desk_lists.activities_with_groups_in_reach(
            read, today(), reach=reach_of_agent.reach_of_page_permission(read)
        )
    return render_template("desk/applications/groups.html", lines=lines)


@blueprint.get("/<uuid:group_id>")
@reach_of_agent.requires_permission(PERMISSION)
def show_one(group_id: UUID) -> ResponseReturnValue:
    """List the children of a group; no two names of the list are alike."""
    with store.read() as read:
        group = read.get(Group, str(group_id)) or abort(404)
        activity = read.get_one(Activity, group.activity_id)
        room = room_of_group_from_tomorrow(read, group, today())
        children = desk_lists.children_of_group(read, group.id, today())
        verdicts = desk_lists.verdicts_without_exception(
            read,
            activity,
            group,
            {child.child_id: child.place.valid_from for child in children},
            today(),
        )
        sees = sections_seen_at_group(read, group.id)
    said = {child_id: labels.no_longer_met(verdict, sees) for child_id, verdict in verdicts.items()}

    def page(listing: Listing[ChildLine]) -> str:
        return render_template(
            "desk/applications/children.html",
            group=group,
            activity=activity,
            room=room,
            listing=listing,
        )

    return show_list(children_list(said), children, page, _note_children_in_export)


def _note_children_in_export(lines: Sequence[ChildLine]) -> None:
    note_children_in_export((line.child_id for line in lines), PERMISSION)
