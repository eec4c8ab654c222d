"""
Households that asked for no more letters of access, or whose letter came back.

Their guardians leave the list of letters to write and are invited at the desk, as before. A letter
that came back may have been in any hands: identity ends its code.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.front_desk.queries.dossiers import findable_household_condition
from services.dossier.models import Household, HouseholdGuardian, LettersStopped
from services.dossier.registrations.imports.queries.homes_without_access_letters import IN_FORCE
from shared.contracts.dossier.families.imports import RETURNED, LetterReturned, letter_returned
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.declarations import IDENTITY


def stop_letters(write: Write, household_id: str, why: str, *, by: str, when: Instant) -> None:
    """Write no more letter to a household; raises NotFound; safe to repeat."""
    _lock_household(write, household_id)
    if why == RETURNED:
        _void_codes(write, household_id, when)
    if _active_stop(write, household_id) is None:
        write.add(
            LettersStopped(household_id=household_id, since=when.moment, stopped_by=by, why=why)
        )
        write.flush()


def resume_letters(write: Write, household_id: str, *, by: str, when: Instant) -> None:
    """Take a household back into the list; raises NotFound; safe to repeat."""
    _lock_household(write, household_id)
    row = _active_stop(write, household_id)
    if row is not None:
        row.resumed_at, row.resumed_by = when.moment, by
        write.flush()


def _active_stop(session: Session, household_id: str) -> LettersStopped | None:
    mine = LettersStopped.household_id == household_id
    return session.scalar(select(LettersStopped).where(mine, IN_FORCE))


def _void_codes(write: Write, household_id: str, when: Instant) -> None:
    lives = select(HouseholdGuardian.guardian_id).where(
        HouseholdGuardian.household_id == household_id
    )
    for guardian_id in write.scalars(lives.order_by(HouseholdGuardian.guardian_id)):
        write.publish(letter_returned, LetterReturned(guardian_id, when.moment), to=IDENTITY)


def _lock_household(write: Write, household_id: str) -> None:
    """Hold a household that a desk may find: two agents who say it at once say it once."""
    known = select(Household.id).where(Household.id == household_id, findable_household_condition())
    if write.scalar(known.with_for_update()) is None:
        raise NotFound(household_id=household_id)
