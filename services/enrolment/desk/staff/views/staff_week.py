"""The staff of a week at a site: who works when, whether that is enough, copied or taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.enrolment.children.rules.places_of_rights import place_of_site
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.roll_call_agent import roles_that_call
from services.enrolment.desk.staff import labels
from services.enrolment.desk.staff.access import plans_staff, says_terms, terms_here
from services.enrolment.desk.staff.forms import MOST_NAME, read_hours
from services.enrolment.desk.staff.lists import RatioLine, ratio_lines, ratio_list, team_list
from services.enrolment.desk.staff.week import DAYS, StaffDay, now_at, week_of_staff
from services.enrolment.models import StaffShift
from services.enrolment.staff.commands.shifts import (
    KEPT,
    AlreadyPlanned,
    TooMany,
    copy_week_before,
    plan_hours,
    take_out,
)
from services.enrolment.staff.queries.plannable_sites import sites_ever, staffed_sites, stated_terms
from services.enrolment.staff.queries.shifts import known_names, shifts_at
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.database import Read
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.languages import language_here
from shared.web.language.typography import day as day_label

blueprint = Blueprint("staff", __name__, url_prefix="/equipe")

AHEAD = timedelta(days=400)
"""So far ahead somebody is planned; behind, as long as hours are kept."""
REMEMBERED = timedelta(days=60)
"""Days for which a person who worked at a site is offered by name."""


@dataclass(frozen=True)
class Asked:
    """The site and day of a page, with the sites that may be chosen in that week."""

    site: str
    day: date
    sites: Sequence[str]

    @property
    def monday(self) -> date:
        return monday_of(self.day)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=offset) for offset in range(DAYS)]

    def address(self) -> str:
        return url_for("staff.show", jour=self.day.isoformat(), lieu=self.site)


@blueprint.context_processor
def _labels() -> dict[str, object]:
    return {"labels": labels}


@blueprint.get("")
@plans_staff
def show() -> str:
    """Show who works at a site in a week, and whether that is enough on one of its days."""
    with store.read() as read:
        asked = _asked(read, request.args.get("jour", ""), request.args.get("lieu", ""))
    return _page(asked, Form())


@blueprint.post("")
@plans_staff
def plan() -> ResponseReturnValue:
    """Plan somebody's hours on the chosen days of a week: all of them, or none."""
    asked = _require_asked()
    form = Form({name: value.strip() for name, value in request.form.items()})
    form.values["days"] = request.form.getlist("days")
    hours, days = read_hours(form, asked.days)
    if not form.errors:
        subject = agent.require_agent().session.subject
        try:
            with store.write() as write:
                plan_hours(write, asked.site, days, hours, subject, now())
        except AlreadyPlanned as refused:
            form.errors["name"] = _where_planned(refused.shift, asked.site)
        except TooMany:
            form.errors["days"] = _("Cent personnes sont déjà prévues ce jour-là.")
    if form.errors:
        return _page(asked, form), 422
    flash(str(len(days)), "planned")
    return redirect(asked.address(), 303)


@blueprint.post("/retirer")
@plans_staff
def remove() -> Response:
    """Take somebody's hours on a day out."""
    asked = _require_asked()
    try:
        with store.write() as write:
            take_out(write, asked.site, request.form.get("shift", ""))
    except NotFound:
        abort(404)
    flash("1", "removed")
    return redirect(asked.address(), 303)


@blueprint.post("/copie")
@plans_staff
def copy() -> Response:
    """Copy the week before to this one, on the days on which the site is open."""
    asked = _require_asked()
    subject = agent.require_agent().session.subject
    with store.write() as write:
        terms = terms_here(stated_terms(write))
        held = {
            each.day for each in week_of_staff(write, asked.site, asked.day, terms) if each.meetings
        }
        done = copy_week_before(write, asked.site, asked.monday, held, subject, now())
    flash(str(done.copied), "copied")
    if done.left:
        flash(str(done.left), "left")
    return redirect(asked.address(), 303)


@blueprint.get("/semaine")
@plans_staff
def show_week() -> ResponseReturnValue:
    """List the staff of a week at a site; its file has the same rows."""
    with store.read() as read:
        asked = _asked(read, request.args.get("semaine", ""), request.args.get("lieu", ""))
        rows = shifts_at(read, asked.site, asked.days[0], asked.days[-1]) if asked.site else []

    def page(listing: Listing[StaffShift]) -> str:
        return render_template(
            "desk/staff/list.html",
            listing=listing,
            asked=asked,
            empty=_("Personne n’est prévu cette semaine-là"),
        )

    return show_list(team_list(), rows, page, lambda _rows: None)


@blueprint.get("/encadrement")
@plans_staff
def show_ratio() -> ResponseReturnValue:
    """List how many adults a week has for how many children, hour by hour."""
    with store.read() as read:
        asked = _asked(read, request.args.get("semaine", ""), request.args.get("lieu", ""))
        rows = ratio_lines(
            week_of_staff(read, asked.site, asked.day, terms_here(stated_terms(read)))
        )

    def page(listing: Listing[RatioLine]) -> str:
        return render_template(
            "desk/staff/list.html",
            listing=listing,
            asked=asked,
            empty=_("Aucun taux d’encadrement à tenir cette semaine-là"),
        )

    return show_list(ratio_list(), rows, page, lambda _rows: None)


def _asked(read: Read, day: str, site: str) -> Asked:
    """
    Return what a page is asked for; a site beyond reach does not exist.

    One that is closed in that week is there where it is within reach in all others.
    """
    chosen = min(max(read_day(day) or today(), today() - KEPT), today() + AHEAD)
    first = monday_of(chosen)
    last = first + timedelta(days=DAYS - 1)
    codes = terms_here(stated_terms(read))
    sites = staffed_sites(read, reach_of_agent.reach_here(read), first, last, codes)
    if site and site not in sites:
        if site not in sites_ever(read, reach_of_agent.reach_here(read), codes):
            abort(404)
        sites = [*sites, site]
    return Asked(site or (sites[0] if sites else ""), chosen, sites)


def _require_asked() -> Asked:
    """Return what a form is about; without a site or a day there is no such form."""
    day, site = request.form.get("jour", ""), request.form.get("lieu", "")
    named = read_day(day)
    if not site or named is None:
        abort(404)
    with store.read() as read:
        asked = _asked(read, day, site)
    if asked.day != named:
        abort(404)
    return asked


def _page(asked: Asked, form: Form) -> str:
    moment = now()
    with store.read() as read:
        terms = terms_here(stated_terms(read))
        week = week_of_staff(read, asked.site, asked.day, terms)
        shown = next(each for each in week if each.day == asked.day)
        running, span = now_at(read, shown, moment)
        place, since = place_of_site(asked.site), today() - REMEMBERED
        names = known_names(read, asked.site, since, roles_that_call(), place, today())
    _fill(form, shown)
    return render_template(
        "desk/staff/team.html",
        asked=asked,
        week=week,
        shown=shown,
        running=running,
        span_now=span,
        moment=moment,
        form=form,
        names=names,
        most=MOST_NAME,
        declares=says_terms(agent.require_agent().sight),
        before=asked.monday - timedelta(days=7),
        after=asked.monday + timedelta(days=7),
    )


def _fill(form: Form, shown: StaffDay) -> None:
    """Fill a fresh form with the hours of the day's receptions, and the day itself."""
    form.labels = {"name": _("Nom"), "days": _("Jours"), "starts": _("De"), "ends": _("À")}
    if form.values:
        return
    limited = [each for each in shown.meetings if each.limit] or shown.meetings
    form.values = {
        "days": [shown.day.isoformat()],
        "starts": min((each.starts for each in limited), default=""),
        "ends": min(max((each.ends for each in limited), default=""), "23:59"),
    }


def _where_planned(shift: StaffShift, site: str) -> str:
    """Say when somebody works already; of another site, only that it is another one."""
    return (
        _("%(name)s est déjà dans l’équipe %(day)s, %(hours)s. Rien n’a été noté.")
        if shift.site == site
        else _("%(name)s travaille déjà sur un autre lieu %(day)s, %(hours)s. Rien n’a été noté.")
    ) % {
        "name": shift.name,
        "day": day_label(shift.day, language_here(), today()),
        "hours": labels.hours(shift.starts, shift.ends),
    }
