"""A week of the kitchen as its page shows it: days with their states, and the order of one day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.enrolment.kitchen.queries.adult_meals import Adults, adult_meals_by_day
from services.enrolment.kitchen.queries.meal_needs import Meal, count_meal_needs, meals_of_days
from services.enrolment.kitchen.queries.menus import Menus, dishes_by_day_and_site
from services.enrolment.kitchen.queries.orders import order_deadlines, sent_orders_by_day
from services.enrolment.kitchen.rules.dishes_as_typed import allergens_of_child_on_menu
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.kitchen.rules.order_states import (
    NO_MEAL,
    Difference,
    Needed,
    allergen_differences_of_needs,
    are_same_needs,
    differences_of_needs,
    needs_of_version,
    state_of_order,
    unanswered_change,
    version_in_force,
)
from services.enrolment.models import MealOrder
from shared.contracts.enrolment.kitchen.menus import Dish, dishes_for_menu
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database import Vault
from shared.register import Provider
from shared.text import collation_key

DAYS = 5


@dataclass(frozen=True)
class Met:
    """An allergen of the menu that some children have: how many, and at which sites."""

    allergen: str
    sites: Mapping[str, int]

    @property
    def children(self) -> int:
        return sum(self.sites.values())


@dataclass(frozen=True)
class SiteMenu:
    """A menu that is served at these sites, and what of it some of their children have to avoid."""

    sites: Sequence[str]
    dishes: Sequence[Dish]
    met: Sequence[Met]

    @property
    def allergens_concerning_somebody(self) -> frozenset[str]:
        """Return the allergens that concern somebody."""
        return frozenset(each.allergen for each in self.met)


@dataclass(frozen=True)
class KitchenDay:
    """A day with what it needs, what was ordered of it, and what is served."""

    day: date
    needed: Needed
    sent: Sequence[MealOrder]
    state: str
    until: datetime | None
    menus: Sequence[SiteMenu]
    without_menu: Sequence[str]

    @property
    def ordered(self) -> Needed:
        return needs_of_version(version_in_force(self.sent))

    @property
    def needs_as_ordered_or_booked(self) -> Needed:
        """Return what will be cooked as far as is known: the order, or what is booked without."""
        return self.ordered if self.sent else self.needed

    @property
    def changed(self) -> Sequence[Difference]:
        return differences_of_needs(self.needed, self.ordered) if self.sent else ()

    @property
    def changed_allergen_meals(self) -> Sequence[tuple[str, str, int]]:
        """Return by site and allergen what changed of the meals to be without it."""
        return allergen_differences_of_needs(self.needed, self.ordered) if self.sent else ()

    @property
    def changed_meals_by_site_and_menu(self) -> Mapping[tuple[str, str | None], int]:
        return {(each.site, each.menu): each.meals for each in self.changed}

    @property
    def differs(self) -> bool:
        """Say whether what is needed is not what was ordered, allergens included."""
        return not are_same_needs(self.needed, self.ordered)

    @property
    def is_change_waiting(self) -> bool:
        """Say whether a change waits for the caterer."""
        return unanswered_change(self.sent) is not None

    @property
    def sites(self) -> list[str]:
        return sorted({*self.needed.sites, *self.ordered.sites}, key=collation_key)

    @property
    def main_dishes(self) -> str:
        """Return the main dishes of the day, each once."""
        names = [d["name"] for m in self.menus for d in m.dishes if d["course"] == "main"]
        return ", ".join(dict.fromkeys(names))


@dataclass(frozen=True)
class KitchenWeek:
    """The days of a week, and the menus by which its meals are counted."""

    monday: date
    days: Sequence[KitchenDay]
    diets: TownDiets

    @property
    def menus(self) -> list[str]:
        """Return the codes of the menus that somebody eats, as the diets have them."""
        used = frozenset(
            menu for day in self.days for _site, menu in (*day.needed.meals, *day.ordered.meals)
        )
        return self.diets.menus_in_order(used)

    @property
    def menus_no_longer_offered(self) -> list[str]:
        """Return the menus that somebody eats though the town no longer offers them."""
        return [code for code in self.menus if code and not self.diets.is_offered(code)]

    @property
    def has_adults(self) -> bool:
        return any(each.total_of_adults for day in self.days for each in (day.needed, day.ordered))

    def of_day(self, day: date) -> KitchenDay:
        return next(each for each in self.days if each.day == day)

    @property
    def total(self) -> int:
        return sum(day.needs_as_ordered_or_booked.total for day in self.days)

    def meals(self, day: KitchenDay, menu: str) -> int:
        return day.needs_as_ordered_or_booked.total_of_menu_code(menu)

    def total_of_menu(self, menu: str) -> int:
        return sum(self.meals(day, menu) for day in self.days)


def week_of_kitchen(
    read: Session,
    vault: Vault,
    day: date,
    kitchen: Kitchen,
    caterer: Provider | None,
    moment: datetime,
) -> KitchenWeek:
    """Return the week of a day, Monday to Friday, and the day itself where it is a weekend's."""
    monday = day - timedelta(days=day.weekday())
    last = max(monday + timedelta(days=DAYS - 1), day)
    meals = meals_of_days(read, vault, monday, last, kitchen)
    adults = adult_meals_by_day(read, monday, last)
    sent = sent_orders_by_day(read, monday, last)
    menus = dishes_by_day_and_site(read, monday, last)
    cutoff = caterer.cooks.order_before if caterer and caterer.cooks else ""
    every = [monday + timedelta(days=offset) for offset in range((last - monday).days + 1)]
    shown = [
        each for each in every if each.weekday() < DAYS or each == day or each in {*meals, *adults}
    ]
    until = order_deadlines(read, shown, cutoff) if cutoff else {}
    days = [
        _make_kitchen_day(
            each,
            meals.get(each, {}),
            adults.get(each, {}),
            sent.get(each, []),
            menus,
            until.get(each),
            moment,
        )
        for each in shown
    ]
    return KitchenWeek(monday, days, kitchen.diets)


def menus_of_day_with_their_sites(
    day: date, meals: Mapping[Meal, int], menus: Menus
) -> list[SiteMenu]:
    """Return the menus of a day, sites with the same dishes together."""
    served: dict[str, tuple[Sequence[Dish], list[str]]] = {}
    for (on, site), dishes in menus.items():
        if on == day:
            served.setdefault(repr(dishes), (dishes, []))[1].append(site)
    found = []
    for dishes, sites in served.values():
        met: dict[str, dict[str, int]] = {}
        for meal, count in meals.items():
            if meal.site in sites:
                served_here = dishes_for_menu(dishes, meal.menu)
                for allergen in allergens_of_child_on_menu(served_here, meal.allergens):
                    at = met.setdefault(allergen, {})
                    at[meal.site] = at.get(meal.site, 0) + count
        found.append(
            SiteMenu(
                sorted(sites, key=collation_key),
                dishes,
                [Met(allergen, met[allergen]) for allergen in sorted(met)],
            )
        )
    return found


def _make_kitchen_day(
    day: date,
    meals: Mapping[Meal, int],
    adults: Adults,
    sent: Sequence[MealOrder],
    menus: Menus,
    until: datetime | None,
    moment: datetime,
) -> KitchenDay:
    needed = count_meal_needs(meals, adults)
    state = (
        state_of_order(sent, needed, until, moment) if until else ("" if needed.total else NO_MEAL)
    )
    sites = {meal.site for meal in meals}
    return KitchenDay(
        day=day,
        needed=needed,
        sent=sent,
        state=state,
        until=until,
        menus=menus_of_day_with_their_sites(day, meals, menus),
        without_menu=sorted(sites - {site for on, site in menus if on == day}, key=collation_key),
    )
