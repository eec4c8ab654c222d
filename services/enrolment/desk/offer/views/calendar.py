"""Pages of the provider's calendar for its administrator: months, and the days it closes."""

import calendar
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.models import CalendarDay
from services.enrolment.offer.commands.calendar.days import (
    import_school_year,
    set_special_days,
    unset_special_days,
)
from services.enrolment.offer.commands.editing import NeedsConsent, refuse_without_consent
from services.enrolment.offer.commands.sessions import renew_all_sessions
from services.enrolment.offer.queries.calendar_days import group_into_periods, special_days
from services.enrolment.offer.rules.calendar import school_year_days, school_year_of
from services.enrolment.store import store
from shared.database import Write
from shared.dates.clock import now, today
from shared.register.calendar import CLOSED, KINDS
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("calendar", "/calendrier", labels=offer_labels)

LONGEST = timedelta(days=62)
FIELDS = ("kind", "first", "last", "label")


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show a month: its holidays, what is closed, and the form that closes days."""
    return _page(_month_or_current(request.args.get("mois", "")), Form({"kind": CLOSED}))


@blueprint.post("")
@agent.for_administrators
def add_calendar_days() -> ResponseReturnValue:
    """Set days apart; sessions on them disappear, after consent where families booked them."""
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    month = _month_or_current(request.form.get("mois", ""))
    first, last = _read_days(form)
    if form.errors or first is None or last is None:
        return _page(month, form), 422
    consent = request.form.get("consent") == "yes"
    try:
        with store.write() as write:
            set_special_days(write, first, last, form.value("kind"), form.value("label")[:80])
            _renew_sessions(write, consent)
    except NeedsConsent as needed:
        return _page(month, form, households=needed.households), 409
    flash("entered")
    return redirect(url_for("calendar.show", mois=f"{first:%Y-%m}"), 303)


@blueprint.post("/<first>/<last>/<kind>/retirer")
@agent.for_administrators
def remove_calendar_days(first: str, last: str, kind: str) -> ResponseReturnValue:
    """Make days like others; their sessions come back."""
    start, end = read_day(first), read_day(last)
    if start is None or end is None or kind not in KINDS:
        abort(404)
    with store.write() as write:
        unset_special_days(write, start, end, kind)
        _renew_sessions(write, consent=True)
    flash("removed")
    return redirect(url_for("calendar.show", mois=f"{start:%Y-%m}"), 303)


@blueprint.post("/importer")
@agent.for_administrators
def import_holidays() -> ResponseReturnValue:
    """Import what is lacking of a school year: holidays, public ones, bridges of the town."""
    year = request.form.get("year", "")
    month = _month_or_current(request.form.get("mois", ""))
    try:
        school_year_days(year)
    except ValueError:
        abort(400)
    try:
        with store.write() as write:
            imported = import_school_year(write, year)
            _renew_sessions(write, request.form.get("consent") == "yes")
    except NeedsConsent as needed:
        return _page(month, Form({"kind": CLOSED}), import_households=needed.households), 409
    flash("imported" if imported.holidays_known else "imported_in_part")
    return redirect(url_for("calendar.show", mois=f"{month:%Y-%m}"), 303)


def _renew_sessions(write: Write, consent: bool) -> None:
    refuse_without_consent(renew_all_sessions(write, now()), consent)


def _read_days(form: Form) -> tuple[date | None, date | None]:
    """Read the days of the form and put its mistakes into it."""
    first = read_day(form.value("first"))
    last = read_day(form.value("last")) if form.value("last") else first
    if form.value("kind") not in KINDS:
        form.errors["kind"] = _("Choisissez une réponse.")
    if first is None:
        form.errors["first"] = _("Écrivez une date, par exemple 01/09/2026.")
    if last is None and first is not None:
        form.errors["last"] = _("Écrivez une date, par exemple 01/09/2026.")
    if first and last and not first <= last <= first + LONGEST:
        form.errors["last"] = _("Cette date vient après la première, de deux mois au plus.")
    if not form.value("label"):
        form.errors["label"] = _("Écrivez pourquoi, en quelques mots.")
    return first, last


def _month_or_current(written: str) -> date:
    """Return the first day of a month written « 2026-11 »; this month where it is not one."""
    return read_day(f"{written}-01") or today().replace(day=1)


def _page(month: date, form: Form, households: int = 0, import_households: int = 0) -> str:
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    with store.read() as read:
        days = special_days(read, weeks[0][0], weeks[-1][-1])
    form.labels = {"first": _("Du"), "last": _("Au"), "label": _("Motif"), "kind": _("Ce jour est")}
    return render_template(
        "desk/calendar/month.html",
        form=form,
        month=month,
        weeks=weeks,
        days=_kinds_by_day(days),
        listed=group_into_periods(day for day in days if day.day.month == month.month),
        before=f"{month - timedelta(days=1):%Y-%m}",
        after=f"{month + timedelta(days=32):%Y-%m}",
        year=school_year_of(month),
        households=households,
        import_households=import_households,
    )


def _kinds_by_day(days: list[CalendarDay]) -> dict[date, list[str]]:
    days_by_name: dict[date, list[str]] = {}
    for day in days:
        days_by_name.setdefault(day.day, []).append(day.kind)
    return days_by_name
