"""Weeks of children who live in two homes, and the day from which they hold."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import ChildWeeks
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier import two_home_weeks as contracts
from shared.database.prebuilt_statements import among_parameter, rows_among

_WEEKS = select(*ChildWeeks.__table__.c).where(
    ChildWeeks.child_id.in_(among_parameter()),
    ChildWeeks.even_household.is_not(None),
    ChildWeeks.odd_household.is_not(None),
)


def weeks_by_child(session: Session, child_ids: Collection[str]) -> dict[str, contracts.ChildWeeks]:
    """Return the weeks of the children both of whose homes are known; one home may be both."""
    return {row.child_id: _weeks_as_content(row) for row in _rows_of_weeks(session, child_ids)}


def weeks_with_first_days(
    session: Session, child_ids: Collection[str]
) -> dict[str, tuple[contracts.ChildWeeks, date | None]]:
    """Return by child its weeks with the day from which they hold, where one is known."""
    return {
        row.child_id: (_weeks_as_content(row), row.valid_from)
        for row in _rows_of_weeks(session, child_ids)
    }


def dated_weeks_by_child(session: Session, child_ids: Collection[str]) -> Mapping[str, Content]:
    """Return by child its weeks and their first day, as the projection `family` has them."""
    return {
        row.child_id: {
            **_weeks_as_content(row),
            "since": row.valid_from.isoformat() if row.valid_from else None,
        }
        for row in _rows_of_weeks(session, child_ids)
    }


def _rows_of_weeks(session: Session, child_ids: Collection[str]) -> Iterator[Any]:
    return rows_among(session, _WEEKS, child_ids)


def _weeks_as_content(row: Any) -> contracts.ChildWeeks:
    return {
        "even": row.even_household,
        "odd": row.odd_household,
        "changes_on": row.changes_on,
        "changes_at": row.changes_at,
        "school_days": row.school_days,
        "holidays": row.holidays,
        "summer": row.summer,
    }
