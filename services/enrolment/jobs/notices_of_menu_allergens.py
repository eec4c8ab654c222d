"""
Families whose child a menu concerns are notified on its eve, by 18 h: the menu is to be looked at.

The eve is the last working day before the meal, as for health that was not seen (rule R5). The
notice says neither which allergen nor which dish: both stand on the page of menus.
"""

from datetime import datetime

from services.enrolment.families.commands import notices
from services.enrolment.jobs.unseen_health import EVE
from services.enrolment.kitchen.queries.children_concerned import (
    children_concerned,
    households_of_meals,
)
from services.enrolment.kitchen.queries.menus import next_day_with_meals
from services.enrolment.kitchen.rules.kitchens import kitchen_of
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.rules.deadlines import deadline_for_day
from shared.contracts.sections.care.allergens import OTHER
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database import Store, Vault
from shared.dates.clock import PARIS
from shared.register import Provider

KIND = "menu_to_check"


def notify_households_of_menus(
    store: Store, vault: Vault, provider: Provider, diets: TownDiets, moment: datetime
) -> None:
    """
    Notify each household of the day once, from 18 h on the eve on.

    An allergy that is none of the fourteen is no news of a menu: the kitchen alone is alerted.
    """
    kitchen = kitchen_of(provider.activities, diets)
    if not kitchen.codes:
        return
    with store.read() as read:
        day = next_day_with_meals(read, kitchen.codes, moment.astimezone(PARIS).date())
        if moment < deadline_for_day(day, EVE, current_calendar(read)):
            return
        met = children_concerned(read, vault, day, kitchen)
        children = {row.child_id for row in met if set(row.allergens) != {OTHER}}
        homes = households_of_meals(read, day, children, kitchen.codes)
    if not homes:
        return
    with store.write() as write:
        for child_id, (household_id, activity) in homes.items():
            key = f"{KIND}-{child_id}-{day}"
            detail = {"activity": activity, "days": [day.isoformat()], "phone": provider.phone}
            notices.notify_households(write, [household_id], key, KIND, [child_id], detail, moment)
