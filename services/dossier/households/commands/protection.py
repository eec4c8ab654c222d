"""
Protection of a household, entered and lifted at the desk (rule R9).

`households/queries/protection.py` says what it hides from the other households of a child.
"""

from collections.abc import Collection

from sqlalchemy import or_, select

from services.dossier.households.queries.protection import standing_protection
from services.dossier.models import (
    ChildHousehold,
    Guardianship,
    Household,
    HouseholdGuardian,
    ProtectedHousehold,
)
from shared.contracts.dossier.safeguarding import ProtectHouseholdRequest, SharedHome
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant


def protect_household(
    write: Write, request: ProtectHouseholdRequest, *, by: str, when: Instant
) -> Collection[str]:
    """
    Protect a household; return its children. Safe to repeat.

    Raises NotFound, and SharedHome for two guardians: one of them would be shown what is to be
    hidden from that very person.
    """
    household_id = request.household_id
    if write.get(Household, household_id) is None:
        raise NotFound(household_id=household_id)
    if len(_guardians_in_home(write, household_id, when)) > 1:
        raise SharedHome(household_id=household_id)
    if standing_protection(write, household_id) is None:
        write.add(
            ProtectedHousehold(
                household_id=household_id,
                since=when.moment,
                recorded_by=by,
                paper=request.paper,
                paper_date=request.paper_date,
            )
        )
        write.flush()
    return _children_in_home(write, household_id)


def lift_protection(write: Write, household_id: str, *, by: str, when: Instant) -> Collection[str]:
    """End a protection; return the household's children. Raises NotFound where there is none."""
    row = standing_protection(write, household_id)
    if row is None:
        raise NotFound(household_id=household_id)
    row.lifted_at, row.lifted_by = when.moment, by
    write.flush()
    return _children_in_home(write, household_id)


def _guardians_in_home(write: Write, household_id: str, when: Instant) -> set[str]:
    """
    Return who lives in a household and answers for a child of it, today or later.

    Where nobody does, all who live there: as its addresses are shown
    (households/commands/billing_household.py).
    """
    mine = HouseholdGuardian.household_id == household_id
    living = set(write.scalars(select(HouseholdGuardian.guardian_id).where(mine)))
    answering = select(Guardianship.guardian_id).where(
        Guardianship.guardian_id.in_(living),
        Guardianship.child_id.in_(
            select(ChildHousehold.child_id).where(ChildHousehold.household_id == household_id)
        ),
        Guardianship.authority.is_(True),
        or_(Guardianship.valid_to.is_(None), Guardianship.valid_to >= when.day),
    )
    return set(write.scalars(answering)) or living


def _children_in_home(write: Write, household_id: str) -> Collection[str]:
    lives = select(ChildHousehold.child_id).where(ChildHousehold.household_id == household_id)
    return write.scalars(lives).all()
