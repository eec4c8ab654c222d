"""
Matrix of recipients and rights from the register: a section, a right, the roles. Pure.

The same rows decide what leaves: the page cannot say anything else than the machines do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.sections import PROJECTIONS
from shared.register import Office, Provider, Snapshot
from shared.register.row_types_of_register import Entitlement

ALWAYS, BY_ACTIVITY, ON_REQUEST, ON_OCCASION = "always", "by_activity", "on_request", "on_occasion"


@dataclass(frozen=True)
class Received:
    """One projection that a provider receives: when, for what, and the roles that read it."""

    projection: str
    label: str
    when: str
    activities: tuple[str, ...]
    purpose: str
    legal_basis: str
    readers: tuple[str, ...]


@dataclass(frozen=True)
class RoleRights:
    """A role with the labels of what it reads, and the codes of what it may do."""

    label: str
    reads: tuple[str, ...]
    may: tuple[str, ...]


@dataclass(frozen=True)
class OfficeRights:
    """An office with what it receives, what it never receives, and its roles."""

    office: Office
    received: tuple[Received, ...]
    withheld: tuple[str, ...]
    roles: tuple[RoleRights, ...]


def rights_of_town(register: Snapshot) -> list[OfficeRights]:
    """Return each provider of the town, then the front desk, which receives no projection."""
    rows = [_rights_of_provider(provider, register.entitlements) for provider in register.providers]
    desk = register.front_desk
    return [*rows, *([OfficeRights(desk, (), (), _rights_of_roles(desk))] if desk else [])]


def _rights_of_provider(provider: Provider, rows: Sequence[Entitlement]) -> OfficeRights:
    mine = {row.projection: row for row in rows if row.provider == provider.code}
    received = tuple(
        _projection_received(provider, mine[code]) for code in PROJECTIONS if code in mine
    )
    withheld = tuple(_label_of_projection(code) for code in PROJECTIONS if code not in mine)
    return OfficeRights(provider, received, withheld, _rights_of_roles(provider))


def _projection_received(provider: Provider, row: Entitlement) -> Received:
    offered = {activity.code: activity.label for activity in provider.activities}
    return Received(
        row.projection,
        _label_of_projection(row.projection),
        _when_received(row),
        tuple(offered.get(code, code) for code in row.activities),
        row.purpose,
        row.legal_basis,
        tuple(role.label for role in provider.roles if row.projection in role.projections),
    )


def _when_received(row: Entitlement) -> str:
    if row.on_request:
        return ON_REQUEST
    if row.on_occasion:
        return ON_OCCASION
    return BY_ACTIVITY if row.activities else ALWAYS


def _rights_of_roles(office: Office) -> tuple[RoleRights, ...]:
    return tuple(
        RoleRights(
            role.label,
            tuple(_label_of_projection(code) for code in PROJECTIONS if code in role.projections),
            role.permissions,
        )
        for role in office.roles
    )


def _label_of_projection(projection: str) -> str:
    stated = PROJECTIONS[projection]
    return stated.desk_label or stated.label
