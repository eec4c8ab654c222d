"""The page of menus: a canteen's week, with the allergens of each dish."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, Response, render_template, request

from services.portal_gateway.pages.open.menus.queries import days_with_menus, menus_of_week
from services.portal_gateway.pages.open.pages import cacheable
from services.portal_gateway.store import store
from shared.contracts.enrolment.menus import COURSES
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.web.base import limits
from shared.web.forms.parsing import read_day
from shared.web.language.section_words import lazy_labels

blueprint = Blueprint("menus", __name__, url_prefix="/menus")

WEEK = timedelta(days=7)
LABELS = lazy_labels(dict(ALLERGENS))


@blueprint.get("")
@limits.browsing
def show() -> Response:
    """Show a week of one canteen, this week of the first one where none is asked for."""
    this_week = monday_of(today())
    monday = max(this_week, monday_of(read_day(request.args.get("semaine", "")) or today()))
    with store.read() as read:
        weeks = menus_of_week(read, monday)
        _first, last = days_with_menus(read, this_week)
    sites = [each.site for each in weeks]
    asked = request.args.get("lieu", "")
    shown = next((each for each in weeks if each.site == asked), weeks[0] if weeks else None)
    return cacheable(
        render_template(
            "portal/menus.html",
            shown=shown,
            sites=sites,
            monday=monday,
            before=monday - WEEK if monday > this_week else None,
            after=monday + WEEK if last and last >= monday + WEEK else None,
            courses=lazy_labels(dict(COURSES)),
            names=_names_of_allergens,
        )
    )


def _names_of_allergens(codes: Sequence[str]) -> str:
    return ", ".join(str(LABELS[code]).lower() for code in codes)
