"""Guardianships and granted accesses that begin or end."""

from collections.abc import Collection

from sqlalchemy import select

from services.dossier.models import CarerAccess, Guardianship
from shared.contracts.dossier.families.trusted_person_accesses import ENDED
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period


def note_next_guardianship_changes(write: Write, child_ids: Collection[str], when: Instant) -> None:
    """Note, of guardianships and accesses that began or ended, when to look at them again."""
    turned = select(Guardianship).where(
        Guardianship.turns_on <= when.day, Guardianship.child_id.in_(child_ids)
    )
    accesses = select(CarerAccess).where(
        CarerAccess.turns_on <= when.day, CarerAccess.child_id.in_(child_ids)
    )
    for row in (*write.scalars(turned), *write.scalars(accesses)):
        row.turns_on = next_change_of_period(row.valid_from, row.valid_to, when.day)
    write.flush()


def end_granted_access(access: CarerAccess, *, by: str, when: Instant) -> None:
    """End an access to a child's days at once."""
    access.state, access.ended_at, access.ended_by = ENDED, when.moment, by
    access.turns_on = None


def end_accesses_to_home(
    write: Write, household_id: str, granted_by: str, *, by: str, when: Instant
) -> None:
    """End what an adult had granted of the days of a home in which they live no longer."""
    granted = select(CarerAccess).where(
        CarerAccess.home == household_id,
        CarerAccess.granted_by == granted_by,
        CarerAccess.state != ENDED,
    )
    for access in write.scalars(granted).all():
        end_granted_access(access, by=by, when=when)
    write.flush()
