"""Months in which a household owes something, or was billed: as far as a change goes back."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import Counted, InvoiceLine, StoredPlace
from services.billing.payers.queries.payer_shares import (
    divided_children,
    payer_divisions_of_children,
)
from services.billing.store import store
from shared.database.chunks import ordered_chunks
from shared.dates.months import month_of, months_between
from shared.register import Provider

Concerned = set[tuple[str, str, str]]
"""Régie, household, month."""


def affected_months_of(
    session: Session, household_ids: Collection[str], until: str, since: str = ""
) -> Concerned:
    """
    Return the months in which these households have something counted, a stored place or a bill.

    At every régie of the town; places count up to the month `until`, which is the present one.
    """
    regies = [regie.code for provider in _providers_with_regie() for regie in provider.regies]
    months = set(_months_of_own_rows(session, regies, household_ids, until))
    for provider in _providers_with_regie():
        months |= set(_months_of_divided_children(session, provider.code, household_ids, until))
    return {month for month in months if month[2] >= since}


def _providers_with_regie() -> Iterable[Provider]:
    return [candidate for candidate in store.register.now.providers if candidate.regies]


def _months_of_own_rows(
    session: Session, regies: Collection[str], household_ids: Collection[str], until: str
) -> Iterator[tuple[str, str, str]]:
    for chunk in ordered_chunks(household_ids):
        for table in (Counted, InvoiceLine):
            columns = (table.regie, table.household_id, table.month)
            rows = select(*columns).where(table.regie.in_(regies), table.household_id.in_(chunk))
            yield from (
                (regie, home, month) for regie, home, month in session.execute(rows.distinct())
            )
        places = select(StoredPlace).where(
            StoredPlace.regie.in_(regies),
            StoredPlace.household_id.in_(chunk),
            StoredPlace.cancelled.is_(False),
        )
        for place in session.scalars(places):
            for month in months_in_which_place_runs(place, until):
                yield place.regie, place.household_id, month


def _months_of_divided_children(
    session: Session, provider: str, household_ids: Collection[str], until: str
) -> Iterator[tuple[str, str, str]]:
    """Yield the months of children of whose lines the households pay a part on a day of them."""
    children = divided_children(session, provider, household_ids)
    divisions = payer_divisions_of_children(session, provider, children)
    for regie, month, child_id, owner, begins, ends in _days_of_children(
        session, provider, children, until
    ):
        for payer in divisions.payers_in_month(child_id, owner, begins, ends, month):
            if payer in household_ids:
                yield regie, payer, month


def _days_of_children(
    session: Session, provider: str, child_ids: Collection[str], until: str
) -> Iterator[tuple[str, str, str, str, date, date | None]]:
    """Yield régie, month, child, home, first and last day of what is counted and of places."""
    home, day = Counted.household_id, Counted.day
    columns = (Counted.regie, Counted.month, Counted.child_id, home, day, day)
    for chunk in ordered_chunks(child_ids):
        yield from session.execute(
            select(*columns).where(Counted.provider == provider, Counted.child_id.in_(chunk))
        )
        places = select(StoredPlace).where(
            StoredPlace.provider == provider,
            StoredPlace.child_id.in_(chunk),
            StoredPlace.cancelled.is_(False),
        )
        for place in session.scalars(places):
            for month in months_in_which_place_runs(place, until):
                days = place.valid_from, place.valid_to
                yield place.regie, month, place.child_id, place.household_id, *days


def months_in_which_place_runs(place: StoredPlace, until: str, since: str = "") -> Iterator[str]:
    """Give the months in which a place runs, from `since` up to `until`."""
    last = until if place.valid_to is None else min(until, month_of(place.valid_to))
    return months_between(max(since, month_of(place.valid_from)), last)
