"""Households on hold: no bill, reminder or notice is sent while an agent holds a child's record."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing.models import HouseholdOnHold
from shared.database.chunks import ordered_chunks


def select_households_on_hold() -> Select[str]:
    """Return the statement of the households that are on hold."""
    return select(HouseholdOnHold.household_id)


def households_on_hold_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households that are on hold."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select_households_on_hold().where(HouseholdOnHold.household_id.in_(chunk))
        )
    }
