"""
Attendance mode of a child at its place, set by agents who decide on applications: what is priced,
never why.
"""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.attendance.quantities.commands import priced_mode_of_place
from services.enrolment.attendance.quantities.queries.priced_modes_of_places import (
    priced_attendance_modes,
)
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.applications.views.applications import PERMISSION, application_page
from services.enrolment.models import Activity, Application, Group
from services.enrolment.places.placing.queries import places_and_activities as placing
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("attendance_mode", __name__, url_prefix="/demandes")


@blueprint.post("/<uuid:application_id>/venue")
@reach_of_agent.requires_permission(PERMISSION)
def change(application_id: UUID) -> ResponseReturnValue:
    """Let a child come so from a day on, today or later."""
    form = Form({name: request.form.get(name, "").strip() for name in ("variant", "first")})
    first = read_day(form.value("first"))
    if first is None or first < today():
        form.errors["first"] = _("Écrivez une date : aujourd’hui ou plus tard.")
    if form.value("variant") not in _priced_attendance_modes(str(application_id)):
        form.errors["variant"] = _("Choisissez une réponse.")
    if form.errors or first is None:
        return application_page(str(application_id), form), 422
    try:
        with store.write() as write:
            for place in placing.places_of_application(write, str(application_id))[-1:]:
                priced_mode_of_place.change_attendance_mode_of_place(
                    write, place.id, form.value("variant"), first
                )
    except NotFound:
        flash("not_possible")
    else:
        flash("attendance_mode")
    return redirect(url_for("applications.show_one", application_id=application_id), 303)


def _priced_attendance_modes(application_id: str) -> list[str]:
    with store.read() as read:
        application = read.get(Application, application_id) or abort(404)
        group = read.get(Group, application.group_id)
        activity = read.get(Activity, group.activity_id) if group else None
        return priced_attendance_modes(read, activity.code) if activity else []
