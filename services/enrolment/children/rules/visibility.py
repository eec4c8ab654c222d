"""
Visibility of a child's sections by role, and the sections that a role marks as seen.

Pure: the register has the sections of each role; identity has the roles of a person on a day. A
provider is one principal on the broker: between its roles, this is the wall. A role may hold at
some places only: of all children a person sees what its roles of the whole provider see.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.enrolment.children.rules.place_codes_of_rights import is_at_whole_provider
from shared.contracts.sections import READ_AT_DESKS
from shared.register import Role
from shared.register.entitlement import CHANGES_DAYS, CONVERSATIONS, OWN_SCHOOL

ADMINISTRATOR = "administrator"
"""The right to manage the rights of agents; by itself it shows no child."""

SERVICE_PREPARATION = "service_preparation"
"""The purpose of an ordinary reading at a desk, as families see it (rule R13)."""

PLACES_FOR = ("roll_call", "applications", "day", CHANGES_DAYS)
"""Permissions for which one needs to know where a child has a place."""

ORDER = tuple(projection.code for projection in READ_AT_DESKS)
"""Order of sections on the page: the most dangerous to overlook first."""

Rights = Mapping[str, frozenset[str]]
"""The roles that a person holds on a day, each with the places at which it holds."""


@dataclass(frozen=True)
class Visibility:
    """
    Sections that a person may see of every child of the provider today, and mark as seen.

    It is of roles held at the whole provider; `anywhere` and `where` add roles held at places, of
    whose children alone it then is (children/queries/reach_of_right.py).

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
    rights: Rights = field(default_factory=dict, repr=False)
    roles: Collection[Role] = field(default=(), repr=False)
    entitled: Collection[str] = field(default=(), repr=False)

    @property
    def any_child(self) -> bool:
        return bool(self.sees)

    @property
    def sight_anywhere(self) -> "Visibility":
        """Return the sight of the person at one place or another: for no child in particular."""
        return self.sight_where(lambda _places: True)

    def sight_where(self, holds: Callable[[frozenset[str]], bool]) -> "Visibility":
        """Return what is seen where rights hold by their places, the whole provider's besides."""
        held = {
            role
            for role, places in self.rights.items()
            if is_at_whole_provider(places) or holds(places)
        }
        return _visibility_in_roles(held, self.rights, self.roles, self.entitled)

    def places_with_permissions(self, *permissions: str) -> frozenset[str]:
        """Return at which places the person holds a role with one of these permissions."""
        return self._places_of_chosen_roles(
            lambda role: not set(permissions).isdisjoint(role.permissions)
        )

    def places_seeing(self, projection: str = "") -> frozenset[str]:
        """Return at which places the person sees a projection, or any at all."""
        seen = self.entitled if not projection else {projection}.intersection(self.entitled)
        return self._places_of_chosen_roles(
            lambda role: (
                OWN_SCHOOL not in role.permissions and not set(seen).isdisjoint(role.projections)
            )
        )

    def places_marking(self, projection: str) -> frozenset[str]:
        """Return at which places the person marks a projection as seen."""
        seen = {projection}.intersection(self.entitled)
        return self._places_of_chosen_roles(lambda role: not seen.isdisjoint(role.marks_seen))

    def roles_seeing(self, projection: str) -> list[tuple[str, frozenset[str]]]:
        """Return the roles in which the person sees a projection, each with its places."""
        return [
            (role.code, self.rights[role.code])
            for role in self.roles
            if role.code in self.rights and OWN_SCHOOL not in role.permissions
            if projection in self.entitled and projection in role.projections
        ]

    def _places_of_chosen_roles(self, chosen: Callable[[Role], bool]) -> frozenset[str]:
        held = (self.rights.get(role.code, frozenset()) for role in self.roles if chosen(role))
        return frozenset().union(*held)


def visibility_of(rights: Rights, roles: Collection[Role], entitled: Collection[str]) -> Visibility:
    """
    Return the visibility of a person with these rights: the union over roles of the whole provider.

    `rights` are the roles held today, each with its places. `entitled` is what the provider itself
    may receive: what it lost is not shown from the replica.
    """
    whole = {role for role, places in rights.items() if is_at_whole_provider(places)}
    return _visibility_in_roles(whole, rights, roles, entitled)


def _visibility_in_roles(
    held: Collection[str],
    rights: Rights,
    roles: Collection[Role],
    entitled: Collection[str],
) -> Visibility:
    sees: dict[str, str] = {}
    marks: dict[str, str] = {}
    at_own: dict[str, str] = {}
    for role in roles:
        if role.code in held and OWN_SCHOOL in role.permissions:
            _add_projections(at_own, role.projections, role.code, entitled)
        elif role.code in held:
            _add_projections(sees, role.projections, role.code, entitled)
            _add_projections(marks, role.marks_seen, role.code, entitled)
    permissions = {
        permission for role in roles if role.code in held for permission in role.permissions
    }
    answering = (
        role.code for role in roles if role.code in held and CONVERSATIONS in role.permissions
    )
    return Visibility(
        sees,
        marks,
        at_own,
        frozenset(permissions),
        ADMINISTRATOR in held,
        next(answering, ""),
        _roles_of_permissions(held, roles),
        rights,
        roles,
        entitled,
    )


def projections_in_page_order(projections: Iterable[str]) -> list[str]:
    """Return projections in the order of the page."""
    return sorted(projections, key=ORDER.index)


def _roles_of_permissions(held: Collection[str], roles: Collection[Role]) -> dict[str, str]:
    acts_as: dict[str, str] = {}
    for role in roles:
        if role.code in held:
            for permission in role.permissions:
                acts_as.setdefault(permission, role.code)
    return acts_as


def _add_projections(
    into: dict[str, str], projections: Iterable[str], role: str, entitled: Collection[str]
) -> None:
    for projection in projections:
        if projection in entitled:
            into.setdefault(projection, role)
