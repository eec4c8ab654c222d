"""Weeks of children who live in two homes, and the day from which they hold."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import ChildWeeks
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier import weeks as contracts
from shared.database.chunks import chunks


def weeks_of(session: Session, child_ids: Collection[str]) -> dict[str, contracts.ChildWeeks]:
    """Return the weeks of the children both of whose homes are known; one home may be both."""
    return {row.child_id: _as_content(row) for row in _rows(session, child_ids)}


def first_days_of_weeks(session: Session, child_ids: Collection[str]) -> dict[str, date]:
    """Return by child the day from which its weeks hold, where one is known."""
    return {row.child_id: row.valid_from for row in _rows(session, child_ids) if row.valid_from}


def dated_weeks_of(session: Session, child_ids: Collection[str]) -> Mapping[str, Content]:
    """Return these weeks with the day from which they hold, as the projection `family` has them."""
    return {
        row.child_id: {
            **_as_content(row),
            "since": row.valid_from.isoformat() if row.valid_from else None,
        }
        for row in _rows(session, child_ids)
    }


def _rows(session: Session, child_ids: Collection[str]) -> list[ChildWeeks]:
    return [
        row
        for batch in chunks(child_ids)
        for row in session.scalars(
            select(ChildWeeks)
            .where(
                ChildWeeks.child_id.in_(batch),
                ChildWeeks.even_household.is_not(None),
                ChildWeeks.odd_household.is_not(None),
            )
            .execution_options(populate_existing=True)
        )
    ]


def _as_content(row: ChildWeeks) -> contracts.ChildWeeks:
    assert row.even_household is not None and row.odd_household is not None
    return {
        "even": row.even_household,
        "odd": row.odd_household,
        "changes_on": row.changes_on,
        "changes_at": row.changes_at,
        "school_days": row.school_days,
        "holidays": row.holidays,
        "summer": row.summer,
    }
