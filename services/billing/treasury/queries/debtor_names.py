"""Names of debtors as régisseurs wrote them for the accountant."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import DebtorName
from shared.database.chunks import ordered_chunks


def names_by_debtor(
    session: Session, regie: str, household_ids: Collection[str]
) -> Mapping[tuple[str, str], tuple[str, str, str]]:
    """Return by household and name on the bill: civility, first and last name."""
    columns = (DebtorName.civility, DebtorName.first_name, DebtorName.last_name)
    return {
        (household_id, name): (civility, first_name, last_name)
        for chunk in ordered_chunks(household_ids)
        for household_id, name, civility, first_name, last_name in session.execute(
            select(DebtorName.household_id, DebtorName.name, *columns).where(
                DebtorName.regie == regie, DebtorName.household_id.in_(chunk)
            )
        )
    }
