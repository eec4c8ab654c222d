"""The agent behind a request at this provider's desk, with the current visibility."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from services.enrolment.children.rules.visibility import Visibility, visibility_of
from shared.web.agents.current_agent import (
    Agent,
    administers,
    agent_name,
    ask,
    bus,
    current,
    guard_view,
    may,
    require_agent,
    signed_in,
)
from shared.web.base.app import shell_here

__all__ = [
    "Agent",
    "administers",
    "agent_name",
    "ask",
    "bus",
    "current",
    "may",
    "require_agent",
    "sees_children",
    "signed_in",
    "visibility_here",
]

P = ParamSpec("P")
R = TypeVar("R")


def sees_children(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who holds a role that sees children; for others it does not exist."""
    return guard_view(lambda visibility: visibility.any_child, view)


def administers_or_may(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for the administrator and for roles with one of these permissions."""
    wide = frozenset(permissions)
    return lambda view: guard_view(
        lambda visibility: visibility.administers or bool(visibility.permissions & wide), view
    )


def visibility_here(held: frozenset[str]) -> Visibility:
    """Return the visibility and permissions that these rights give at this provider."""
    register = shell_here().register
    principal = shell_here().principal
    provider = register.provider_of(principal)
    roles = provider.roles if provider else ()
    return visibility_of(held, roles, register.projections(principal))
