"""
The weeks of all children at all providers: book and cancel.

One form holds the boxes of all children and providers. What is sent back is compared with what the
page showed, and each provider gets its changes once, under a name of form and content.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from services.portal_gateway.calls.calendars import fetch_days_of_children
from services.portal_gateway.calls.prices import Counted, SessionPrices
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders import confirmation_sentences as confirmations
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.overview.queries.family import (
    FamilyOverview,
    current_overview,
    days_with_pending_change,
)
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.schedule import (
    empty_days,
    forms,
    labels,
    ways_to_prefill_boxes,
    weeks_asked_for,
)
from services.portal_gateway.pages.schedule.grid import Grid, Known, make_grid
from services.portal_gateway.pages.schedule.save_result import flash_saved, read_saved
from services.portal_gateway.pages.schedule.weeks_asked_for import AskedWeeks, parse_asked_weeks
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child, Family
from services.portal_gateway.store import store
from shared.dates.clock import now, today
from shared.dates.school_holidays import SchoolCalendar
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("week", __name__)

LAST_WEEK, USUAL = "derniere", "habitude"
REPEAT = "repeat"


@blueprint.get("/semaine")
@current_user.signed_in
def show() -> str:
    """Show the weeks asked for; an unavailable provider's part is that of its card."""
    kept = saved_forms.saved_form_of_page()
    fields: MultiDict[str, str] = MultiDict(kept) if kept else request.args
    return _page(
        parse_asked_weeks(fields, today(), _school_holidays()), fields, restored=kept is not None
    )


@blueprint.post("/semaine")
@current_user.signed_in
def save() -> ResponseReturnValue:
    """Send each provider what was ticked and unticked, and come back to where one stood."""
    asked = parse_asked_weeks(request.form, today(), _school_holidays())
    lines = forms.parse_lines(request.form)
    changes = forms.orders_of_lines(lines, current_overview().family, parsing.form_key())
    if request.form.get("do") == REPEAT:
        weekdays = forms.repeated_weekdays(lines)
        ahead = url_for("week.show", du=asked.day.isoformat(), vue=weeks_asked_for.TERM, j=weekdays)
        return redirect(ahead, 303)
    outcomes = orders.send_orders(changes)
    flash_saved(changes, outcomes)
    saved_forms.drop_saved_form()
    acted_on = _anchor_of_first_order(changes, asked)
    return redirect(url_for("week.show", **asked.address_parameters, _anchor=acted_on), 303)


def _anchor_of_first_order(changes: Sequence[forms.BookingOrder], asked: AskedWeeks) -> str:
    """Return the place of the first child with an order: one sees the bar there."""
    ordered = {change.request.child_id for change in changes}
    shown = enumerate(_children_shown(current_overview().family, asked), 1)
    numbers = (number for number, child in shown if ordered.intersection(child.ids))
    return f"enfant-{next(numbers, 1)}"


def _page(asked: AskedWeeks, fields: MultiDict[str, str], *, restored: bool) -> str:
    overview = current_overview()
    children = _children_shown(overview.family, asked)
    priced = SessionPrices(children, max(asked.period.first, today()))
    back = ways_to_prefill_boxes.LAST_WEEK if fields.get("comme") == LAST_WEEK else timedelta()
    calendar = fetch_days_of_children(
        children, asked.period.first - back, asked.period.last, priced.questions_to_billing
    )
    cents = priced.cents_if_present(calendar.more_answers)
    known = _known_of_days(overview, cents, calendar.weekdays)
    shown = make_grid(asked.period, children, calendar.days, known)
    grid = _fill_boxes(shown, fields, calendar.days)
    before, after = weeks_asked_for.days_of_neighbouring_pages(asked)
    return render_template(
        "portal/week.html",
        asked=asked,
        grid=grid,
        shared_activities=grid.shared_activities,
        before=before,
        after=after,
        family=overview.family,
        names=overview.family.first_names,
        filled=[cell for cell in grid.cells if cell.is_changed],
        saved=read_saved(calendar.days, cents, overview.family.first_names, known.moment),
        confirmed=confirmations.confirmations_of_page(),
        cutoffs=_cutoffs_by_activity(),
        patterns=[
            (place, calendar.weekdays.get(place.place_id, place.weekdays))
            for place in overview.places
        ],
        unavailable=calendar.old,
        special_days=calendar.special_days,
        day_notes=empty_days.notes_of_page(
            grid, calendar.special_days, _names_of_services(children)
        ),
        restored=restored,
        today=today(),
        new_id=new_id,
        timedelta=timedelta,
        forms=forms,
        week_labels=labels,
        empty_days=empty_days,
        labels=enrolment_labels,
    )


def _known_of_days(
    overview: FamilyOverview,
    cents: Counted,
    weekdays: Mapping[str, tuple[int, ...]],
) -> Known:
    pending = days_with_pending_change(overview)
    return Known(now(), today(), pending, cents, overview.places, weekdays)


def _children_shown(family: Family, asked: AskedWeeks) -> tuple[Child, ...]:
    chosen = tuple(child for child in family.children if child.id == asked.child_id)
    return chosen or family.children


def _fill_boxes(grid: Grid, fields: MultiDict[str, str], days: list[Day]) -> Grid:
    """Tick boxes as the address asks, or as a form that came back was ticked; saves nothing."""
    if forms.LINE in fields:
        return ways_to_prefill_boxes.filled_grid(
            grid, ways_to_prefill_boxes.wish_as_sent(forms.ticked_sessions(fields))
        )
    if fields.get("comme") == LAST_WEEK:
        return ways_to_prefill_boxes.filled_grid(
            grid, ways_to_prefill_boxes.wish_as_last_week(days)
        )
    if fields.get("comme") == USUAL:
        return ways_to_prefill_boxes.filled_grid(grid, ways_to_prefill_boxes.wish_by_pattern)
    if activity := fields.get("tout"):
        return ways_to_prefill_boxes.filled_grid(
            grid, ways_to_prefill_boxes.wish_whole_activity(activity, fields.get("pour", ""))
        )
    return ways_to_prefill_boxes.filled_grid(
        grid, ways_to_prefill_boxes.wish_on_weekdays(forms.weekdays_by_place(fields.getlist("j")))
    )


def _names_of_services(children: Sequence[Child]) -> dict[str, str]:
    """Return the names of the services that these children go to."""
    register = shell_here().register
    codes = sorted({code for child in children for code in child.providers})
    return {code: str(badge_by_code(register, code).label) for code in codes}


def _cutoffs_by_activity() -> dict[tuple[str, str], str]:
    """Return until when a booking of each activity on offer is cancelled."""
    with store.read() as read:
        return {
            (offer.provider, offer.activity_id): offer.content["cancel_before"]
            for offer in offers.offers_from_day(read, today())
        }


def _school_holidays() -> SchoolCalendar:
    return shell_here().register.now.calendar.school
