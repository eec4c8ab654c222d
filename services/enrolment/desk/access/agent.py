"""Who is behind a request at this provider's desk, and what that person may see right now."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from services.enrolment.children.rules.visibility import Sight, sight_of
from shared.web.agents.current_agent import (
    Agent,
    administers,
    ask,
    bus,
    current,
    here,
    may,
    name,
    signed_in,
    where,
)
from shared.web.base.app import shell_here

__all__ = [
    "Agent",
    "administers",
    "ask",
    "bus",
    "current",
    "here",
    "may",
    "name",
    "sees_children",
    "sight_here",
    "signed_in",
]

P = ParamSpec("P")
R = TypeVar("R")


def sees_children(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who holds a role that sees children; for others it does not exist."""
    return where(lambda sight: sight.any_child, view)


def administers_or_may(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for the administrator and for who holds a role with one of these acts."""
    return lambda view: where(
        lambda sight: sight.administers or not sight.permissions.isdisjoint(permissions), view
    )


def sight_here(held: frozenset[str]) -> Sight:
    """Return what somebody who holds these rights sees and may do at this provider."""
    register = shell_here().register
    principal = shell_here().principal
    provider = register.provider_of(principal)
    roles = provider.roles if provider else ()
    return sight_of(held, roles, register.projections(principal))
