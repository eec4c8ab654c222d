"""Permissions of an agent at the front desk, from the roles that it has."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.register import FrontDesk
from shared.register.entitlement import FINDS_DOSSIERS
from shared.web.agents.role_labels import ADMINISTRATOR


@dataclass(frozen=True)
class Visibility:
    """Permissions of an agent; `acts` are codes of shared.register.entitlement.FRONT_DESK_ACTS."""

    permissions: frozenset[str] = field(default_factory=frozenset)
    administers: bool = False


def may_search_dossiers(permissions: frozenset[str]) -> bool:
    """Say whether the search is there."""
    return not permissions.isdisjoint(FINDS_DOSSIERS)


def visibility_of(desk: FrontDesk | None, rights: Iterable[str]) -> Visibility:
    """Return what an agent with these rights may do today."""
    codes = set(rights)
    roles = desk.roles if desk else ()
    acts = {act for role in roles if role.code in codes for act in role.permissions}
    return Visibility(frozenset(acts), ADMINISTRATOR in codes)
