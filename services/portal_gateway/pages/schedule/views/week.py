"""The week of all children at all providers: book, cancel, change the days of a place."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.calls.calendars import Agenda, fetch_agenda
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.child_weeks import whose_week
from services.portal_gateway.orders import labels as confirmations
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.flash import flash_outcome
from services.portal_gateway.overview.queries.family import current_overview, pending_sessions
from services.portal_gateway.pages import parsing
from services.portal_gateway.schedule.rules import Day, Place
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.store import store
from shared.contracts.enrolment import places
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.runtime.ids import new_id
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day
from shared.web.language import typography
from shared.web.language.languages import language_here, local_path

blueprint = Blueprint("week", __name__)

FURTHEST = timedelta(weeks=52)
SCHOOL_WEEK = (1, 2, 3, 4, 5)
LOOKED_UP = timedelta(days=62)


@dataclass(frozen=True)
class FamilyDay:
    """One day of the week: who has what, side by side."""

    day: date
    children: list[tuple[Child, list[Day]]]

    @property
    def busy(self) -> list[tuple[Child, list[Day]]]:
        return [(child, days) for child, days in self.children if days]

    @property
    def idle(self) -> list[Child]:
        return [child for child, days in self.children if not days]


@blueprint.get("/semaine")
@current_user.signed_in
def show() -> str:
    """Show one week; an unavailable provider's part is that of its card, with its time."""
    monday = _monday(request.args.get("du", ""))
    overview = current_overview()
    calendar = fetch_agenda(overview.family.children, monday, monday + timedelta(days=6))
    return render_template(
        "portal/week.html",
        monday=monday,
        sunday=monday + timedelta(days=6),
        this_week=_monday(""),
        one_week=timedelta(weeks=1),
        days=[
            one_day
            for one_day in _days_of_week(monday, overview.family.children, calendar.days)
            if _is_worth_showing(one_day)
        ],
        family=overview.family,
        names=overview.family.first_names,
        patterns=[(place, _place_weekdays(place, calendar)) for place in overview.places],
        unavailable=calendar.old,
        pending=pending_sessions(overview),
        moment=now(),
        today=today(),
        new_id=new_id,
        labels=enrolment_labels,
        here=url_for("week.show", du=monday.isoformat()),
        confirmed=confirmations.confirmations_of_days(calendar.days),
        row_of=confirmations.row_of,
        whose_week={
            child: parts
            for child in overview.family.children
            if (parts := whose_week(child, monday, monday + timedelta(days=6)))
        },
    )


@blueprint.post("/semaine/jour")
@current_user.signed_in
def change() -> Any:
    """Book or cancel one session, and come back to where it was asked."""
    child_id = request.form.get("child", "")
    child = current_overview().family.child(child_id)
    provider, session_id = request.form.get("provider", ""), request.form.get("session", "")
    verb = request.form.get("do", "")
    if verb not in ("book", "cancel") or not parsing.is_id(session_id):
        abort(400)
    if provider not in child.providers:
        raise NotFound
    booked = [session_id] if verb == "book" else []
    cancelled = [session_id] if verb == "cancel" else []
    outcome = orders.send_order(
        orders.Order(
            parsing.request_id(parsing.form_key(), child_id, provider, session_id, verb),
            places.change_bookings,
            provider,
            places.ChangeBookingsRequest(child_id, book=booked, cancel=cancelled),
            _session_label(child, session_id),
            {"sessions": [session_id], "do": verb},
        )
    )
    flash_outcome(outcome, provider, child=child_id, row=f"{child_id}/{session_id}")
    return redirect(_return_url(), 303)


@blueprint.get("/semaine/places/<provider>/<place_id>")
@current_user.signed_in
def show_pattern(provider: str, place_id: str) -> str:
    """Show on which days of the week a child comes, to be changed from a day on."""
    place = _require_place(provider, place_id)
    kept = saved_forms.kept()
    values = {
        "weekdays": kept.get("weekdays", []) if kept else [str(day) for day in place.weekdays],
        "from_day": (kept or {}).get("from_day", [_tomorrow().isoformat()])[0],
    }
    return _pattern_page(place, Form(values), restored=kept is not None)


@blueprint.post("/semaine/places/<provider>/<place_id>")
@current_user.signed_in
def set_pattern(provider: str, place_id: str) -> Any:
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
            places.set_week,
            provider,
            places.SetWeekRequest(
                child_id=place.child_id, place_id=place_id, weekdays=weekdays, from_day=from_day
            ),
            f"{place.activity} : {enrolment_labels.weekdays(weekdays)}",
        )
    )
    saved_forms.drop()
    flash_outcome(
        outcome,
        provider,
        child=place.child_id,
        what=place.activity,
        weekdays=weekdays,
        from_day=from_day.isoformat(),
    )
    return redirect(
        url_for("week.show", du=from_day.isoformat(), _anchor=confirmations.ANCHOR), 303
    )


def day_label(day: Day) -> str:
    """Say a session as later pages name it: « Cantine, mardi 24 novembre »."""
    return f"{day.activity}, {typography.day(day.day, language_here(), today())}"


def _return_url() -> str:
    path = local_path(request.form.get("retour") or url_for("week.show"))
    return f"{path.partition('#')[0]}#{confirmations.ANCHOR}"


def _session_label(child: Child, session_id: str) -> str:
    days = current_overview().days(today(), today() + LOOKED_UP)
    sessions = (day for day in days if day.session_id == session_id and day.child_id in child.ids)
    return next(map(day_label, sessions), "")


def _monday(text: str) -> date:
    """Return the Monday of a day's week; on a Sunday without a day, of the week that comes."""
    day = read_day(text)
    if day is None or abs(day - today()) > FURTHEST:
        day = today() + timedelta(days=1 if today().isoweekday() == 7 else 0)
    return monday_of(day)


def _days_of_week(monday: date, children: tuple[Child, ...], days: list[Day]) -> list[FamilyDay]:
    return [
        FamilyDay(
            day,
            [
                (
                    child,
                    [
                        session
                        for session in days
                        if session.child_id in child.ids and session.day == day
                    ],
                )
                for child in children
            ],
        )
        for day in (monday + timedelta(days=after) for after in range(7))
    ]


def _is_worth_showing(one_day: FamilyDay) -> bool:
    """Say whether a day is worth its place on the page: a week-end without anything is not."""
    return one_day.day.isoweekday() in SCHOOL_WEEK or bool(one_day.busy)


def _place_weekdays(place: Place, calendar: Agenda) -> tuple[int, ...]:
    return calendar.weekdays.get(place.place_id, place.weekdays)


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
            for offer in offers.offers(read, today())
            if offer.provider == place.provider and offer.content["label"] == place.activity
            for group in offer.groups
            if group["label"] == place.group
        ]
    meets = groups[0] if groups else set(SCHOOL_WEEK)
    return sorted(meets | set(place.weekdays))
