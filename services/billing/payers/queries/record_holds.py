"""Households on hold: no bill, reminder or notice is sent while an agent holds a child's record."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing.models import HouseholdOnHold, RecordHold
from shared.database.chunks import ordered_chunks


def select_households_on_hold() -> Select[str]:
    """Return the statement of the households that are on hold."""
    return select(HouseholdOnHold.household_id).where(HouseholdOnHold.ended_at.is_(None))


def children_of_lapsed_hold(session: Session, household_id: str) -> list[str]:
    """
    Return the children because of whom a household is on hold, where no agent holds any file of it.

    [] where one does, who speaks with the family, and of a household that is not on hold.
    """
    return _children_of_lapsed_holds(session, [household_id]).get(household_id, [])


def households_of_lapsed_hold_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households whose bills leave again once a régisseur decides so."""
    return set(_children_of_lapsed_holds(session, household_ids))


def households_of_lapsed_hold(session: Session) -> set[str]:
    """Return the households of which a régisseur has to decide."""
    on_hold = session.scalars(select_households_on_hold().distinct()).all()
    return households_of_lapsed_hold_among(session, set(on_hold))


def _children_of_lapsed_holds(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, list[str]]:
    held: dict[str, list[str]] = defaultdict(list)
    followed = set()
    for chunk in ordered_chunks(household_ids):
        holds = (
            select(HouseholdOnHold.household_id, RecordHold.child_id, RecordHold.lapsed)
            .join(HouseholdOnHold, HouseholdOnHold.child_id == RecordHold.child_id)
            .where(HouseholdOnHold.household_id.in_(chunk), HouseholdOnHold.ended_at.is_(None))
            .order_by(RecordHold.child_id)
        )
        for household_id, child_id, lapsed in session.execute(holds):
            held[household_id].append(child_id)
            if not lapsed:
                followed.add(household_id)
    return {home: children for home, children in held.items() if home not in followed}


def households_on_hold_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households that are on hold."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select_households_on_hold().where(HouseholdOnHold.household_id.in_(chunk))
        )
    }
