"""The staff of a week at a site: who works when, whether that is enough, copied or taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.enrolment.attendance.staff.commands.shifts import (
    KEPT,
    AlreadyPlanned,
    TooMany,
    copy_week_before,
    plan_shifts_of_person,
    remove_shift,
)
from services.enrolment.attendance.staff.queries.plannable_sites import (
    sites_of_activities_between,
    sites_of_activities_ever,
    stated_declaration_terms,
)
from services.enrolment.attendance.staff.queries.shifts import (
    known_names_at_site,
    shifts_at_site_between,
)
from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.roll_call_agent import roles_that_call
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.staff import labels
from services.enrolment.desk.staff.access import (
    declaration_terms_by_activity,
    is_any_activity_declarable,
    requires_planning_staff,
)
from services.enrolment.desk.staff.forms import MOST_NAME, read_hours
from services.enrolment.desk.staff.staff_week_lists import (
    RatioLine,
    ratio_lines,
    ratio_list,
    team_list,
)
from services.enrolment.desk.staff.week import (
    DAYS,
    StaffDay,
    meetings_and_piece_of_now,
    week_of_staff,
)
from services.enrolment.models import StaffShift
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

blueprint = desk_blueprint("staff", "/equipe", labels=labels)

AHEAD = timedelta(days=400)
"""Time ahead for which somebody is planned; behind, it is as long as hours are kept."""
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


@blueprint.get("")
@requires_planning_staff
def show() -> str:
    """Show who works at a site in a week, and whether that is enough on one of its days."""
    with store.read() as read:
        asked = _read_asked_page(read, request.args.get("jour", ""), request.args.get("lieu", ""))
    return _page(asked, Form())


@blueprint.post("")
@requires_planning_staff
def plan_hours() -> ResponseReturnValue:
    """Plan somebody's hours on the chosen days of a week: all of them, or none."""
    asked = _require_asked()
    form = Form({name: value.strip() for name, value in request.form.items()})
    form.values["days"] = request.form.getlist("days")
    hours, days = read_hours(form, asked.days)
    if not form.errors:
        try:
            with store.write() as write:
                plan_shifts_of_person(write, asked.site, days, hours)
        except AlreadyPlanned as refused:
            form.errors["name"] = _sentence_of_other_hours(refused.shift, asked.site)
        except TooMany:
            form.errors["days"] = _("Cent personnes sont déjà prévues ce jour-là.")
    if form.errors:
        return _page(asked, form), 422
    flash(str(len(days)), "planned")
    return redirect(asked.address(), 303)


@blueprint.post("/retirer")
@requires_planning_staff
def remove() -> Response:
    """Take somebody's hours on a day out."""
    asked = _require_asked()
    try:
        with store.write() as write:
            remove_shift(write, asked.site, request.form.get("shift", ""))
    except NotFound:
        abort(404)
    flash("1", "removed")
    return redirect(asked.address(), 303)


@blueprint.post("/copie")
@requires_planning_staff
def copy_former_week() -> Response:
    """Copy the week before to this one, on the days on which the site is open."""
    asked = _require_asked()
    with store.write() as write:
        terms = declaration_terms_by_activity(stated_declaration_terms(write))
        held = {
            each.day for each in week_of_staff(write, asked.site, asked.day, terms) if each.meetings
        }
        done = copy_week_before(write, asked.site, asked.monday, held)
    flash(str(done.copied), "copied")
    if done.left:
        flash(str(done.left), "left")
    return redirect(asked.address(), 303)


@blueprint.get("/semaine")
@requires_planning_staff
def show_week() -> ResponseReturnValue:
    """List the staff of a week at a site; its file has the same rows."""
    with store.read() as read:
        asked = _read_asked_page(
            read, request.args.get("semaine", ""), request.args.get("lieu", "")
        )
        rows = (
            shifts_at_site_between(read, asked.site, asked.days[0], asked.days[-1])
            if asked.site
            else []
        )

    def page(listing: Listing[StaffShift]) -> str:
        return render_template(
            "desk/staff/list.html",
            listing=listing,
            asked=asked,
            empty=_("Personne n’est prévu cette semaine-là"),
        )

    return show_list(team_list(), rows, page, lambda _rows: None)


@blueprint.get("/encadrement")
@requires_planning_staff
def show_ratio() -> ResponseReturnValue:
    """List how many adults a week has for how many children, hour by hour."""
    with store.read() as read:
        asked = _read_asked_page(
            read, request.args.get("semaine", ""), request.args.get("lieu", "")
        )
        rows = ratio_lines(
            week_of_staff(
                read,
                asked.site,
                asked.day,
                declaration_terms_by_activity(stated_declaration_terms(read)),
            )
        )

    def page(listing: Listing[RatioLine]) -> str:
        return render_template(
            "desk/staff/list.html",
            listing=listing,
            asked=asked,
            empty=_("Aucun taux d’encadrement à tenir cette semaine-là"),
        )

    return show_list(ratio_list(), rows, page, lambda _rows: None)


def _read_asked_page(read: Read, day: str, site: str) -> Asked:
    """
    Return what a page is asked for; a site beyond reach does not exist.

    One that is closed in that week is there where it is within reach in all others.
    """
    chosen = min(max(read_day(day) or today(), today() - KEPT), today() + AHEAD)
    first = monday_of(chosen)
    last = first + timedelta(days=DAYS - 1)
    codes = declaration_terms_by_activity(stated_declaration_terms(read))
    sites = sites_of_activities_between(
        read, reach_of_agent.reach_of_page_permission(read), first, last, codes
    )
    if site and site not in sites:
        if site not in sites_of_activities_ever(
            read, reach_of_agent.reach_of_page_permission(read), codes
        ):
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
        asked = _read_asked_page(read, day, site)
    if asked.day != named:
        abort(404)
    return asked


def _page(asked: Asked, form: Form) -> str:
    moment = now()
    with store.read() as read:
        terms = declaration_terms_by_activity(stated_declaration_terms(read))
        week = week_of_staff(read, asked.site, asked.day, terms)
        shown = next(each for each in week if each.day == asked.day)
        running, span = meetings_and_piece_of_now(read, shown, moment)
        place, since = place_code_of_site(asked.site), today() - REMEMBERED
        names = known_names_at_site(read, asked.site, since, roles_that_call(), place, today())
    _fill_fresh_form(form, shown)
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
        declares=is_any_activity_declarable(agent.require_agent().sight),
        before=asked.monday - timedelta(days=7),
        after=asked.monday + timedelta(days=7),
    )


def _fill_fresh_form(form: Form, shown: StaffDay) -> None:
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


def _sentence_of_other_hours(shift: StaffShift, site: str) -> str:
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
