"""Meals of adults, staff and guests, as they are typed for a site's day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import AdultMeals
from shared.contracts.enrolment.kitchen.meal_orders import GUESTS, STAFF

Adults = Mapping[tuple[str, str], int]
"""Meals by site and kind."""


def adult_meals_by_day(read: Session, first: date, last: date) -> Mapping[date, Adults]:
    """Return by day the meals of adults, by site and kind; a count of none is left out."""
    found: dict[date, dict[tuple[str, str], int]] = defaultdict(dict)
    query = select(AdultMeals.day, AdultMeals.site, AdultMeals.staff, AdultMeals.guests)
    for day, site, staff, guests in read.execute(query.where(AdultMeals.day.between(first, last))):
        counted = {(site, STAFF): staff, (site, GUESTS): guests}
        found[day] |= {place: count for place, count in counted.items() if count}
    return found
