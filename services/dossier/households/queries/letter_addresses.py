"""Letters on paper to a home: to whom none goes by itself, and the lines of an envelope."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Select, or_, select

from services.dossier.households.queries import protection, record_holds
from services.dossier.households.queries.guardianships import carer_conditions
from services.dossier.models import Child, ChildHousehold, Guardianship, HouseholdGuardian
from shared.contracts.dossier.guardians import Address


def select_guardians_without_auto_mail(day: date) -> Iterator[Select[str]]:
    """
    Yield the guardians to whom nothing is sent by itself.

    Whoever answers for, or lives with, a child of a protected home (rule R9) or one whose file is
    held; whoever lives in a protected home; whoever cares for a placed child.
    """
    apart = select(Child.id).where(
        or_(protection.out_of_search_condition(), record_holds.held_file_condition())
    )
    homes = select(ChildHousehold.household_id).where(ChildHousehold.child_id.in_(apart))
    yield select(Guardianship.guardian_id).where(Guardianship.child_id.in_(apart))
    yield select(Guardianship.guardian_id).where(*carer_conditions(day))
    yield select(HouseholdGuardian.guardian_id).where(
        or_(
            HouseholdGuardian.household_id.in_(homes),
            HouseholdGuardian.household_id.in_(protection.select_protected_homes()),
        )
    )


def envelope_lines(addresses: Iterable[Address], day: date) -> list[str]:
    """Return where a household lives that day, as an envelope has it; the latest comes first."""
    holds = next(address for address in addresses if address["valid_from"] <= day)
    return [holds["street"], f"{holds['postcode']} {holds['commune']}"]
