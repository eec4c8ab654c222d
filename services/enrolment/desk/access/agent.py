"""
The agent behind a request at this provider's desk, with the current visibility.

A view that is guarded here is for roles of the whole provider; views that keep to the places of a
right are guarded by desk/access/reach_of_agent.py.
"""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

from services.enrolment.children.rules.visibility import Visibility, visibility_of
from services.enrolment.jobs.unseen_health import projections_marked_by_roles
from shared.web.agents.current_agent import (
    Agent,
    agent_name,
    ask,
    bus,
    current,
    for_administrators,
    for_agents_who_may,
    for_signed_in_agents,
    make_guarded_view,
    require_agent,
)
from shared.web.base.app import shell_here

__all__ = [
    "Agent",
    "agent_name",
    "ask",
    "bus",
    "current",
    "for_administrators",
    "for_agents_who_may",
    "for_signed_in_agents",
    "projections_somebody_here_must_see",
    "require_agent",
    "visibility_here",
]

P = ParamSpec("P")
R = TypeVar("R")


def requires_administrator_or_role(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for the administrator and for roles with one of these permissions."""
    wide = frozenset(permissions)
    return lambda view: make_guarded_view(
        lambda visibility: visibility.administers or bool(visibility.permissions & wide),
        view,
    )


def visibility_here(held: Mapping[str, frozenset[str]]) -> Visibility:
    """Return the visibility and permissions that these rights, each with its places, give here."""
    register = shell_here().register
    principal = shell_here().principal
    provider = register.provider_of(principal)
    roles = provider.roles if provider else ()
    return visibility_of(held, roles, register.projections(principal))


def projections_somebody_here_must_see() -> set[str]:
    """Return the projections that somebody here is charged to see; of others nobody is awaited."""
    provider = shell_here().registered_provider()
    return projections_marked_by_roles(provider) if provider else set()
