"""
Visibility of a child's sections by role, and the sections that a role marks as seen.

Pure: the register has the sections of each role; identity has the roles of a person on a day. A
provider is one principal on the broker: between its roles, this is the wall.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts.sections import READ_AT_DESKS
from shared.register import Role
from shared.register.entitlement import CONVERSATIONS, OWN_SCHOOL

ADMINISTRATOR = "administrator"
"""The right to manage the rights of agents; by itself it shows no child."""

SERVICE_PREPARATION = "service_preparation"
"""The purpose of an ordinary reading at a desk, as families see it (rule R13)."""

ORDER = tuple(projection.code for projection in READ_AT_DESKS)
"""Order of sections on the page: the most dangerous to overlook first."""


@dataclass(frozen=True)
class Visibility:
    """
    Sections that a person may see of every child of the provider today, and mark as seen.

    `sees` and `marks` map a projection to the role in which it is done: the first of the person's,
    in the order of the register. `sees_at_own_schools` is what roles see that keep one school: of
    its pupils, on the pages of schools, and of no other child. `permissions` are of
    shared.register.entitlement.PERMISSIONS.
    """

    sees: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    sees_at_own_schools: Mapping[str, str] = field(default_factory=dict)
    permissions: frozenset[str] = frozenset()
    administers: bool = False
    answers_as: str = ""
    """The role in which the person answers families: all that they learn of who wrote."""
    acts_as: Mapping[str, str] = field(default_factory=dict)
    """The role in which the person has each permission: the first of its roles that gives it."""

    @property
    def any_child(self) -> bool:
        return bool(self.sees)


def visibility_of(
    rights: Collection[str], roles: Collection[Role], entitled: Collection[str]
) -> Visibility:
    """
    Return the visibility of a person with these rights: the union over the roles.

    `entitled` is what the provider itself may receive: what it lost is not shown from the replica.
    """
    sees: dict[str, str] = {}
    marks: dict[str, str] = {}
    at_own: dict[str, str] = {}
    for role in roles:
        if role.code in rights and OWN_SCHOOL in role.permissions:
            _add_projections(at_own, role.projections, role.code, entitled)
        elif role.code in rights:
            _add_projections(sees, role.projections, role.code, entitled)
            _add_projections(marks, role.marks_seen, role.code, entitled)
    permissions = {
        permission for role in roles if role.code in rights for permission in role.permissions
    }
    answering = (
        role.code for role in roles if role.code in rights and CONVERSATIONS in role.permissions
    )
    return Visibility(
        sees,
        marks,
        at_own,
        frozenset(permissions),
        ADMINISTRATOR in rights,
        next(answering, ""),
        _roles_of_permissions(rights, roles),
    )


def in_page_order(projections: Iterable[str]) -> list[str]:
    """Return projections in the order of the page."""
    return sorted(projections, key=ORDER.index)


def _roles_of_permissions(rights: Collection[str], roles: Collection[Role]) -> dict[str, str]:
    acts_as: dict[str, str] = {}
    for role in roles:
        if role.code in rights:
            for permission in role.permissions:
                acts_as.setdefault(permission, role.code)
    return acts_as


def _add_projections(
    into: dict[str, str], projections: Iterable[str], role: str, entitled: Collection[str]
) -> None:
    for projection in projections:
        if projection in entitled:
            into.setdefault(projection, role)
