"""Adults of households who died, and the households in which another payer is left."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing.models import DeceasedPayer, HouseholdGuardian
from shared.contracts.billing.regie.payers import WhoDied
from shared.contracts.dossier import guardians
from shared.database.chunks import ordered_chunks


def names_of_deceased(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, list[guardians.DeceasedPayer]]:
    """Return by household who died, by name."""
    found: dict[str, list[guardians.DeceasedPayer]] = defaultdict(list)
    for chunk in ordered_chunks(household_ids):
        rows = select(DeceasedPayer).where(DeceasedPayer.household_id.in_(chunk))
        for row in session.scalars(rows.order_by(DeceasedPayer.name, DeceasedPayer.subject)):
            found[row.household_id].append(
                {"subject": row.subject, "name": row.name, "died_on": row.died_on}
            )
    return found


def households_with_living_payer(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households in which a guardian is left."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select(HouseholdGuardian.household_id).where(HouseholdGuardian.household_id.in_(chunk))
        )
    }


def select_households_without_payer() -> Select[str]:
    """Return the statement of the households whose only payers died."""
    return select(DeceasedPayer.household_id).where(
        DeceasedPayer.household_id.not_in(select(HouseholdGuardian.household_id))
    )


def who_died(session: Session, household_id: str) -> list[WhoDied]:
    """Return who of a household died and when, by name."""
    return [
        {"name": each["name"], "died_on": each["died_on"]}
        for each in names_of_deceased(session, [household_id])[household_id]
    ]


def households_without_payer_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households whose only payers died: nothing is sent to them."""
    deceased = {home for home, rows in names_of_deceased(session, household_ids).items() if rows}
    return deceased - households_with_living_payer(session, deceased)
