"""The page of menus: a canteen's week, with the allergens of each dish."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request

from services.portal_gateway.pages.public.caching import cacheable
from services.portal_gateway.pages.public.menus.own_menus import OwnMenus, own_menus
from services.portal_gateway.pages.public.menus.queries import (
    SiteWeek,
    days_with_menus,
    menus_of_week,
)
from services.portal_gateway.store import store
from shared.contracts.enrolment.kitchen.menus import COURSES, dishes_for_menu
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.forms.parsing import read_day
from shared.web.language.diet_labels import diet_words
from shared.web.language.section_labels import lazy_labels

blueprint = Blueprint("menus", __name__, url_prefix="/menus")

WEEK = timedelta(days=7)
LABELS = lazy_labels(dict(ALLERGENS))


@blueprint.get("")
@sign_in_limits.browsing
def show() -> Response:
    """
    Show a week of one canteen, this week of the first one where none is asked for.

    A family reads first what its own children get: of their school, and of their menu.
    """
    this_week = monday_of(today())
    monday = max(this_week, monday_of(read_day(request.args.get("semaine", "")) or today()))
    with store.read() as read:
        weeks = menus_of_week(read, monday)
        _first, last = days_with_menus(read, this_week)
    sites = [each.site for each in weeks]
    own = own_menus()
    asked = [request.args.get("lieu", ""), *own.schools]
    known = {each.site: each for each in reversed(weeks)}
    shown = next((known[site] for site in asked if site in known), weeks[0] if weeks else None)
    menus = _menus_with_own_dishes(shown, own)
    menu = request.args.get("menu", next(iter(own.menus), ""))
    return cacheable(
        render_template(
            "portal/menus.html",
            shown=shown,
            no_school=_is_week_of_school_holidays(monday),
            sites=sites,
            menus=menus,
            menu=menu if menu in menus else "",
            of_menu=dishes_for_menu,
            diet_words=diet_words,
            monday=monday,
            before=monday - WEEK if monday > this_week else None,
            after=monday + WEEK if last and last >= monday + WEEK else None,
            courses=lazy_labels(dict(COURSES)),
            names=_names_of_allergens,
        )
    )


def _menus_with_own_dishes(week: SiteWeek | None, own: OwnMenus) -> list[str]:
    """Return the menus with a dish of their own in a week, and those of the reader's children."""
    diets = shell_here().register.now.diets
    cooked = {
        menu for day in (week.days.values() if week else ()) for d in day for menu in d["menus"]
    }
    if not cooked:
        return []
    return diets.menus_in_order(frozenset({*cooked, *own.menus, diets.usual_menu}))


def _names_of_allergens(codes: Sequence[str]) -> str:
    return ", ".join(str(LABELS[code]).lower() for code in codes)


def _is_week_of_school_holidays(monday: date) -> bool:
    """Return whether no day of a week is a day of school, by the town's calendar."""
    school = shell_here().register.now.calendar.school
    return all(school.shared_holidays_on(monday + timedelta(days=day)) for day in range(5))
