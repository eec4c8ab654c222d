"""
Separates a household: of the guardians of one home, some get another home from now on.

Who stays keeps the household with its bills, bookings and addresses. Who leaves starts from the
same addresses, so that no month is priced as of nowhere, and with the children that the agent says.
One piece for who is protected (rule R9) and for who just leaves.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from services.dossier.households.commands.addresses import copy_addresses, keep_address
from services.dossier.households.commands.next_changes_and_ended_accesses import end_granted_access
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.models import (
    CarerAccess,
    ChildHousehold,
    ChildWeeks,
    Guardianship,
    Household,
    HouseholdGuardian,
)
from services.dossier.paper_files.commands import take_papers_to_new_home
from shared.contracts.dossier.families.safeguarding import IN_BOTH, WITH_WHO_STAYS
from shared.contracts.dossier.families.trusted_person_accesses import ENDED
from shared.contracts.dossier.guardians import Address
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


@dataclass(frozen=True)
class Leaving:
    """
    Departure from a household; `lives` says by child where it lives, in both homes if nothing.

    From `holds_from` on the weeks of a child that goes along are those of the new home.
    """

    household_id: str
    guardians: Collection[str]
    lives: Mapping[str, str]
    address: Address | None = None
    holds_from: date | None = None


def separate_household(write: Write, leaving: Leaving, *, by: str, when: Instant) -> str:
    """
    Give who leaves a household of its own; return its id. Its children are locked.

    Raises BadRequest for a child that does not live there.
    """
    children = children_living_in(write, leaving.household_id)
    following = [child for child in children if leaving.lives.get(child, IN_BOTH) != WITH_WHO_STAYS]
    if leaving.lives.keys() - set(children):
        raise BadRequest(errors={"children": ["where they live"]})
    household_id = new_id()
    home = Household(
        id=household_id,
        reference=f"desk/{household_id}",
        created_at=when.moment,
        separated_from=leaving.household_id,
    )
    write.add(home)
    write.flush()
    _take_guardians_along(write, leaving, household_id)
    for child_id in following:
        whole = leaving.lives.get(child_id, IN_BOTH) != IN_BOTH
        _take_child_along(write, leaving, household_id, child_id, whole=whole)
    _take_accesses_along(write, leaving, household_id, following, by=by, when=when)
    _copy_addresses(write, leaving, household_id, by=by, when=when)
    take_papers_to_new_home(write, leaving.guardians, leaving.household_id, household_id)
    return household_id


def _take_guardians_along(write: Write, leaving: Leaving, household_id: str) -> None:
    write.execute(
        update(HouseholdGuardian)
        .where(
            HouseholdGuardian.household_id == leaving.household_id,
            HouseholdGuardian.guardian_id.in_(leaving.guardians),
        )
        .values(household_id=household_id)
    )
    write.execute(
        update(Guardianship)
        .where(
            Guardianship.carer_in == leaving.household_id,
            Guardianship.guardian_id.in_(leaving.guardians),
        )
        .values(carer_in=household_id)
    )


def _take_child_along(
    write: Write, leaving: Leaving, household_id: str, child_id: str, *, whole: bool
) -> None:
    """Let a child live in the new home too, or (`whole`) there instead, with its weeks."""
    if not whole:
        write.add(ChildHousehold(child_id=child_id, household_id=household_id))
        return
    write.execute(
        update(ChildHousehold)
        .where(
            ChildHousehold.child_id == child_id,
            ChildHousehold.household_id == leaving.household_id,
        )
        .values(household_id=household_id)
    )
    weeks = write.get(ChildWeeks, child_id, populate_existing=True)
    if weeks is not None:
        for column in ("even_household", "odd_household", "school_days", "holidays"):
            if getattr(weeks, column) == leaving.household_id:
                setattr(weeks, column, household_id)
        weeks.valid_from = leaving.holds_from or weeks.valid_from


def _take_accesses_along(
    write: Write,
    leaving: Leaving,
    household_id: str,
    following: Collection[str],
    *,
    by: str,
    when: Instant,
) -> None:
    """
    Let what who leaves had granted open the new home's days, never those of who stays.

    Of a child that does not go along there is nothing of theirs left to see.
    """
    granted = select(CarerAccess).where(
        CarerAccess.home == leaving.household_id,
        CarerAccess.granted_by.in_(leaving.guardians),
        CarerAccess.state != ENDED,
    )
    for access in write.scalars(granted).all():
        if access.child_id in following:
            access.home = household_id
        else:
            end_granted_access(access, by=by, when=when)
    write.flush()


def _copy_addresses(
    write: Write, leaving: Leaving, household_id: str, *, by: str, when: Instant
) -> None:
    copy_addresses(write, leaving.household_id, household_id, by=by)
    if leaving.address:
        keep_address(write, household_id, leaving.address, by=by, when=when)
