"""Waste as it is weighed by site and day, and a year of it as a file for « ma cantine »."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.kitchen import labels
from services.enrolment.desk.kitchen.access import kitchen_here, requires_keeping_kitchen
from services.enrolment.desk.kitchen.whole_numbers import read_count
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.kitchen.commands.waste import (
    MOST_GRAMS,
    MOST_SERVED,
    Weighing,
    store_weighed_waste,
)
from services.enrolment.kitchen.queries.meal_needs import meal_needs_of_day
from services.enrolment.kitchen.queries.waste import Weighings, weighed_waste_by_day_and_site
from services.enrolment.kitchen.rules.order_states import Needed
from services.enrolment.store import store, vault
from shared.dates.clock import today
from shared.text import collation_key
from shared.web.agents.lists.columns import DAY, NUMBER, Column, List
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("waste", "/cuisine/restes", labels=labels)


@dataclass(frozen=True)
class Weighed:
    """A site's day: meals served to children and to adults, grams thrown away."""

    day: date
    site: str
    served: int
    adults: int
    grams: int

    @property
    def per_meal(self) -> int | None:
        """Return the grams of each meal: what is thrown away is weighed of both together."""
        meals = self.served + self.adults
        return round(self.grams / meals) if meals else None


@blueprint.get("")
@requires_keeping_kitchen
def show() -> str:
    """Show the form of a day's weighing, a line for each site."""
    return _page(_asked_day(request.args.get("jour", "")), Form())


@blueprint.post("")
@requires_keeping_kitchen
def weigh() -> ResponseReturnValue:
    """Write what was weighed at each site of a day; a site without a weight is left alone."""
    day = read_day(request.form.get("jour", ""))
    if day is None:
        abort(404)
    form = Form({name: value.strip() for name, value in request.form.items()})
    if day > today():
        form.errors["jour"] = _("Ce jour n’est pas encore passé : rien n’a été noté.")
    sites = request.form.getlist("site")  # as the page had them: another may have come meanwhile
    if not set(sites) <= set(_sites_of_day(*_read_needs_and_weighings(day))):
        abort(404)
    read = {at: _read_line(form, at) for at in range(len(sites)) if form.value(f"grams-{at}")}
    if form.errors:
        return _page(day, form, sites), 422
    with store.write() as write:
        for at, weighed in read.items():
            store_weighed_waste(write, sites[at], day, weighed)
    flash(str(len(read)), "weighed")
    return redirect(url_for("waste.show", jour=day.isoformat()), 303)


@blueprint.get("/annee")
@requires_keeping_kitchen
def show_year() -> ResponseReturnValue:
    """List a calendar year's weighings; its file has what « ma cantine » asks for."""
    asked = request.args.get("an", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else today().year
    with store.read() as read:
        found = weighed_waste_by_day_and_site(
            read, date(max(year, 1), 1, 1), date(max(year, 1), 12, 31)
        )
        rows = [
            Weighed(row.day, row.site, row.served, row.adults, row.grams) for row in found.values()
        ]

    def page(listing: Listing[Weighed]) -> str:
        return render_template(
            "desk/kitchen/waste_year.html",
            listing=listing,
            year=year,
            grams=sum(row.grams for row in rows),
            served=sum(row.served for row in rows),
            adults=sum(row.adults for row in rows),
        )

    return show_list(_waste_list_of_year(), rows, page, lambda _rows: None)


def _waste_list_of_year() -> List[Weighed]:
    columns: list[Column[Weighed]] = [
        Column("jour", _l("Jour"), lambda row: row.day, DAY),
        Column("site", _l("Lieu"), lambda row: row.site, filtered=True),
        Column("servis", _l("Repas d’enfants servis"), lambda row: row.served, NUMBER),
        Column("adultes", _l("Repas d’adultes servis"), lambda row: row.adults, NUMBER),
        Column("grammes", _l("Jeté, en grammes"), lambda row: row.grams, NUMBER),
        Column("par_repas", _l("Grammes par repas"), lambda row: row.per_meal, NUMBER),
    ]
    return List(_l("Restes pesés"), columns, keep=("an",))


def _read_line(form: Form, at: int) -> Weighing:
    """Return what was weighed and served at a line's site; a mistake is shown at its field."""
    return Weighing(
        grams=read_count(form, f"grams-{at}", MOST_GRAMS),
        served=read_count(form, f"served-{at}", MOST_SERVED),
        adults=read_count(form, f"adults-{at}", MOST_SERVED, empty=0),
    )


def _page(day: date, form: Form, shown: Sequence[str] | None = None) -> str:
    needed, weighed = _read_needs_and_weighings(day)
    sites = shown or _sites_of_day(needed, weighed)
    for at, site in enumerate(sites):
        row = weighed.get((day, site))
        form.values.setdefault(f"grams-{at}", str(row.grams) if row else "")
        served = row.served if row else needed.children_at(site)
        form.values.setdefault(f"served-{at}", str(served))
        adults = row.adults if row else needed.adults_at(site)
        form.values.setdefault(f"adults-{at}", str(adults))
        form.labels |= {
            f"grams-{at}": _("%(site)s, grammes", site=site),
            f"served-{at}": _("%(site)s, repas d’enfants servis", site=site),
            f"adults-{at}": _("%(site)s, repas d’adultes servis", site=site),
        }
    return render_template(
        "desk/kitchen/waste.html", day=day, sites=sites, form=form, future=day > today()
    )


def _read_needs_and_weighings(day: date) -> tuple[Needed, Weighings]:
    """Return what a day needs, and what was weighed of it."""
    with store.read() as read:
        return meal_needs_of_day(read, vault, day, kitchen_here()), weighed_waste_by_day_and_site(
            read, day, day
        )


def _sites_of_day(needed: Needed, weighed: Weighings) -> list[str]:
    """Return the sites of a day, those with a weighing among them, by name."""
    found = {*needed.sites, *(site for _day, site in weighed)}
    return sorted(found, key=collation_key)


def _asked_day(written: str) -> date:
    """Return the day that is asked for; one to come has nothing to weigh, and is today."""
    return min(read_day(written) or today(), today())
