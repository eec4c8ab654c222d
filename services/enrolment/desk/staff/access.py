"""Access to the staff's hours: who answers for the day, where receptions may be declared."""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.staff.rules.children_per_adult import Terms, terms_of
from shared.register.entitlement import DECLARABLE
from shared.web.base.app import shell_here

P = ParamSpec("P")
R = TypeVar("R")

PERMISSION = "day"


def plans_staff(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who plans the staff, at one place at least."""
    return agent.guard_view(sees_staff, reach_of_agent.may(PERMISSION)(view))


def declares_activities(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who answers for the days of the whole provider."""
    return agent.guard_view(says_terms, view)


def sees_staff(sight: Visibility) -> bool:
    """Say whether the staff is there for who sees so much, at one place or another."""
    return bool(sight.places_to(PERMISSION)) and bool(declarable_codes())


def says_terms(sight: Visibility) -> bool:
    """Say whether somebody says how activities are declared."""
    return PERMISSION in sight.permissions and bool(declarable_codes())


def terms_here(stated: Mapping[str, Terms]) -> dict[str, Terms]:
    """Return how each activity is declared that may be, from what was stated of some."""
    return terms_of(_regimes(), stated)


def declarable_codes() -> list[str]:
    """Return the activities of this provider that may be declared, as the register has them."""
    return [code for code, regime in _regimes().items() if regime in DECLARABLE]


def _regimes() -> dict[str, str]:
    provider = shell_here().registered_provider()
    return {each.code: each.regime for each in (provider.activities if provider else ())}
