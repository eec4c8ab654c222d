"""Places as providers publish them: units by the month, term or year count them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.billing.models import StoredPlace
from services.billing.payers.queries.payer_shares import payer_divisions_of_children
from services.billing.payers.rules.payers_of_child_on_day import Divisions
from services.billing.pricing.rules.periodic_units import first_day_priced_together
from services.billing.pricing.rules.tariff import BY_QUANTITY, Tariff
from services.billing.quantities.commands.months_to_bill import mark_to_bill_by_regie
from services.billing.quantities.queries.affected_months import months_in_which_place_runs
from services.billing.quantities.queries.tariffs import current_tariffs_of_provider
from shared.contracts.enrolment.attendance import PlaceRecorded
from shared.database import Store, Write
from shared.dates.months import month_of, months_between, next_month
from shared.register import Provider

AT_ONCE = 300
OVER = "9999-12"
"""`touched_to` of a place after which no month follows."""

_FIELDS = ("household_id", "child_id", "activity", "valid_from", "valid_to", "cancelled")


def record_place(write: Write, provider: Provider, event: PlaceRecorded, on: date) -> None:
    """
    Store a place as last published, and mark the months that it changes, up to the present one.

    Places without a payer are not stored.
    """
    regie = provider.regie_of_activity(event.activity)
    if regie is None:
        return
    key = {"provider": provider.code, "place_id": event.place_id}
    stored = write.get(StoredPlace, tuple(key.values()), with_for_update=True)
    before = _state_of_place(stored) if stored else None
    after = {name: getattr(event, name) for name in _FIELDS}
    values = {**after, "regie": regie.code, "version": event.version}
    newer = (
        write.upsert_into(StoredPlace)
        .values(**key, **values, touched_to=month_of(on))
        .on_conflict_do_update(
            index_elements=list(key),
            set_={**values, "touched_to": month_of(on)},
            where=StoredPlace.version < event.version,
        )
        .returning(StoredPlace.version)
    )
    if write.execute(newer).first() is None:
        return
    since = _first_day_of_change(before, after)
    if since is not None:
        states = [state for state in (before, after) if state]
        tariffs = _tariffs_of_places(write, provider.code, states)
        states += _states_priced_with(write, provider.code, states, tariffs)
        since = _first_day_priced_with(write, provider.code, states, tariffs, since)
        _mark_months_of_places(write, provider.code, regie.code, states, since, month_of(on))


def _state_of_place(stored: StoredPlace) -> dict[str, object]:
    return {name: getattr(stored, name) for name in _FIELDS}


def _states_priced_with(
    session: Session, provider: str, states: list[dict[str, Any]], tariffs: list[Tariff]
) -> list[dict[str, object]]:
    """Return the child's places in other homes: of a month, term or year each part is due once."""
    if all(tariff.unit in BY_QUANTITY for tariff in tariffs):
        return []
    elsewhere = select(StoredPlace).where(
        StoredPlace.provider == provider,
        StoredPlace.child_id.in_({state["child_id"] for state in states}),
        StoredPlace.household_id.not_in({state["household_id"] for state in states}),
        StoredPlace.activity.in_({state["activity"] for state in states}),
        StoredPlace.cancelled.is_(False),
    )
    return [_state_of_place(stored) for stored in session.scalars(elsewhere)]


def _tariffs_of_places(
    session: Session, provider: str, states: list[dict[str, Any]]
) -> list[Tariff]:
    return [
        tariff
        for activity in sorted({state["activity"] for state in states})
        for tariff in current_tariffs_of_provider(session, provider, activity)
    ]


def _first_day_of_change(before: dict[str, Any] | None, after: dict[str, Any]) -> date | None:
    """Return the first day on which a place is another than it was; None for none."""
    if before is None:
        return None if after["cancelled"] else after["valid_from"]
    begins = min(before["valid_from"], after["valid_from"])
    if before == after:
        return None
    ends_alone = {**before, "valid_to": None} == {**after, "valid_to": None}
    if not ends_alone:
        return begins
    return min(state["valid_to"] for state in (before, after) if state["valid_to"]) + timedelta(1)


def _first_day_priced_with(
    session: Session,
    provider: str,
    states: list[dict[str, Any]],
    tariffs: list[Tariff],
    day: date,
) -> date:
    """
    Return the first day whose month has another price where a place changes from a day on.

    A term of which a part is due by its parts is due where the first of its places began.
    """
    first = first_day_priced_together(tariffs, day)
    if month_of(first) == month_of(day):
        return day
    began = session.scalar(
        select(func.min(StoredPlace.valid_from)).where(
            StoredPlace.provider == provider,
            StoredPlace.cancelled.is_(False),
            StoredPlace.activity.in_({state["activity"] for state in states}),
            or_(
                StoredPlace.child_id.in_({state["child_id"] for state in states}),
                StoredPlace.household_id.in_({state["household_id"] for state in states}),
            ),
            or_(StoredPlace.valid_to.is_(None), StoredPlace.valid_to >= first),
        )
    )
    return max(first, min(began or day, day))


def _mark_months_of_places(
    write: Write, provider: str, regie: str, states: list[dict[str, Any]], since: date, until: str
) -> None:
    """Mark for each month its payers of before and after, or those of the nearest day."""
    divisions = payer_divisions_of_children(
        write, provider, {state["child_id"] for state in states}
    )
    mark_to_bill_by_regie(
        write,
        (
            (regie, payer, month)
            for state in states
            for month in months_between(month_of(since), until)
            for payer in divisions.payers_in_month(
                state["child_id"],
                state["household_id"],
                state["valid_from"],
                state["valid_to"],
                month,
            )
        ),
    )


def mark_running_places_to_bill(store: Store, on: date) -> None:
    """
    Mark to bill the present month, and those since the last time, of every running place.

    Each place keeps how far it was marked, so that this can stop anywhere and be repeated.
    """
    while _mark_chunk_of_places(store, month_of(on)):
        pass


def _mark_chunk_of_places(store: Store, month: str) -> bool:
    with store.write() as write:
        places = write.scalars(
            select(StoredPlace)
            .where(StoredPlace.touched_to < month)
            .order_by(StoredPlace.provider, StoredPlace.place_id)
            .limit(AT_ONCE)
            .with_for_update()
        ).all()
        for provider in {place.provider for place in places}:
            group = [place for place in places if place.provider == provider]
            _mark_places_until(write, provider, group, month)
        for place in places:
            place.touched_to = _last_marked_month(place, month)
        return bool(places)


def _mark_places_until(write: Write, provider: str, places: list[StoredPlace], month: str) -> None:
    divisions = payer_divisions_of_children(write, provider, {place.child_id for place in places})
    mark_to_bill_by_regie(
        write,
        (
            (place.regie, payer, months)
            for place in places
            if not place.cancelled
            for months in months_in_which_place_runs(place, month, next_month(place.touched_to))
            for payer in _payers_of_place(divisions, place, months)
        ),
    )


def _payers_of_place(divisions: Divisions, place: StoredPlace, month: str) -> frozenset[str]:
    return divisions.payers_in_month(
        place.child_id, place.household_id, place.valid_from, place.valid_to, month
    )


def _last_marked_month(place: StoredPlace, month: str) -> str:
    over = place.cancelled or (place.valid_to is not None and month_of(place.valid_to) <= month)
    return OVER if over else month


def mark_places_of_activity_to_bill(
    write: Write, provider: Provider, activity: str, first: date, last: date
) -> None:
    """Mark the months to bill of places in an activity that run between two days."""
    places = write.scalars(
        select(StoredPlace).where(
            StoredPlace.provider == provider.code,
            StoredPlace.activity == activity,
            StoredPlace.cancelled.is_(False),
            StoredPlace.valid_from <= last,
        )
    ).all()
    divisions = payer_divisions_of_children(
        write, provider.code, {place.child_id for place in places}
    )
    mark_to_bill_by_regie(
        write,
        (
            (place.regie, payer, month)
            for place in places
            for month in months_in_which_place_runs(place, month_of(last), month_of(first))
            for payer in _payers_of_place(divisions, place, month)
        ),
    )
