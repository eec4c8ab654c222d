"""
Food at a session that usually has none: its booked children are published to the dossier (rule R3).

The dossier then sends diet and allergies of these children for some days; their families are
notified once. Later changes of bookings are published again.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.families.commands.notices import notify_households
from services.enrolment.models import Activity, Booking, FoodAnnounced, Group, Session
from services.enrolment.models.offer import PLANNED
from services.enrolment.offer.commands.session_cancelling import bookings_by_household
from services.enrolment.offer.queries.food_on_occasion import AHEAD, booked_children
from shared.contracts.enrolment.sharing import food_on_occasion as contracts
from shared.contracts.errors import NotFound
from shared.database import Write

FOOD = "food"


def announce_food(write: Write, session_id: str, by: str, day: date, now: datetime) -> None:
    """Announce food at an upcoming session; raises NotFound for any other."""
    _require_upcoming_session(write, session_id, day)
    row = write.get(FoodAnnounced, session_id)
    if row is None:
        row = FoodAnnounced(session_id=session_id, version=0, published=[])
        write.add(row)
    row.taken_back, row.announced_by = False, by
    write.flush()
    _publish_if_changed(write, row, now)


def withdraw_food(write: Write, session_id: str, day: date, now: datetime) -> None:
    """Withdraw the announcement; the projections sent for it are erased. Raises NotFound."""
    _require_upcoming_session(write, session_id, day)
    row = write.get(FoodAnnounced, session_id)
    if row is None or row.taken_back:
        raise NotFound(session_id=session_id)
    row.taken_back = True
    write.flush()
    _publish_if_changed(write, row, now)


def republish_food(
    write: Write, session_id: str, now: datetime, *, above: int | None = None
) -> None:
    """Publish the booked children again; at a version `above` one, though they are the same."""
    row = write.get(FoodAnnounced, session_id)
    if row is None:
        return
    if above is not None:
        row.version = max(row.version, above)
    _publish_if_changed(write, row, now, again=above is not None)


def event_of_food_at_session(row: FoodAnnounced, day: date) -> contracts.FoodAnnounced:
    """Return food at a session as it was last published."""
    return contracts.FoodAnnounced(row.session_id, row.version, day, row.published)


def _publish_if_changed(
    write: Write, row: FoodAnnounced, now: datetime, *, again: bool = False
) -> None:
    children = booked_children(write, row)
    if children == row.published and not again:
        return
    new = set(children) - set(row.published)
    row.version, row.published = row.version + 1, children
    write.flush()
    session = write.get_one(Session, row.session_id)
    write.publish(contracts.food_announced, event_of_food_at_session(row, session.day))
    _notify_households_of_food(write, session, new, now)


def _notify_households_of_food(
    write: Write, session: Session, children: set[str], now: datetime
) -> None:
    """Notify each household once per session, whatever changes later."""
    label = write.scalar(
        select(Activity.label)
        .join(Group, Group.activity_id == Activity.id)
        .where(Group.id == session.group_id)
    )
    booked = select(Booking).where(Booking.session_id == session.id, Booking.child_id.in_(children))
    detail: dict[str, object] = {"activities": [label], "days": [session.day.isoformat()]}
    for household_id, bookings in bookings_by_household(write.scalars(booked)).items():
        child_ids = [booking.child_id for booking in bookings]
        notify_households(write, [household_id], f"food-{session.id}", FOOD, child_ids, detail, now)


def _require_upcoming_session(read: DatabaseSession, session_id: str, day: date) -> None:
    session = read.get(Session, session_id)
    if session is None or session.state != PLANNED or not day <= session.day <= day + AHEAD:
        raise NotFound(session_id=session_id)
