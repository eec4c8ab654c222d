"""Shared tablets and personal PINs, set at the desk."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.attendance.tablets.commands import pins, tablets
from services.enrolment.attendance.tablets.queries.tablets_and_duties import enrolled_tablets
from services.enrolment.attendance.tablets.rules.pins import is_pin_guessable
from services.enrolment.desk.access import agent, reach_of_agent, roll_call_agent
from services.enrolment.models import Pin
from services.enrolment.store import store
from shared.dates.clock import now
from shared.web.forms.form_data import Form

blueprint = Blueprint("tablets", __name__, url_prefix="/tablettes")

LONGEST_LABEL = 60


@blueprint.get("")
@reach_of_agent.requires_permission("roll_call")
def show() -> str:
    """Show one's own PIN, and to who answers for the day the tablets."""
    return _page(Form())


@blueprint.post("/code")
@reach_of_agent.requires_permission("roll_call")
def set_pin() -> ResponseReturnValue:
    """Give oneself a PIN; only its hash is kept."""
    pin, again = request.form.get("pin", "").strip(), request.form.get("again", "").strip()
    errors = {}
    if is_pin_guessable(pin):
        errors["pin"] = _("Six chiffres, ni tous les mêmes ni qui se suivent.")
    elif pin != again:
        errors["again"] = _("Les deux codes ne sont pas les mêmes.")
    if errors:
        return _page(Form(errors=errors)), 422
    pins.set_pin(store, agent.require_agent().session.subject, pin)
    flash("pin_set")
    return redirect(url_for("tablets.show"), 303)


@blueprint.post("")
@agent.for_agents_who_may("day")
def enrol() -> ResponseReturnValue:
    """Make this browser a shared tablet."""
    label = request.form.get("label", "").strip()[:LONGEST_LABEL]
    if not label:
        return _page(Form(errors={"label": _("Donnez un nom à la tablette.")})), 422
    with store.write() as write:
        secret = tablets.enrol_tablet(write, label, agent.require_agent().session.subject, now())
    flash("enrolled")
    response = make_response(redirect(url_for("tablets.show"), 303))
    roll_call_agent.remember_tablet(response, secret)
    return response


@blueprint.post("/<uuid:tablet_id>/retrait")
@agent.for_agents_who_may("day")
def revoke(tablet_id: UUID) -> Response:
    """Take a tablet out: lost, broken or given back."""
    with store.write() as write:
        tablets.revoke_tablet(write, str(tablet_id), now())
    flash("revoked")
    return redirect(url_for("tablets.show"), 303)  # type: ignore[return-value]


def _page(form: Form) -> str:
    person = agent.require_agent()
    form.labels = {"pin": _("Code"), "again": _("Code, encore"), "label": _("Nom de la tablette")}
    with store.read() as read:
        devices = enrolled_tablets(read) if "day" in person.sight.permissions else []
        has_pin = read.get(Pin, person.session.subject) is not None
    return render_template(
        "desk/tablets.html",
        form=form,
        devices=devices,
        has_pin=has_pin,
        this=roll_call_agent.enrolled_tablet(),
        leads="day" in person.sight.permissions,
    )
