"""Pages on which the administrator edits the groups of an activity, and when they meet."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer import activity_and_group_forms as offer_forms
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.offer.condition_choices import (
    projections_received_at_activity,
    schools_to_tick,
)
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.models import Activity, Group
from services.enrolment.offer.commands import editing
from services.enrolment.offer.commands.editing import NeedsConsent
from services.enrolment.offer.queries.activities import activity_with_groups
from services.enrolment.offer.queries.sites import site_names_to_choose
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("offer_groups", "/offre/<uuid:activity_id>/groupes", labels=offer_labels)


@blueprint.get("/nouveau")
@agent.for_administrators
def new(activity_id: UUID) -> str:
    """Show the form of a new group."""
    activity, _group = _require_group(activity_id, None)
    return _page(activity, None, offer_forms.fresh_group_form(activity.school_year))


@blueprint.post("/nouveau")
@agent.for_administrators
def add(activity_id: UUID) -> ResponseReturnValue:
    """Add a group."""
    return _save_group(activity_id, None)


@blueprint.get("/<uuid:group_id>")
@agent.for_administrators
def edit(activity_id: UUID, group_id: UUID) -> str:
    """Show the form of a group."""
    activity, group = _require_group(activity_id, group_id)
    return _page(activity, group, offer_forms.group_form(group) if group else Form())


@blueprint.post("/<uuid:group_id>")
@agent.for_administrators
def change(activity_id: UUID, group_id: UUID) -> ResponseReturnValue:
    """Change a group; its coming sessions follow."""
    return _save_group(activity_id, group_id)


def _require_group(activity_id: UUID, group_id: UUID | None) -> tuple[Activity, Group | None]:
    try:
        with store.read() as read:
            activity, groups = activity_with_groups(read, str(activity_id))
    except NotFound:
        abort(404)
    group = next((group for group in groups if group.id == str(group_id)), None)
    if group_id is not None and group is None:
        abort(404)
    return activity, group


def _save_group(activity_id: UUID, group_id: UUID | None) -> ResponseReturnValue:
    activity, group = _require_group(activity_id, group_id)
    form = offer_forms.make_form_of_sent(
        request.form.to_dict(flat=False), several=("weekdays", *offer_forms.CONDITIONS)
    )
    values = offer_forms.read_group_form(form, projections_received_at_activity(activity.code))
    if form.errors:
        return _page(activity, group, form), 422
    consent = request.form.get("consent") == "yes"
    key = group.id if group else None
    try:
        with store.write() as write:
            editing.save_group(write, activity.id, key, values, now(), consent)
    except NeedsConsent as needed:
        return _page(activity, group, form, households=needed.households), 409
    flash("group_saved")
    return redirect(url_for("offer.show_activity", activity_id=activity_id), 303)


def _page(activity: Activity, group: Group | None, form: Form, households: int = 0) -> str:
    form.labels = {
        "label": _("Nom du groupe"),
        "site": _("Lieu"),
        "places": _("Places"),
        "weekdays": _("Jours"),
        "starts": _("Début"),
        "ends": _("Fin"),
        "first_day": _("Premier jour"),
        "last_day": _("Dernier jour"),
        "born_from": _("Nés à partir du"),
        "born_to": _("Nés jusqu’au"),
        **offer_labels.CONDITIONS,
    }
    with store.read() as read:
        sites = site_names_to_choose(read)
    return render_template(
        "desk/offer/group_form.html",
        form=form,
        sites=sites,
        activity=activity,
        group=group,
        households=households,
        conditions=offer_labels.condition_choices(schools_to_tick(form)),
    )
