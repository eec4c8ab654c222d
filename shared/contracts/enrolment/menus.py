"""Menus of a canteen, as families and anybody may read them."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.message import Event
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.contracts.sections.section import N_
from shared.contracts.values import Day, Id, Version, items, one_of, text

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
MOST_DISHES, MOST_DISH = 16, 160


class Dish(TypedDict):
    """A dish; whether its allergens are known: not to know them alerts as their presence does."""

    course: Annotated[str, one_of(tuple(COURSES))]
    name: Annotated[str, text(MOST_DISH)]
    known: bool
    allergens: Annotated[list[Annotated[str, one_of(tuple(ALLERGENS))]], items(0, 14)]


@dataclass(frozen=True)
class MenuPublished:
    """Dishes of one day at one site, without dishes where the menu was taken back."""

    menu_id: Id
    site: Annotated[str, text(120)]
    day: Day
    version: Version
    dishes: Annotated[list[Dish], items(0, MOST_DISHES)]


menu_published = Event(OWNER, "menu_published", MenuPublished)
"""The menu of a day at a site, whole, when it changed."""
