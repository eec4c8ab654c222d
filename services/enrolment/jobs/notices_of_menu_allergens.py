"""
Families whose child a menu concerns are notified on its eve, by 18 h: the menu is to be looked at.
A menu that is written later, in the morning too, is told at once.

The eve is the last working day before the meal, as for health that was not seen (rule R5). The
notice says neither which allergen nor which dish: both stand on the page of menus.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from services.enrolment.families.commands import notices
from services.enrolment.jobs.unseen_health import EVE
from services.enrolment.kitchen.queries.children_concerned import (
    children_concerned,
    households_of_meals,
)
from services.enrolment.kitchen.queries.menus import days_of_next_meals, menus_of_day_by_site
from services.enrolment.kitchen.rules.kitchens import Kitchen, kitchen_of
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.rules.deadlines import deadline_for_day
from shared.contracts.sections.care.allergens import OTHER
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database import Store, Vault
from shared.json_values import digest_of_content
from shared.register import Provider

KIND = "menu_to_check"


def notify_households_of_menus(
    store: Store, vault: Vault, provider: Provider, diets: TownDiets, moment: datetime
) -> None:
    """
    Notify each household of the day, from 18 h on the eve until its child's meal begins.

    Once, and again of a menu that has changed since: who looked at the former one would trust it.
    """
    kitchen = kitchen_of(provider.activities, diets)
    if not kitchen.codes:
        return
    with store.read() as read:
        calendar = current_calendar(read)
        due = [
            notice
            for day in days_of_next_meals(read, kitchen.codes, moment)
            if moment >= deadline_for_day(day, EVE, calendar)
            for notice in _notices_of_day(read, vault, day, moment, kitchen)
        ]
    if not due:
        return
    with store.write() as write:
        for notice in due:
            detail = {"activity": notice.activity, "days": [notice.day.isoformat()]}
            notices.notify_households(
                write,
                [notice.household_id],
                notice.key,
                KIND,
                [notice.child_id],
                detail | {"phone": provider.phone},
                moment,
            )


@dataclass(frozen=True)
class _MenuNotice:
    """
    A household is told that the menu of a child's meal is to be looked at, as it is written.

    `menu` is which one, and how often its dishes changed: not the dishes, for one that becomes what
    it was has been looked at as another in between.
    """

    household_id: str
    child_id: str
    activity: str
    day: date
    menu: tuple[str, int]

    @property
    def key(self) -> str:
        return f"{KIND}-{self.child_id}-{self.day}-{digest_of_content(self.menu)[:12]}"


def _notices_of_day(
    read: Session, vault: Vault, day: date, moment: datetime, kitchen: Kitchen
) -> Iterator[_MenuNotice]:
    """Yield the notices of a day: an allergy that is none of the fourteen is no news of a menu."""
    concerned = children_concerned(read, vault, day, kitchen)
    met = {(row.child_id, row.site) for row in concerned if set(row.allergens) != {OTHER}}
    menus = menus_of_day_by_site(read, day)
    homes = households_of_meals(read, day, moment, {child for child, _ in met}, kitchen.codes)
    for child_id, site in sorted(met & homes.keys()):
        household_id, activity = homes[child_id, site]
        menu = menus[site].id, menus[site].changes
        yield _MenuNotice(household_id, child_id, activity, day, menu)
