"""Access to the staff's hours: who answers for the day, where receptions may be declared."""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from services.enrolment.attendance.staff.rules.children_per_adult import (
    Terms,
    declaration_terms_by_code,
)
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent, reach_of_agent
from shared.register.entitlement import DECLARABLE
from shared.web.base.app import shell_here

P = ParamSpec("P")
R = TypeVar("R")

PERMISSION = "day"


def requires_planning_staff(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who plans the staff, at one place at least."""
    return agent.make_guarded_view(
        is_staff_shown_to_agent, reach_of_agent.requires_permission(PERMISSION)(view)
    )


def requires_declaring_activities(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who answers for the days of the whole provider."""
    return agent.make_guarded_view(is_any_activity_declarable, view)


def is_staff_shown_to_agent(sight: Visibility) -> bool:
    """Say whether the staff is there for who sees so much, at one place or another."""
    return bool(sight.places_with_permissions(PERMISSION)) and bool(
        codes_of_declarable_activities()
    )


def is_any_activity_declarable(sight: Visibility) -> bool:
    """Say whether somebody says how activities are declared."""
    return PERMISSION in sight.permissions and bool(codes_of_declarable_activities())


def declaration_terms_by_activity(stated: Mapping[str, Terms]) -> dict[str, Terms]:
    """Return how each activity is declared that may be, from what was stated of some."""
    return declaration_terms_by_code(_regimes_by_activity(), stated)


def codes_of_declarable_activities() -> list[str]:
    """Return the activities of this provider that may be declared, as the register has them."""
    return [code for code, regime in _regimes_by_activity().items() if regime in DECLARABLE]


def _regimes_by_activity() -> dict[str, str]:
    provider = shell_here().registered_provider()
    return {each.code: each.regime for each in (provider.activities if provider else ())}
