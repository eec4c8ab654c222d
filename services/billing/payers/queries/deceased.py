"""Adults of households who died, and the households in which another payer is left."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import DeceasedPayer, HouseholdGuardian
from shared.contracts.dossier import dossier
from shared.database.chunks import ordered_chunks


def deceased_of(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, list[dossier.DeceasedPayer]]:
    """Return by household who died, by name."""
    found: dict[str, list[dossier.DeceasedPayer]] = defaultdict(list)
    for chunk in ordered_chunks(household_ids):
        rows = select(DeceasedPayer).where(DeceasedPayer.household_id.in_(chunk))
        for row in session.scalars(rows.order_by(DeceasedPayer.name, DeceasedPayer.subject)):
            found[row.household_id].append(
                {"subject": row.subject, "name": row.name, "died_on": row.died_on}
            )
    return found


def households_with_payer(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households in which a guardian is left."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select(HouseholdGuardian.household_id).where(HouseholdGuardian.household_id.in_(chunk))
        )
    }


def without_payer_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households whose only payers died: nothing is sent to them."""
    deceased = {home for home, rows in deceased_of(session, household_ids).items() if rows}
    return deceased - households_with_payer(session, deceased)
