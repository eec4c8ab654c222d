"""Applications at the desk: by activity and group, one at a time, with what an agent may decide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database
from werkzeug.wrappers import Response

from services.enrolment.attendance.quantities.queries import priced_modes_of_places
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.access.page_url_within_reach import are_address_names_within_reach
from services.enrolment.desk.applications import labels
from services.enrolment.desk.applications.group_lists import applications_list, in_desk_order
from services.enrolment.desk.offer.tariffs.labels import variant as variant_label
from services.enrolment.models import Activity, Application, Group
from services.enrolment.offer.queries.group_capacity import Room, room_of_group_from_tomorrow
from services.enrolment.places.admission.rules.allowed_actions import ACCEPT, OVER
from services.enrolment.places.admission.rules.refusals import refusal_reasons
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.places.applications.queries.allowed_decisions import actions_allowed_now
from services.enrolment.places.placing.queries import places_and_activities as placing
from services.enrolment.store import store
from shared.contracts.enrolment.place_conditions import Verdict
from shared.contracts.enrolment.places.states import EN_ROUTE
from shared.contracts.errors import NotFound
from shared.database import Read, Write
from shared.dates.clock import now, today
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("applications", __name__, url_prefix="/demandes")

PERMISSION = "applications"
MOST_AT_ONCE = 50
"""Applications on one page of those to be decided; who waits longest comes first."""


@dataclass(frozen=True)
class ToDecide:
    """An application on the list of those to be decided, and what an agent has to know."""

    line: desk_lists.ApplicationLine
    group: Group
    activity: Activity
    words: str
    may_accept: bool


@blueprint.get("")
@reach_of_agent.requires_permission(PERMISSION)
def show() -> str:
    """Show the activities with their groups: room, waiting lists, what is to be decided."""
    with store.read() as read:
        here = reach_of_agent.reach_of_page_permission(read)
        lines = desk_lists.activities_with_groups_in_reach(read, today(), reach=here)
        to_decide = _applications_to_decide(read, here)
    return render_template(
        "desk/applications/activities.html", lines=lines, to_decide=to_decide, labels=labels
    )


@blueprint.post("/accepter")
@reach_of_agent.requires_permission(PERMISSION)
def accept_several() -> Response:
    """
    Give the chosen places, each in its turn; what is no longer possible stays as it is.

    An application of another place is left like one that does not exist.
    """
    given = left = 0
    for application_id in dict.fromkeys(request.form.getlist("applications")[:MOST_AT_ONCE]):
        try:
            with store.write() as write:
                if not _is_application_here(write, application_id):
                    raise NotFound
                decisions.accept_application(write, application_id, now())
            given += 1
        except (decisions.NotPossible, NotFound):
            left += 1
    flash(str(given), "several_given")
    if left:
        flash(str(left), "several_left")
    return redirect(url_for("applications.show"), 303)


@blueprint.get("/activite/<uuid:activity_id>")
@reach_of_agent.requires_permission(PERMISSION)
def show_activity(activity_id: UUID) -> str:
    """Show one activity: its groups, how its places are given, and what each channel got."""
    with store.read() as read:
        here = reach_of_agent.reach_of_page_permission(read)
        lines = desk_lists.activities_with_groups_in_reach(read, today(), str(activity_id), here)
        shares = desk_lists.channel_shares(read, str(activity_id), here)
    if not lines:
        abort(404)
    return render_template(
        "desk/applications/activity.html", line=lines[0], shares=shares, labels=labels, now=now()
    )


@blueprint.get("/groupe/<uuid:group_id>")
@reach_of_agent.requires_permission(PERMISSION)
def show_group(group_id: UUID) -> ResponseReturnValue:
    """List the applications to a group, by state: the waiting list in its order."""
    with store.read() as read:
        group = read.get(Group, str(group_id)) or abort(404)
        activity = read.get_one(Activity, group.activity_id)
        room = room_of_group_from_tomorrow(read, group, today())
        lines = desk_lists.applications_to_group(read, group.id)
        children = {
            line.application.child_id: line.application.from_day
            for line in lines
            if _is_verdict_still_needed(line.application)
        }
        verdicts = desk_lists.verdicts_without_exception(read, activity, group, children, today())
        sees = sections_seen_at_group(read, group.id)

    def page(listing: Listing[desk_lists.ApplicationLine]) -> str:
        return render_template(
            "desk/applications/group.html",
            group=group,
            activity=activity,
            room=room,
            listing=listing,
        )

    of = applications_list(
        _verdicts_in_words(verdicts, sees), with_points=activity.allocation == "criteria"
    )
    return show_list(of, in_desk_order(lines), page, _note_applicants_in_export)


def _note_applicants_in_export(lines: Sequence[desk_lists.ApplicationLine]) -> None:
    note_children_in_export((line.application.child_id for line in lines), PERMISSION)


@blueprint.get("/<uuid:application_id>")
@reach_of_agent.requires_permission(PERMISSION)
def show_one(application_id: UUID) -> str:
    """Show one application with what may be done with it now."""
    return application_page(str(application_id), Form({"last_day": today().isoformat()}))


@blueprint.post("/<uuid:application_id>/accepter")
@reach_of_agent.requires_permission(PERMISSION)
def give_place_or_accept(application_id: UUID) -> ResponseReturnValue:
    """Give the place, or accept an offer in the family's name."""
    return _run_change_and_redirect(
        application_id,
        lambda write, application: decisions.accept_application(write, application, now()),
    )


@blueprint.post("/<uuid:application_id>/proposer")
@reach_of_agent.requires_permission(PERMISSION)
def keep_place_for_family(application_id: UUID) -> ResponseReturnValue:
    """Keep a place until the family has answered."""
    return _run_change_and_redirect(
        application_id, lambda write, application: decisions.offer_place(write, application, now())
    )


@blueprint.post("/<uuid:application_id>/retirer")
@reach_of_agent.requires_permission(PERMISSION)
def withdraw(application_id: UUID) -> ResponseReturnValue:
    """Withdraw an application, or decline its offer, for a family that came or called."""
    return _run_change_and_redirect(
        application_id,
        lambda write, application: decisions.withdraw_application(write, application, now()),
    )


@blueprint.post("/<uuid:application_id>/refuser")
@reach_of_agent.requires_permission(PERMISSION)
def refuse_chosen_application(application_id: UUID) -> ResponseReturnValue:
    """Refuse for one of the reasons that the page offers; there is nothing to write."""
    form = Form({"reason": request.form.get("reason", "")})
    if form.value("reason") not in labels.REASONS:
        form.errors = {"reason": _("Choisissez une raison.")}
        return application_page(str(application_id), form), 422
    regime = _regime_of_application(str(application_id))

    def refuse_with_reason(write: Write, application: str) -> None:
        decisions.refuse_application(write, application, form.value("reason"), regime, now())

    return _run_change_and_redirect(application_id, refuse_with_reason)


@blueprint.post("/<uuid:application_id>/terminer")
@reach_of_agent.requires_permission(PERMISSION)
def end_place(application_id: UUID) -> ResponseReturnValue:
    """End the place with a day that is today or later."""
    form = Form({"last_day": request.form.get("last_day", "").strip()})
    last_day = read_day(form.value("last_day"))
    if last_day is None or last_day < today():
        form.errors = {"last_day": _("Écrivez le dernier jour : aujourd’hui ou plus tard.")}
        return application_page(str(application_id), form), 422
    return _run_change_and_redirect(
        application_id,
        lambda write, application: decisions.end_place_of_application(
            write, application, last_day, now()
        ),
    )


def _is_application_here(read: Database, application_id: str) -> bool:
    return are_address_names_within_reach(
        read, reach_of_agent.reach_of_page_permission(read), {"application_id": application_id}
    )


def _applications_to_decide(read: Read, here: Reach) -> list[ToDecide]:
    rows = desk_lists.applications_to_decide(read, MOST_AT_ONCE, here)
    return [
        ToDecide(
            line,
            group,
            activity,
            _verdicts_in_words(
                desk_lists.verdicts_without_exception(
                    read,
                    activity,
                    group,
                    {line.application.child_id: line.application.from_day},
                    today(),
                ),
                sections_seen_at_group(read, group.id),
            ).get(line.application.child_id, ""),
            ACCEPT in actions_allowed_now(read, line.application, activity, group, now()),
        )
        for line, group, activity in rows
    ]


def _run_change_and_redirect(
    application_id: UUID, action: Callable[[Write, str], None]
) -> Response:
    """Run a change, and redirect to the application, which says where it was not possible."""
    try:
        with store.write() as write:
            action(write, str(application_id))
        flash("done")
    except decisions.NotPossible:
        flash("not_possible")
    except NotFound:
        abort(404)
    return redirect(url_for("applications.show_one", application_id=application_id), 303)


def application_page(application_id: str, form: Form) -> str:
    """Return the page of one application; a form on it comes back with its mistakes."""
    form.labels = {"reason": _("Raison"), "last_day": _("Dernier jour"), "first": _("À partir du")}
    with store.read() as read:
        application, group, activity = _require_application(read, application_id)
        line = desk_lists.application_for_own_page(read, application)
        room = room_of_group_from_tomorrow(read, group, today())
        possible = actions_allowed_now(read, application, activity, group, now())
        comes = _attendance_mode_of_place(read, application, activity)
        asked_from = {application.child_id: application.from_day}
        judged = asked_from if _is_verdict_still_needed(application) else {}
        verdicts = desk_lists.verdicts_without_exception(read, activity, group, judged, today())
        sees = sections_seen_at_group(read, group.id)
    return render_template(
        "desk/applications/application.html",
        line=line,
        application=application,
        group=group,
        activity=activity,
        possible=possible,
        reasons=_refusal_reasons(activity, room),
        room=room,
        verdict=_verdicts_in_words(verdicts, sees).get(application.child_id, ""),
        form=form,
        labels=labels,
        comes=comes,
        way=variant_label,
    )


def _is_verdict_still_needed(application: Application) -> bool:
    """Return whether it matters still if the child fulfils the conditions."""
    return application.state not in (*OVER, EN_ROUTE)


def sections_seen_at_group(read: Read, group_id: str) -> Mapping[str, str]:
    """Return what the agent sees of the children of a group, each with the role."""
    return reach_of_agent.sight_at_group(read, agent.require_agent().sight, group_id).sees


def _verdicts_in_words(verdicts: Mapping[str, Verdict], sees: Mapping[str, str]) -> dict[str, str]:
    return {
        child_id: labels.unmet_conditions_sentence(verdict, sees)
        for child_id, verdict in verdicts.items()
    }


def _attendance_mode_of_place(
    read: Read, application: Application, activity: Activity
) -> dict[str, object] | None:
    """Return how the child comes to its place, where ways to come have prices of their own."""
    variants = priced_modes_of_places.priced_attendance_modes(read, activity.code)
    place = next(iter(placing.places_of_application(read, application.id)[::-1]), None)
    if place is None or len(variants) < 2 or (place.valid_to and place.valid_to < today()):
        return None
    soon = max(today(), place.valid_from)
    later = priced_modes_of_places.next_change_of_mode(read, place.id, soon)
    return {
        "variants": variants,
        "now": priced_modes_of_places.attendance_mode_of_place_on_day(read, place.id, soon),
        "later": (later.variant, later.valid_from) if later else None,
    }


def _require_application(read: Read, application_id: str) -> tuple[Application, Group, Activity]:
    application = read.get(Application, application_id)
    group = read.get(Group, application.group_id) if application else None
    activity = read.get(Activity, group.activity_id) if group else None
    if application is None or group is None or activity is None:
        abort(404)
    return application, group, activity


def _refusal_reasons(activity: Activity, room: Room) -> list[tuple[str, str]]:
    codes = refusal_reasons(regime_of_activity(activity), room_left=room.has_places_left)
    return [(code, str(labels.REASONS[code])) for code in codes]


def _regime_of_application(application_id: str) -> str:
    with store.read() as read:
        return regime_of_activity(_require_application(read, application_id)[2])


def regime_of_activity(activity: Activity) -> str:
    """Return the regime that the register gives an activity, "" for one that it lost."""
    provider = shell_here().registered_provider()
    known = provider.activities if provider else ()
    return next(
        (application.regime for application in known if application.code == activity.code), ""
    )
