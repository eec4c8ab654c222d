"""Names of guardians, and of the homes of a child by who lives there."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import (
    authority_conditions,
    carer_conditions,
    homes_of_child,
)
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.households.queries.protection import protected_households_among
from services.dossier.models import Guardian, Guardianship, HouseholdGuardian


def names_of_homes(session: Session, child_id: str, day: date) -> dict[str, list[str]]:
    """Return by home of a child the names of who lives there and answers for a child of it."""
    homes = homes_of_child(session, child_id)
    living = guardians_by_household(session, homes, day)
    return {home: [each["name"] for each in living[home]] for home in homes}


def homes_answering_for_child(session: Session, child_id: str, day: date) -> set[str]:
    """Return the homes of who has authority over a child on that day, or is confided it."""
    lives = HouseholdGuardian.guardian_id == Guardianship.guardian_id
    mine = Guardianship.child_id == child_id
    of_guardians = (
        select(HouseholdGuardian.household_id)
        .join(Guardianship, lives)
        .where(mine, *authority_conditions(day))
    )
    of_carers = select(Guardianship.carer_in).where(mine, *carer_conditions(day))
    return {home for query in (of_guardians, of_carers) for home in session.scalars(query) if home}


def possible_homes_of_child(session: Session, child_id: str, day: date) -> dict[str, list[str]]:
    """
    Return by home in which a child lives, or could, the names of who lives there.

    It could live with who has authority over it; not in a protected home, which is named nowhere
    else (rule R9).
    """
    living = homes_of_child(session, child_id)
    answered = homes_answering_for_child(session, child_id, day)
    protected = protected_households_among(session, answered - set(living))
    rows = session.execute(
        select(HouseholdGuardian.household_id, Guardian.name)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .where(HouseholdGuardian.household_id.in_(answered - protected - set(living)))
        .order_by(Guardian.name, Guardian.id)
    )
    found = names_of_homes(session, child_id, day)
    for household_id, name in rows:
        found.setdefault(household_id, []).append(name)
    return found


def names_of_guardians(session: Session, guardian_ids: Collection[str]) -> dict[str, str]:
    """Return by id the names of these guardians who are still known."""
    rows = session.execute(
        select(Guardian.id, Guardian.name).where(Guardian.id.in_(sorted(guardian_ids)))
    )
    return {guardian_id: name for guardian_id, name in rows}
