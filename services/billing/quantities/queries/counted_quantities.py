"""
Counted quantities of households' months, with the payer's part: as pricing reads them, in bulk.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import Counted, QuantitySheet, StoredPlace, ToBill
from services.billing.payers.queries.payer_shares import (
    divided_children,
    payer_divisions_of_children,
)
from services.billing.payers.rules.payers_of_child_on_day import Divisions
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
"""The number of times that a month was marked, by household and month."""

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
    places += _places_in_other_homes(session, regie, due)
    children = {row[2] for row in rows} | {row[2] for row in places}
    children |= set(divided_children(session, provider, due.keys()))
    divisions = payer_divisions_of_children(session, provider, children)
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
        since = divisions.divided_since(child_id, day)
        for payer in divisions.parts_on_day(child_id, day, household_id):
            if month in months.get(payer, ()):
                share = divisions.share_on_day(child_id, day, household_id, payer)
                part = Quantity(*(child_id, activity, day, *rest, *share, since))
                months[payer][month][0].append(part)


def _add_places(months: Months, rows: Sequence[object], divisions: Divisions) -> None:
    """
    Add to each month the places of a year before and after it, with the payer's part of each.

    A term is due in the month in which it begins, for the places that run later in it too; and of
    a child once, so that those in its other homes are there, of which the payer owes nothing.
    """
    for household_id, own_places in _places_by_payer(months.keys(), rows, divisions).items():
        for month, (_, places) in months[household_id].items():
            first, last = first_of(month) - A_YEAR, last_of(month) + A_YEAR
            places += [
                place
                for place in own_places
                if place.valid_from <= last and (place.valid_to is None or place.valid_to >= first)
            ]


def _places_by_payer(
    household_ids: Set[str], rows: Sequence[Any], divisions: Divisions
) -> Mapping[str, Sequence[Place]]:
    """Return for each household the places of children of whom it owes, or owed, something."""
    payers: dict[str, set[str]] = defaultdict(set)
    for owner, _, child_id, *_ in rows:
        payers[child_id] |= {owner, *divisions.payers_of_child(child_id)} & household_ids
    of_payer: dict[str, list[Place]] = defaultdict(list)
    for owner, place_id, child_id, *rest in rows:
        for payer in payers[child_id]:
            shares = divisions.shares_of_payer(child_id, owner, payer)
            of_payer[payer].append(Place(*(place_id, child_id, *rest, shares)))
    return of_payer


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


def _places_in_other_homes(session: Session, regie: str, due: Due) -> list[Any]:
    """Return the places in other homes of children who have, or had, a place in one of these."""
    own = StoredPlace.__table__.alias("own").c
    query = (
        select(*_STORED)
        .join(
            own.place_id.table,
            (own.provider == _PLACE.provider)
            & (own.child_id == _PLACE.child_id)
            & (own.household_id != _PLACE.household_id),
        )
        .where(_PLACE.regie == regie, _PLACE.cancelled.is_(False))
        .where(own.regie == regie, own.cancelled.is_(False))
    )
    elsewhere: dict[Any, None] = {
        row: None
        for chunk in ordered_chunks(due.keys())
        for row in session.connection().execute(query.where(own.household_id.in_(chunk)))
        if row[0] not in due
    }
    return list(elsewhere)


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


def count_published_group_days(session: Session, provider: str, month: str) -> int:
    """Return the number of groups' days in a month that a provider has published."""
    days = QuantitySheet.day.between(first_of(month), last_of(month))
    sessions = select(QuantitySheet.session_id).where(QuantitySheet.provider == provider, days)
    return session.scalar(select(func.count()).select_from(sessions.distinct().subquery())) or 0
