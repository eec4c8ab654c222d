"""Guardians who left a household that was separated: nothing puts them back there by itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import ChildHousehold, ChildWeeks, Household, HouseholdGuardian


def guardian_has_left(session: Session, household_id: str, guardian_id: str) -> bool:
    """Say whether a guardian lives in a household that was separated from this one."""
    return _is_living_in_separated_home(
        session, household_id, HouseholdGuardian, guardian_id=guardian_id
    )


def child_has_left(session: Session, household_id: str, child_id: str) -> bool:
    """
    Say whether a child lives here no more: since a separation, or since a desk said where it lives.
    """
    if session.get(ChildHousehold, (child_id, household_id)) is not None:
        return False
    weeks = session.get(ChildWeeks, child_id)
    if weeks is not None and weeks.valid_from is not None:
        return household_id not in (weeks.even_household, weeks.odd_household)
    return _is_living_in_separated_home(session, household_id, ChildHousehold, child_id=child_id)


def _is_living_in_separated_home(
    session: Session,
    household_id: str,
    table: type[ChildHousehold] | type[HouseholdGuardian],
    **who: str,
) -> bool:
    apart = (
        select(Household.id)
        .join(table, table.household_id == Household.id)
        .where(Household.separated_from == household_id)
        .filter_by(**who)
    )
    return session.scalar(apart.limit(1)) is not None
