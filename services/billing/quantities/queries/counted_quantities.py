"""
Counted quantities of households' months, with the payer's part: as pricing reads them, in bulk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import Counted, QuantitySheet, StoredPlace, ToBill
from services.billing.payers.queries.payer_shares import divided_children, divisions_of
from services.billing.payers.rules.payer_shares import Divisions, day_of_division
from services.billing.pricing.rules.inputs_and_lines import Place, Quantity
from shared.database.chunks import ordered_chunks
from shared.dates.months import first_of, last_of

_COUNTED, _PLACE, _DUE = (table.__table__.c for table in (Counted, StoredPlace, ToBill))
_QUANTITY = (
    _COUNTED.household_id,
    _COUNTED.month,
    _COUNTED.child_id,
    _COUNTED.activity,
    _COUNTED.day,
    _COUNTED.outcome,
    _COUNTED.quantity,
    _COUNTED.minutes,
    _COUNTED.planned_minutes,
    _COUNTED.variant,
)
_STORED = (
    _PLACE.household_id,
    _PLACE.place_id,
    _PLACE.child_id,
    _PLACE.activity,
    _PLACE.valid_from,
    _PLACE.valid_to,
)

A_YEAR = timedelta(days=366)
"""Units that are due once in a year: they depend on all places that run in it."""

Due = Mapping[str, Mapping[str, int]]
"""By household and month, how often it was marked."""

Months = Mapping[str, Mapping[str, tuple[list[Quantity], list[Place]]]]


def due_months_by_household(
    session: Session, regie: str, household_ids: Collection[str], until_month: str
) -> Due:
    """Return by household the months to be priced, up to one; every household is a key."""
    due: dict[str, dict[str, int]] = {household_id: {} for household_id in household_ids}
    query = select(_DUE.household_id, _DUE.month, _DUE.touched).where(
        _DUE.regie == regie, _DUE.month <= until_month
    )
    for chunk in ordered_chunks(household_ids):
        for household_id, month, mark in session.connection().execute(
            query.where(_DUE.household_id.in_(chunk)).order_by(_DUE.month)
        ):
            due[household_id][month] = mark
    return due


def counted_by_month(session: Session, provider: str, regie: str, due: Due) -> Months:
    """Return by household and month, for each month that is due, quantities and places."""
    rows = _counted_of_households(session, regie, due)
    places = _places_of_households(session, regie, due)
    children = {row[2] for row in rows} | {row[2] for row in places}
    children |= set(divided_children(session, provider, due.keys()))
    divisions = divisions_of(session, provider, children)
    if divisions.divided_children:
        divided = divisions.divided_children
        rows = [row for row in rows if row[2] not in divided]
        rows += _counted_of_children(session, provider, regie, divided, due)
        places = [row for row in places if row[2] not in divided]
        places += _places_of_children(session, provider, regie, divided)
    months: Months = {
        household_id: {month: ([], []) for month in months} for household_id, months in due.items()
    }
    _add_quantities(months, rows, divisions)
    _add_places(months, places, divisions)
    return months


def _add_quantities(months: Months, rows: Iterable[Any], divisions: Divisions) -> None:
    divided = divisions.divided_children
    for household_id, month, child_id, activity, day, *rest in rows:
        if child_id not in divided:
            if month in months[household_id]:
                months[household_id][month][0].append(Quantity(child_id, activity, day, *rest))
            continue
        for payer, share_bp in divisions.parts_on_day(child_id, day, household_id).items():
            if month in months.get(payer, ()):
                part = Quantity(*(child_id, activity, day, *rest, share_bp))
                months[payer][month][0].append(part)


def _add_places(months: Months, rows: Sequence[object], divisions: Divisions) -> None:
    """
    Add to each month the places of a year before and after it, with the part as in that month.

    A term is due in the month in which it begins, for the places that run later in it too.
    """
    of_household = _rows_by_payer(rows, divisions)
    for household_id, own_months in of_household.items():
        for month, (_, places) in months.get(household_id, {}).items():
            first, last = first_of(month), last_of(month)
            for owner, *place in own_months:
                _, child_id, _, begins, ends = place
                if begins > last + A_YEAR or (ends is not None and ends < first - A_YEAR):
                    continue
                day = day_of_division(first, begins, ends)
                share_bp = divisions.parts_on_day(child_id, day, owner).get(household_id)
                if share_bp:
                    places.append(Place(*(*place, share_bp)))


def _rows_by_payer(rows: Sequence[Any], divisions: Divisions) -> Mapping[str, Sequence[Any]]:
    groups: dict[str, list[object]] = defaultdict(list)
    for row in rows:
        for household_id in {row[0], *divisions.payers_of_child(row[2])}:
            groups[household_id].append(row)
    return groups


def _counted_of_households(session: Session, regie: str, due: Due) -> list[Any]:
    query = select(*_QUANTITY).where(_COUNTED.regie == regie, _COUNTED.quantity > 0)
    return [
        row
        for month, household_ids in households_by_month(due).items()
        for chunk in ordered_chunks(household_ids)
        for row in session.connection()
        .execute(query.where(_COUNTED.month == month, _COUNTED.household_id.in_(chunk)))
        .all()
    ]


def households_by_month(due: Due) -> Mapping[str, Sequence[str]]:
    """
    Return the households by the month that is due.

    So that a statement names both, and an index serves it whatever the database knows of how much
    there is: a join with what is due had PostgreSQL read all quantities for each chunk.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for household_id, months in due.items():
        for month in months:
            groups[month].append(household_id)
    return groups


def _counted_of_children(
    session: Session, provider: str, regie: str, child_ids: Collection[str], due: Due
) -> list[object]:
    months = sorted({month for months in due.values() for month in months})
    query = select(*_QUANTITY).where(
        _COUNTED.provider == provider,
        _COUNTED.regie == regie,
        _COUNTED.month.in_(months),
        _COUNTED.quantity > 0,
    )
    return [
        row
        for chunk in ordered_chunks(child_ids)
        for row in session.connection().execute(query.where(_COUNTED.child_id.in_(chunk))).all()
    ]


def _places_of_households(session: Session, regie: str, due: Due) -> list[Any]:
    query = select(*_STORED).where(_PLACE.regie == regie, _PLACE.cancelled.is_(False))
    return [
        row
        for chunk in ordered_chunks(due.keys())
        for row in session.connection().execute(query.where(_PLACE.household_id.in_(chunk))).all()
    ]


def _places_of_children(
    session: Session, provider: str, regie: str, child_ids: Collection[str]
) -> list[object]:
    query = select(*_STORED).where(
        _PLACE.provider == provider, _PLACE.regie == regie, _PLACE.cancelled.is_(False)
    )
    return [
        row
        for chunk in ordered_chunks(child_ids)
        for row in session.connection().execute(query.where(_PLACE.child_id.in_(chunk))).all()
    ]


def count_sheets(session: Session, provider: str, month: str) -> int:
    """Return the number of groups' days in a month that a provider has published."""
    days = QuantitySheet.day.between(first_of(month), last_of(month))
    sessions = select(QuantitySheet.session_id).where(QuantitySheet.provider == provider, days)
    return session.scalar(select(func.count()).select_from(sessions.distinct().subquery())) or 0
