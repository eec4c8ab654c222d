"""The days on which a child comes every week, by the pattern of its place."""

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders import confirmation_sentences as confirmations
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import flash_outcome
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.schedule.rules.family_days import Place
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.store import store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("pattern", __name__)

SCHOOL_WEEK = (1, 2, 3, 4, 5)
DONE = ("booked", "cancelled", "gone")


@blueprint.get("/semaine/places/<provider>/<place_id>")
@current_user.signed_in
def show(provider: str, place_id: str) -> str:
    """Show on which days of the week a child comes, to be changed from a day on."""
    place = _require_place(provider, place_id)
    kept = saved_forms.saved_form_of_page()
    values = {
        "weekdays": kept.get("weekdays", []) if kept else [str(day) for day in place.weekdays],
        "from_day": (kept or {}).get("from_day", [_tomorrow().isoformat()])[0],
    }
    return _pattern_page(place, Form(values), restored=kept is not None)


@blueprint.post("/semaine/places/<provider>/<place_id>")
@current_user.signed_in
def change(provider: str, place_id: str) -> ResponseReturnValue:
    """Change the days from a day on; each day that is too late is said."""
    place = _require_place(provider, place_id)
    weekdays = parsing.parse_weekdays(request.form.getlist("weekdays"))
    from_day = read_day(request.form.get("from_day", ""))
    form = Form({"weekdays": [str(day) for day in weekdays], "from_day": request.form["from_day"]})
    if from_day is None or from_day < today():
        form.errors["from_day"] = _("Écrivez un jour à venir, par exemple 6/12/2026.")
        return _pattern_page(place, form), 422
    outcome = orders.send_order(
        orders.Order(
            parsing.request_id(parsing.form_key(), place_id, weekdays, from_day),
            family_acts.set_week,
            provider,
            family_acts.SetWeekRequest(
                child_id=place.child_id, place_id=place_id, weekdays=weekdays, from_day=from_day
            ),
            f"{place.activity} : {enrolment_labels.fixed_days_in_words(weekdays)}",
        )
    )
    saved_forms.drop_saved_form()
    flash_outcome(
        _answer_without_done_days(outcome),
        provider,
        child=place.child_id,
        what=place.activity,
        weekdays=weekdays,
        from_day=from_day.isoformat(),
    )
    return redirect(
        url_for("week.show", du=from_day.isoformat(), _anchor=confirmations.ANCHOR), 303
    )


def _answer_without_done_days(outcome: orders.Outcome) -> orders.Outcome:
    """Return an answer without the days that became as wished: a cookie holds no year of them."""
    if not isinstance(outcome, family_acts.BookingOutcomes):
        return outcome
    return family_acts.BookingOutcomes(
        [row for row in outcome.outcomes if row["outcome"] not in DONE]
    )


def _require_place(provider: str, place_id: str) -> Place:
    rows = (
        place
        for place in current_overview().places
        if (place.provider, place.place_id, place.booking) == (provider, place_id, "by_day")
    )
    place = next(rows, None)
    if place is None:
        raise NotFound
    return place


def _tomorrow() -> date:
    return today() + timedelta(days=1)


def _pattern_page(place: Place, form: Form, restored: bool = False) -> str:
    form.labels = {"from_day": _("À partir du"), "weekdays": _("Jours")}
    return render_template(
        "portal/pattern.html",
        place=place,
        child=current_overview().family.child(place.child_id),
        choices=[
            (str(day), str(enrolment_labels.WEEKDAYS[day])) for day in _offered_weekdays(place)
        ],
        form=form,
        restored=restored,
        form_key=new_id(),
        unavailable=place.provider in current_overview().unavailable,
    )


def _offered_weekdays(place: Place) -> list[int]:
    """Return the days on which the group meets; where the offer is gone, the school week."""
    with store.read() as read:
        groups = [
            set(group["weekdays"])
            for offer in offers.offers_from_day(read, today())
            if offer.provider == place.provider and offer.content["label"] == place.activity
            for group in offer.groups
            if group["label"] == place.group
        ]
    meets = groups[0] if groups else set(SCHOOL_WEEK)
    return sorted(meets | set(place.weekdays))
