"""Menus of a canteen, which anyone may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.message import Event
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.contracts.sections.section import N_
from shared.contracts.values import Day, Id, Version, list_length, one_of, text

OWNER = "enrolment"

COURSES = {
    "starter": N_("Entrée"),
    "main": N_("Plat principal"),
    "side": N_("Garniture"),
    "dairy": N_("Produit laitier"),
    "dessert": N_("Dessert"),
    "bread": N_("Pain"),
    "other": N_("Autre"),
}
"""Courses of a meal, in the order in which they are served."""
MOST_DISHES, MOST_DISH, MOST_MENUS = 24, 160, 12


class Dish(TypedDict):
    """
    A dish; whether its allergens are known: not to know them alerts as their presence does.

    `menus` are the diets for which it is cooked, in place of its course's dishes for everybody;
    none where it is one of these.
    """

    course: Annotated[str, one_of(tuple(COURSES))]
    name: Annotated[str, text(MOST_DISH)]
    known: bool
    allergens: Annotated[list[Annotated[str, one_of(tuple(ALLERGENS))]], list_length(0, 14)]
    menus: Annotated[list[Annotated[str, text(20)]], list_length(0, MOST_MENUS)]


@dataclass(frozen=True)
class MenuPublished:
    """Dishes of one day at one site, without dishes where the menu was taken back."""

    menu_id: Id
    site: Annotated[str, text(120)]
    day: Day
    version: Version
    dishes: Annotated[list[Dish], list_length(0, MOST_DISHES)]


menu_published = Event(OWNER, "menu_published", MenuPublished)
"""The menu of a day at a site, whole, when it changed."""


def dishes_for_menu(dishes: Sequence[Dish], menu: str) -> list[Dish]:
    """
    Return the dishes that a child of a menu gets: of each course those cooked for its menu.

    Where a course has none for it, it gets those for everybody; where there are none of these
    either, all of the course, as nobody said which.
    """
    served: list[Dish] = []
    for course in COURSES:
        here = [dish for dish in dishes if dish["course"] == course]
        own = [dish for dish in here if menu in dish["menus"]]
        for_all = [dish for dish in here if not dish["menus"]]
        served += own or for_all or here
    return served
