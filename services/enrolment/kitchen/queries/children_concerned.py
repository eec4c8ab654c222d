"""Children whose own allergens the menu of a day has, or may have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.kitchen.queries.meal_needs import eaters_of_day
from services.enrolment.kitchen.queries.menus import dishes_by_day_and_site, meal_to_begin_condition
from services.enrolment.kitchen.rules.dishes_as_typed import UNKNOWN, allergens_of_child_on_menu
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.models import Activity, Booking, ChildCard, Group, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.contracts.enrolment.kitchen.menus import Dish, dishes_for_menu
from shared.contracts.enrolment.places.states import BOOKED
from shared.database import Vault
from shared.text import collation_key


@dataclass(frozen=True)
class Concerned:
    """A child who eats at a site, what of its allergens the menu has, and in which dishes."""

    child_id: str
    last_name: str
    first_name: str
    site: str
    allergens: tuple[str, ...]
    dishes: tuple[str, ...]


def children_concerned(
    read: Database, vault: Vault, day: date, kitchen: Kitchen
) -> list[Concerned]:
    """Return the children whom the menu of a day concerns, by site and name."""
    menus = dishes_by_day_and_site(read, day, day)
    if not menus:
        return []
    found = []
    for child_id, meal in eaters_of_day(read, vault, day, kitchen):
        dishes = dishes_for_menu(menus.get((day, meal.site), ()), meal.menu)
        if met := allergens_of_child_on_menu(dishes, meal.allergens):
            held = tuple(dish["name"] for dish in dishes if may_dish_hold_allergen(dish, met))
            found.append((child_id, meal.site, tuple(sorted(met)), held))
    ids = {row[0] for row in found}
    query = select(ChildCard.child_id, ChildCard.last_name, ChildCard.first_name)
    names = {
        child_id: (last, first)
        for child_id, last, first in read.execute(query.where(ChildCard.child_id.in_(ids)))
    }
    rows = [
        Concerned(child_id, *names.get(child_id, ("", "")), site, met, held)
        for child_id, site, met, held in found
    ]
    return sorted(
        rows,
        key=lambda row: (
            *map(collation_key, (row.site, row.last_name, row.first_name)),
            row.child_id,
        ),
    )


def households_of_meals(
    read: Database, day: date, moment: datetime, child_ids: Collection[str], codes: Collection[str]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return by child and site the household of its next meal, and the activity's label."""
    query = (
        select(Booking.child_id, GROUP_SITE, Booking.household_id, Activity.label)
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day == day, Session.state == PLANNED, Activity.code.in_(codes))
        .where(Booking.state == BOOKED, Booking.child_id.in_(child_ids))
        .where(meal_to_begin_condition(day, moment))
        .order_by(Booking.child_id, Session.starts_at)
    )
    return {(child, site): (home, label) for child, site, home, label in read.execute(query)}


def may_dish_hold_allergen(dish: Dish, met: frozenset[str]) -> bool:
    """Say whether a dish has one of these allergens, or has some that nobody stated."""
    return not met.isdisjoint(dish["allergens"]) or (UNKNOWN in met and not dish["known"])
