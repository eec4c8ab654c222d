"""Weekdays on which a child comes, changed at the desk for one of its homes."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.bookings.commands.week_pattern import set_weekdays_of_homes
from services.enrolment.bookings.queries.child_at_desk import CurrentPlace, current_places
from services.enrolment.children.queries.search_index import child_card
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.children.views.children import labelled_homes_of_child
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.store import store
from shared.contracts.enrolment.places.family_acts import SetWeekRequest
from shared.dates.clock import today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.weekdays import WEEKDAYS

blueprint = Blueprint("week_days", __name__, url_prefix="/enfants/<uuid:child_id>/places")

DAYS = "/<uuid:place_id>/jours"


@blueprint.get(DAYS)
@reach_of_agent.requires_permission("applications")
def show(child_id: UUID, place_id: UUID) -> str:
    """Show the days of the home asked for in the address; of the first one otherwise."""
    return _page(str(child_id), str(place_id), Form({"from_day": today().isoformat()}))


@blueprint.post(DAYS)
@reach_of_agent.requires_permission("applications")
def change(child_id: UUID, place_id: UUID) -> ResponseReturnValue:
    """Change the days of one home from a day on; deadlines and the other home's days stay."""
    child, place = str(child_id), str(place_id)
    homes, current = _homes_and_place(child, place)
    sent = [day for day in request.form.getlist("weekdays") if day in current.meets]
    names = ("home", "from_day")
    form = Form({**{name: request.form.get(name, "") for name in names}, "weekdays": sent})
    from_day = read_day(form.value("from_day"))
    if from_day is None or from_day < today():
        form.errors["from_day"] = _("Écrivez une date : aujourd’hui ou plus tard.")
    if form.value("home") not in homes:
        form.errors["home"] = _("Choisissez une réponse.")
    if form.errors or from_day is None:
        return _page(child, place, form), 422
    with store.write() as write:
        chosen = SetWeekRequest(child, place, [int(day) for day in sent], from_day)
        set_weekdays_of_homes(write, chosen, homes[form.value("home")], OrderTime.at_once())
    flash("", "week_days")
    return redirect(url_for("children.show", child_id=child_id), 303)


def _homes_and_place(
    child_id: str, place_id: str
) -> tuple[dict[str, frozenset[str]], CurrentPlace]:
    with store.read() as read:
        places = current_places(read, child_id, today())
        homes = labelled_homes_of_child(read, child_id)
    found = (each for each in places if each.place.id == place_id and each.is_booked_by_day)
    return homes, next(found, None) or abort(404)


def _page(child_id: str, place_id: str, form: Form) -> str:
    homes, current = _homes_and_place(child_id, place_id)
    home = request.args.get("foyer", form.value("home"))
    home = home if home in homes else next(iter(homes))
    form.labels = {"home": _("Pour quelles semaines"), "from_day": _("À partir du")}
    form.values.setdefault("home", home)
    form.values.setdefault(
        "weekdays", list(current.pattern.latest_weekdays_of_households(homes[home]))
    )
    with store.read() as read:
        card = child_card(read, child_id)
    return render_template(
        "desk/week_days.html",
        child_id=child_id,
        place_id=place_id,
        card=card,
        current=current,
        homes=[(label, label) for label in homes],
        days=[(digit, str(WEEKDAYS[int(digit)])) for digit in current.meets],
        form=form,
    )
