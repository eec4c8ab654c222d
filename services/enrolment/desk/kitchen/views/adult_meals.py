"""Meals of adults of a day: how many of the staff and how many guests eat at each site."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.kitchen import labels
from services.enrolment.desk.kitchen.access import kitchen_here, requires_keeping_kitchen
from services.enrolment.desk.kitchen.whole_numbers import read_count
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.kitchen.commands.adult_meals import MOST_ADULTS, store_counts_of_adults
from services.enrolment.kitchen.queries.adult_meals import adult_meals_by_day
from services.enrolment.kitchen.queries.menus import next_day_with_meals, sites_with_meals
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen.meal_orders import GUESTS, STAFF
from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.text import collation_key
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("adults", "/cuisine/adultes", labels=labels)

FRIDAY = 4


@blueprint.get("")
@requires_keeping_kitchen
def show() -> str:
    """Show the form of a day, a line for each site."""
    with store.read() as read:
        day = read_day(request.args.get("jour", "")) or next_day_with_meals(
            read, kitchen_here().codes, today()
        )
    return _page(day, _sites_of_day(day), Form())


@blueprint.post("")
@requires_keeping_kitchen
def write() -> ResponseReturnValue:
    """Write the counts of a day, or of the week's days from it on; nothing where one is wrong."""
    day = read_day(request.form.get("jour", ""))
    sites = request.form.getlist("site")  # as the page had them
    if day is None or not set(sites) <= set(_sites_of_day(day)):
        abort(404)
    form = Form({name: value.strip() for name, value in request.form.items()})
    if day < today():
        form.errors["jour"] = _("Ce jour est passé : rien n’a été noté.")
    counts = [
        tuple(read_count(form, f"{kind}-{at}", MOST_ADULTS, empty=0) for kind in (STAFF, GUESTS))
        for at in range(len(sites))
    ]
    if form.errors:
        return _page(day, sites, form), 422
    served = _sites_of_later_days(day) if form.chosen("week", "yes") else {}
    with store.write() as written:
        for site, (staff, guests) in zip(sites, counts, strict=True):
            days = [day, *(later for later, found in served.items() if site in found)]
            store_counts_of_adults(written, site, days, staff, guests)
    flash(str(sum(map(sum, counts))), "adults")
    return redirect(url_for("adults.show", jour=day.isoformat()), 303)


def _sites_of_later_days(day: date) -> dict[date, list[str]]:
    """Return the sites of each later day of a week, to Friday."""
    left = (monday_of(day) + timedelta(days=FRIDAY) - day).days
    later = (day + timedelta(days=at) for at in range(1, left + 1))
    return {each: _sites_of_day(each) for each in later}


def _page(day: date, sites: Sequence[str], form: Form) -> str:
    with store.read() as read:
        typed = adult_meals_by_day(read, day, day).get(day, {})
    named = {STAFF: _("%(site)s, personnel"), GUESTS: _("%(site)s, invités")}
    for at, site in enumerate(sites):
        for kind, label in named.items():
            form.values.setdefault(f"{kind}-{at}", str(typed.get((site, kind), "")))
            form.labels[f"{kind}-{at}"] = label % {"site": site}
    return render_template("desk/kitchen/adults.html", day=day, sites=sites, form=form)


def _sites_of_day(day: date) -> list[str]:
    """Return the sites with a meal that day, and those for which adults were typed, by name."""
    with store.read() as read:
        served = sites_with_meals(read, kitchen_here().codes, day, day)
        typed = adult_meals_by_day(read, day, day).get(day, {})
    return sorted({*served, *(site for site, _kind in typed)}, key=collation_key)
