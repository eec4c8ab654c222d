"""
Protection of a household, entered and lifted at the desk (rule R9).

`households/queries/protection.py` says what it hides from the other households of a child.
"""

from collections.abc import Collection

from sqlalchemy import select

from services.dossier.households.commands.next_changes_and_ended_accesses import end_granted_access
from services.dossier.households.commands.separation import Leaving, separate_household
from services.dossier.households.queries.protection import protection_in_force
from services.dossier.households.rules.commune_code_of_typed_address import (
    address_with_commune_code,
)
from services.dossier.models import (
    CarerAccess,
    ChildHousehold,
    Guardianship,
    Household,
    HouseholdGuardian,
    ProtectedHousehold,
)
from shared.contracts.dossier.families.safeguarding import (
    WITH_WHO_STAYS,
    ProtectHouseholdRequest,
    SharedHome,
)
from shared.contracts.dossier.families.trusted_person_accesses import ENDED
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.instant import Instant
from shared.register import Register


def protect_household(
    write: Write,
    register: Register,
    request: ProtectHouseholdRequest,
    *,
    by: str,
    when: Instant,
) -> str:
    """
    Protect a household, or those who are named of it, in a home of their own; return which.

    It is locked. Safe to repeat. Raises NotFound, BadRequest, and SharedHome where
    several guardians live there and nobody is named: one would be shown what is to be hidden from
    that very person.
    """
    household_id = request.household_id
    if write.get(Household, household_id) is None:
        raise NotFound(household_id=household_id)
    living, named = _guardians_in_home(write, household_id, when), set(request.guardians)
    if len(living) > 1 and not named:
        raise SharedHome(household_id=household_id)
    if named - living:
        raise BadRequest(errors={"guardians": ["who lives there"]})
    if named and named != living:
        household_id = separate_household(
            write, _who_leaves_for_protected_home(write, register, request, when), by=by, when=when
        )
    if protection_in_force(write, household_id) is None:
        write.add(
            ProtectedHousehold(
                household_id=household_id,
                since=when.moment,
                recorded_by=by,
                paper=request.paper,
                paper_date=request.paper_date,
            )
        )
        _end_accesses_to_days(write, household_id, by=by, when=when)
        write.flush()
    return household_id


def lift_protection(write: Write, household_id: str, *, by: str, when: Instant) -> None:
    """End the protection of a household that is locked. Raises NotFound where there is none."""
    row = protection_in_force(write, household_id)
    if row is None:
        raise NotFound(household_id=household_id)
    row.lifted_at, row.lifted_by = when.moment, by
    write.flush()


def _who_leaves_for_protected_home(
    write: Write, register: Register, request: ProtectHouseholdRequest, when: Instant
) -> Leaving:
    """
    Return who leaves; raises BadRequest where no child would live in the protected home.

    Then nothing of it could be hidden.
    """
    lives = {child["child_id"]: child["lives"] for child in request.children}
    children = _children_in_home(write, request.household_id)
    stay = [child for child in children if lives.get(child) == WITH_WHO_STAYS]
    if children and len(stay) == len(children):
        raise BadRequest(errors={"children": ["where they live"]})
    typed = request.address
    address = address_with_commune_code(register, typed, when.day) if typed else None
    return Leaving(request.household_id, request.guardians, lives, address)


def _end_accesses_to_days(write: Write, household_id: str, *, by: str, when: Instant) -> None:
    """
    End every access to the days of a home that is protected now.

    Whoever was let in before may be of the side from which it is hidden; the parent grants anew.
    """
    granted = select(CarerAccess).where(
        CarerAccess.home == household_id, CarerAccess.state != ENDED
    )
    for access in write.scalars(granted).all():
        end_granted_access(access, by=by, when=when)


def _guardians_in_home(write: Write, household_id: str, when: Instant) -> set[str]:
    """
    Return who lives in a household and answers for a child of it, today or later.

    Where nobody does, all who live there: as its addresses are shown
    (households/commands/households_for_billing.py).
    """
    mine = HouseholdGuardian.household_id == household_id
    living = set(write.scalars(select(HouseholdGuardian.guardian_id).where(mine)))
    answering = select(Guardianship.guardian_id).where(
        Guardianship.guardian_id.in_(living),
        Guardianship.child_id.in_(
            select(ChildHousehold.child_id).where(ChildHousehold.household_id == household_id)
        ),
        Guardianship.authority.is_(True),
        not_ended_before_condition(Guardianship.valid_to, when.day),
    )
    return set(write.scalars(answering)) or living


def _children_in_home(write: Write, household_id: str) -> Collection[str]:
    lives = select(ChildHousehold.child_id).where(ChildHousehold.household_id == household_id)
    return write.scalars(lives).all()
