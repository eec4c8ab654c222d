"""
Meals that days need, by site, menu and allergen: counted from the bookings in force at that moment.

A sum names no child; what is shown with names is read elsewhere, and leaves its line.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.expected_counts import (
    DIETS,
    MEETING,
    NO_DIET,
    Diet,
    booked_children,
)
from services.enrolment.children.queries.parts_kept_for_counting import CountedParts
from services.enrolment.kitchen.queries.adult_meals import Adults, adult_meals_by_day
from services.enrolment.kitchen.rules.dishes_as_typed import (
    allergens_of_child,
    stated_allergen_codes,
)
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.kitchen.rules.order_states import NOTHING, Needed
from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database import Vault

ALLERGIES = "allergies"
STATED_ALLERGENS = CountedParts(ALLERGIES, stated_allergen_codes)
NO_ALLERGEN: frozenset[str] = frozenset()


class Meal(NamedTuple):
    """A meal at a site: its menu, and the allergens to leave out of it."""

    site: str
    menu: str
    allergens: frozenset[str]


class Eater(NamedTuple):
    """A child who eats, and its meal."""

    child_id: str
    meal: Meal


class _Service(NamedTuple):
    """A session at which is eaten, and the children booked."""

    day: date
    site: str
    children: Sequence[str]


def eaters_of_day(read: Database, vault: Vault, day: date, kitchen: Kitchen) -> list[Eater]:
    """Return who eats where on a day, at the activities of a kitchen."""
    services, eats = _sessions_and_diets_of_children(read, vault, day, day, kitchen)
    return [
        Eater(child, Meal(service.site, *eats[child]))
        for service in services
        for child in service.children
    ]


def meals_of_days(
    read: Database, vault: Vault, first: date, last: date, kitchen: Kitchen
) -> dict[date, Counter[Meal]]:
    """Count the meals of children by day, from a day to another, at the activities of a kitchen."""
    services, eats = _sessions_and_diets_of_children(read, vault, first, last, kitchen)
    days: dict[date, Counter[Meal]] = {}
    for service in services:
        counted = days.setdefault(service.day, Counter())
        for eaten, count in Counter(map(eats.__getitem__, service.children)).items():
            counted[Meal(service.site, *eaten)] += count
    return days


def _sessions_and_diets_of_children(
    read: Database, vault: Vault, first: date, last: date, kitchen: Kitchen
) -> tuple[list[_Service], dict[str, tuple[str, frozenset[str]]]]:
    """Return the sessions with their children, and of each child its menu and its allergens."""
    rows = read.execute(
        select(GROUP_SITE.label("site"), Session.day, *MEETING)
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
    booked = booked_children(read, rows)
    services = [_Service(row.day, row.site, booked[row.id]) for row in rows]
    return services, _menu_and_allergens_by_child(
        read, vault, {child for found in booked.values() for child in found}, kitchen.diets
    )


def _menu_and_allergens_by_child(
    read: Database, vault: Vault, children: Collection[str], diets: TownDiets
) -> dict[str, tuple[str, frozenset[str]]]:
    chosen = DIETS.read(read, vault, children)
    stated = STATED_ALLERGENS.read(read, vault, children)
    known: dict[tuple[Diet, frozenset[str]], tuple[str, frozenset[str]]] = {}
    eats = {}
    for child in children:
        key = (chosen.get(child, NO_DIET), stated.get(child, NO_ALLERGEN))
        if key not in known:
            diet, allergens = key
            known[key] = (diet.menu, allergens_of_child(allergens, diet.without, diets))
        eats[child] = known[key]
    return eats


def meal_needs_by_day(
    read: Database, vault: Vault, first: date, last: date, kitchen: Kitchen
) -> dict[date, Needed]:
    """Return what each day with meals needs, from a day to another."""
    days = meals_of_days(read, vault, first, last, kitchen)
    adults = adult_meals_by_day(read, first, last)
    every = sorted({*days, *adults})
    return {day: count_meal_needs(days.get(day, {}), adults.get(day, {})) for day in every}


def meal_needs_of_day(read: Database, vault: Vault, day: date, kitchen: Kitchen) -> Needed:
    """Return what one day needs."""
    return meal_needs_by_day(read, vault, day, day, kitchen).get(day, NOTHING)


def count_meal_needs(meals: Mapping[Meal, int], adults: Adults) -> Needed:
    """Count meals by site and menu, and by site and allergen; adults as they were typed."""
    menus: Counter[tuple[str, str]] = Counter()
    allergens: Counter[tuple[str, str]] = Counter()
    for meal, count in meals.items():
        menus[meal.site, meal.menu] += count
        for code in meal.allergens:
            allergens[meal.site, code] += count
    return Needed(menus, allergens, adults)
