"""
Protected households (rule R9): no régie is shown where one lives, nor finds one without a bill.

The dossier says which households are protected (`household_changed`). The family itself is shown
everything: its own bills carry its own address.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select
from sqlalchemy.orm import Session, aliased

from services.billing.models import Household
from shared.database.chunks import ordered_chunks


def is_protected(session: Session, household_id: str) -> bool:
    """Say whether a household is protected now."""
    return bool(protected_households_among(session, [household_id]))


def protected_households_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households that are protected now."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select(Household.id).where(Household.id.in_(chunk), Household.protected.is_(True))
        )
    }


def protected_household_condition(household_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """
    Return the condition of a household that is protected now, also of one in a query of households.

    Under a name of its own: else such a query would be asked whether any home is protected.
    """
    home = aliased(Household)
    return exists().where(home.id == household_id, home.protected.is_(True))
