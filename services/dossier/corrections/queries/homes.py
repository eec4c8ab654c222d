"""Names of guardians, and of the homes of a child by who lives there."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.billing_household import guardians_by_household
from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.models import Guardian


def names_of_homes(session: Session, child_id: str, day: date) -> dict[str, list[str]]:
    """Return by home of a child the names of who lives there and answers for a child of it."""
    homes = homes_of_child(session, child_id)
    living = guardians_by_household(session, homes, day)
    return {home: [each["name"] for each in living[home]] for home in homes}


def names_of_guardians(session: Session, guardian_ids: Collection[str]) -> dict[str, str]:
    """Return by id the names of these guardians who are still known."""
    rows = session.execute(
        select(Guardian.id, Guardian.name).where(Guardian.id.in_(sorted(guardian_ids)))
    )
    return {guardian_id: name for guardian_id, name in rows}
