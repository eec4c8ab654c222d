"""
Orders of meals that a provider sends to its caterer, and what the caterer says to them.

They hold numbers by site, menu and allergen, and of adults: no child, no household, no id. A
caterer is entitled to no section, and nothing else of the town reaches it.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.message import Event
from shared.contracts.sections.care.allergens import ALLERGENS, OTHER
from shared.contracts.values import (
    EMPTY,
    Day,
    Moment,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

ORDER, CHANGE = "order", "change"
KINDS = (
    ORDER,  # sent by its hour: it holds
    CHANGE,  # proposed after that hour: it holds once the caterer has accepted it
)
RECEIVED, ACCEPTED, REFUSED = "received", "accepted", "refused"
ANSWERS = (RECEIVED, ACCEPTED, REFUSED)
FITTING = {ORDER: (RECEIVED,), CHANGE: (ACCEPTED, REFUSED)}
"""Answers that fit an order, and a change of one."""
STAFF, GUESTS = "staff", "guests"
ADULTS = (STAFF, GUESTS)
MOST_LINES, MOST_REASON = 2_000, 200

Site = Annotated[str, text(120)]
Meals = Annotated[int, validate.Range(0, 100_000)]


class SiteMeals(TypedDict):
    """Meals of one menu at one site; `menu` is a code of diets, "" where none was chosen."""

    site: Site
    menu: Annotated[str, maybe_text(20)]
    meals: Meals


class SiteAllergen(TypedDict):
    """Meals at one site, of those above, that are to be without an allergen."""

    site: Site
    allergen: Annotated[str, one_of((*ALLERGENS, OTHER))]
    meals: Meals


class SiteAdults(TypedDict):
    """Meals of adults at one site, beside those of children."""

    site: Site
    kind: Annotated[str, one_of(ADULTS)]
    meals: Meals


@dataclass(frozen=True, kw_only=True)
class MealsOrdered:
    day: Day
    version: Version
    kind: Annotated[str, one_of(KINDS)]
    meals: Annotated[list[SiteMeals], list_length(0, MOST_LINES)]
    allergens: Annotated[list[SiteAllergen], list_length(0, MOST_LINES)]
    adults: Annotated[list[SiteAdults], list_length(0, MOST_LINES)]
    sent_at: Moment


meals_ordered = Event(OWNER, "meals_ordered", MealsOrdered, addressed=True)
"""A day's meals, whole, for the sender's caterer; a version that was sent is never changed."""


@dataclass(frozen=True, kw_only=True)
class OrderAnswered:
    """Answer of the caterer to one version of a day's order."""

    day: Day
    version: Version
    answer: Annotated[str, one_of(ANSWERS)]
    reason: Annotated[str, maybe_text(MOST_REASON), EMPTY] = ""
    answered_at: Moment


order_answered = Event(OWNER, "order_answered", OrderAnswered, addressed=True)
"""An answer of a caterer, for the provider whose order it is; each version is answered once."""
