"""
Access to the kitchen, of a provider that cooks, orders from a caterer, or is one.

An order is of all sites, and is made of diets and allergies: it is for roles of the whole provider
that see both.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from services.enrolment.bookings.queries.expected_counts import DIET
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access.agent import make_guarded_view
from services.enrolment.kitchen.queries.meal_needs import ALLERGIES
from services.enrolment.kitchen.rules.kitchens import Kitchen, kitchen_of
from shared.register import Provider
from shared.web.base.app import shell_here

P = ParamSpec("P")
R = TypeVar("R")

KEEPS_DAY = frozenset({"roll_call", "day"})


def requires_keeping_kitchen(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who keeps the kitchen of a provider with meals."""
    return make_guarded_view(is_kitchen_shown_to_agent, view)


def requires_answering_orders(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who answers for the day at a caterer."""
    return make_guarded_view(lambda sight: is_caterer() and "day" in sight.permissions, view)


def is_kitchen_shown_to_agent(sight: Visibility) -> bool:
    """Say whether an agent keeps the kitchen here."""
    sees = {DIET, ALLERGIES} <= set(sight.sees)
    return bool(kitchen_here().codes) and sees and bool(sight.permissions & KEEPS_DAY)


def kitchen_here() -> Kitchen:
    """Return the kitchen of this provider, as the register has its activities and the diets."""
    shell = shell_here()
    provider = shell.registered_provider()
    return kitchen_of(provider.activities if provider else (), shell.register.now.diets)


def is_caterer() -> bool:
    """Say whether this provider cooks for others, and has no child itself."""
    provider = shell_here().registered_provider()
    return provider is not None and provider.cooks is not None


def caterer_here() -> Provider | None:
    """Return who cooks for this provider on its orders, None where nobody does."""
    provider = shell_here().registered_provider()
    return shell_here().register.caterer_of(provider.code) if provider else None
