"""What an agent may do at the front desk: the permissions of the roles held, and giving them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.register import FrontDesk
from shared.register.entitlement import FINDS_DOSSIERS
from shared.web.agents.roles import ADMINISTRATOR


@dataclass(frozen=True)
class Sight:
    """`permissions` are those of shared.register.entitlement.FRONT_DESK_PERMISSIONS."""

    permissions: frozenset[str] = field(default_factory=frozenset)
    administers: bool = False

    @property
    def finds(self) -> bool:
        """Say whether the search is there."""
        return not self.permissions.isdisjoint(FINDS_DOSSIERS)


def sight_of(desk: FrontDesk | None, held: Iterable[str]) -> Sight:
    """Return what somebody who holds these rights may do here today."""
    codes = set(held)
    roles = desk.roles if desk else ()
    permissions = {
        permission for role in roles if role.code in codes for permission in role.permissions
    }
    return Sight(frozenset(permissions), ADMINISTRATOR in codes)
