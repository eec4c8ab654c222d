"""
Guards of views that keep to the places of a right, and the reach of the agent of this request.

A view lets in who holds its right at one place at least; what its address names is within that
reach, or does not exist. Its lists are narrowed by `reach_of_page_permission`, what it
shows of a child by `sight_of_child`. Rights are looked up at every request: one that is narrowed
is so at the next.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, g, request
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import Reach, make_reach_of_places
from services.enrolment.children.rules.place_codes_of_rights import is_at_whole_provider
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent
from services.enrolment.desk.access.page_url_within_reach import are_address_names_within_reach
from services.enrolment.store import store
from shared.dates.clock import today
from shared.register.entitlement import CHANGES_DAYS

P = ParamSpec("P")
R = TypeVar("R")

Places = frozenset[str]


def requires_permission(*permissions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run for who holds a role with one of these permissions, where it holds."""
    return lambda view: _guard_by_places(
        view, lambda sight: sight.places_with_permissions(*permissions)
    )


def requires_sight_of_children(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who holds a role that sees children, where it holds."""
    return _guard_by_places(view, Visibility.places_seeing)


def reach_of_page_permission(read: Database) -> Reach:
    """Return the reach of the right that opened this page."""
    return _reach_looked_up_once(read, g.desk_places)


def reach_of_permissions(read: Database, *permissions: str) -> Reach:
    """Return the reach of the agent's roles with one of these permissions."""
    return _reach_looked_up_once(
        read, agent.require_agent().sight.places_with_permissions(*permissions)
    )


def reach_seeing(read: Database, projection: str = "") -> Reach:
    """Return the reach of the agent's roles that see a projection, or any at all."""
    return _reach_looked_up_once(read, agent.require_agent().sight.places_seeing(projection))


def reach_planning(read: Database) -> Reach:
    """Return where the agent changes the days of children whom it sees."""
    return reach_of_permissions(read, CHANGES_DAYS).within_both_reaches(reach_seeing(read))


def children_by_role(
    read: Database, projection: str, child_ids: Collection[str]
) -> dict[str, set[str]]:
    """Return by role, of those in which the agent sees a projection, the children it reaches."""
    found: dict[str, set[str]] = {}
    left = set(child_ids)
    for role, places in agent.require_agent().sight.roles_seeing(projection):
        found[role] = _reach_looked_up_once(read, places).children_among(read, left)
        left -= found[role]
    return found


def sight_of_child(read: Database, child_id: str) -> Visibility:
    """Return what the agent sees of one child, in the roles that reach it."""
    sight = agent.require_agent().sight
    return sight.sight_where(
        lambda places: _reach_looked_up_once(read, places).has_child(read, child_id)
    )


def sight_at_group(read: Database, sight: Visibility, group_id: str) -> Visibility:
    """Return what a person sees of the children of a group, in the roles that reach it."""
    return sight.sight_where(lambda places: _reach_looked_up_once(read, places).has_group(group_id))


def _reach_looked_up_once(read: Database, places: Places) -> Reach:
    """Return the reach of a right with these places, looked up once for a page."""
    known: dict[Places, Reach] = g.setdefault("desk_reaches", {})
    if places not in known:
        known[places] = make_reach_of_places(read, places, today())
    return known[places]


def _guard_by_places(
    view: Callable[P, R], places_of: Callable[[Visibility], Places]
) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        places = places_of(agent.require_agent().sight)
        if not places:
            abort(404)
        named = request.view_args or {}
        if named and not is_at_whole_provider(places):
            with store.read() as read:
                if not are_address_names_within_reach(
                    read, _reach_looked_up_once(read, places), named
                ):
                    abort(404)
        g.desk_places = places
        return view(*args, **kwargs)

    return guarded
