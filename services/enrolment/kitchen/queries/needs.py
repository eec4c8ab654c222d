"""
Meals that days need, by site, menu and allergen: counted from the bookings in force at that moment.

A sum names no child; what is shown with names is read elsewhere, and leaves its line.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.expected_counts import (
    DIET,
    UNKNOWN_MENU,
    booked_children,
)
from services.enrolment.children.queries.contents import contents_of_projections
from services.enrolment.kitchen.queries.adults import Adults, adults_of_days
from services.enrolment.kitchen.rules.dishes import allergens_of_child
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.kitchen.rules.order_states import NOTHING, Needed
from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database import Vault
from shared.json_values import JsonMapping

ALLERGIES = "allergies"


class Eater(NamedTuple):
    """A child who eats at a site on a day, with the menu and the allergens to leave out."""

    child_id: str
    site: str
    menu: str
    allergens: frozenset[str]


def eaters_of_days(
    read: Database, vault: Vault, first: date, last: date, kitchen: Kitchen
) -> dict[date, list[Eater]]:
    """Return by day who eats where, from a day to another, at the activities of a kitchen."""
    rows = read.execute(
        select(GROUP_SITE, Session)
        .select_from(Session)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(
            Session.day.between(first, last),
            Session.state == PLANNED,
            Activity.code.in_(kitchen.codes),
        )
        .order_by(Session.day, Session.id)
    ).all()
    booked = booked_children(read, [session for _site, session in rows])
    children = {child for found in booked.values() for child in found}
    contents = contents_of_projections(read, vault, (DIET, ALLERGIES), children)
    diets, allergies = contents[DIET], contents[ALLERGIES]
    eats = {
        child: _eats(diets.get(child, {}), allergies.get(child, {}), kitchen.diets)
        for child in children
    }
    days: dict[date, list[Eater]] = {}
    for site, session in rows:
        found = days.setdefault(session.day, [])
        found += [Eater(child, site, *eats[child]) for child in booked[session.id]]
    return days


def needs_of_days(
    read: Database, vault: Vault, first: date, last: date, kitchen: Kitchen
) -> dict[date, Needed]:
    """Return what each day with meals needs, from a day to another."""
    days = eaters_of_days(read, vault, first, last, kitchen)
    adults = adults_of_days(read, first, last)
    every = sorted({*days, *adults})
    return {day: need_of(days.get(day, ()), adults.get(day, {})) for day in every}


def need_of_day(read: Database, vault: Vault, day: date, kitchen: Kitchen) -> Needed:
    """Return what one day needs."""
    return needs_of_days(read, vault, day, day, kitchen).get(day, NOTHING)


def need_of(eaters: Collection[Eater], adults: Adults) -> Needed:
    """Count who eats by site and menu, and by site and allergen; adults as they were typed."""
    return Needed(
        Counter((each.site, each.menu) for each in eaters),
        Counter((each.site, code) for each in eaters for code in each.allergens),
        adults,
    )


def _eats(
    diet: JsonMapping, allergies: JsonMapping, diets: TownDiets
) -> tuple[str, frozenset[str]]:
    return diet.get("menu") or UNKNOWN_MENU, allergens_of_child(allergies, diet, diets)
