"""Households to which no letter of access is written."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.dossier.models import LettersStopped
from shared.contracts.dossier.front_desk import LetterStop

IN_FORCE = LettersStopped.resumed_at.is_(None)


def select_stopped_homes() -> Select[str]:
    """Return the query of the households to which no letter is written."""
    return select(LettersStopped.household_id).where(IN_FORCE)


def count_stopped_homes(session: Session) -> int:
    """Return how many households no letter is written to."""
    return session.execute(
        select(func.count()).select_from(LettersStopped).where(IN_FORCE)
    ).scalar_one()


def letter_stops_of_household(session: Session, household_id: str) -> list[LetterStop]:
    """Return every time that a household was written to no more, the latest first."""
    rows = session.scalars(
        select(LettersStopped)
        .where(LettersStopped.household_id == household_id)
        .order_by(LettersStopped.since.desc())
    )
    return [
        {
            "since": row.since,
            "stopped_by": row.stopped_by,
            "why": row.why,
            "resumed_at": row.resumed_at,
            "resumed_by": row.resumed_by,
        }
        for row in rows
    ]
