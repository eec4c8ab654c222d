"""Households of adults who do not live with the child for whom they answer, or whom they have."""

from sqlalchemy import exists, select

from services.dossier.models import CarerAccess, Guardian, Household, HouseholdGuardian
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def lock_adult(write: Write, guardian_id: str) -> None:
    """
    Lock a stored adult until the commit: who looks for a home of theirs finds the one just made.

    SQLite has one writer, and needs no lock.
    """
    if not write.is_only_writer:
        row = select(Guardian.id).where(Guardian.id == guardian_id)
        write.execute(row.with_for_update(key_share=True))


def make_own_home(write: Write, guardian_id: str, when: Instant) -> str:
    """Give a stored adult a household of their own, without address and child; return its id."""
    household_id = new_id()
    write.add(Household(id=household_id, reference=f"desk/{household_id}", created_at=when.moment))
    write.flush()
    write.add(HouseholdGuardian(household_id=household_id, guardian_id=guardian_id))
    write.flush()
    return household_id


def ensure_own_home(write: Write, guardian_id: str, when: Instant) -> set[str]:
    """
    Give an adult who lives in no household one of their own; return the one that was made.

    Without one a child could never live with them, and nobody at the desk would find them. By the
    household of a granted access days arrive alone: nobody lives there.
    """
    lock_adult(write, guardian_id)
    lives = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id == guardian_id,
        ~exists().where(CarerAccess.holder_home == HouseholdGuardian.household_id),
    )
    if write.scalar(lives.limit(1)) is not None:
        return set()
    return {make_own_home(write, guardian_id, when)}
