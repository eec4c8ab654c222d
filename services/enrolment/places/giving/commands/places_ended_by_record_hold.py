"""
Ends places, applications and upcoming bookings of a child under a record hold (rules' test 10).

Nothing is published about it, and no deadline applies: the bookings never count. A place that frees
is offered to the waiting list, as any other.
"""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, select

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Booking, RecordHold, Session
from services.enrolment.models.places import BOOKING_STATES
from services.enrolment.offer.commands.session_cancelling import close_bookings
from services.enrolment.places.giving.commands.leaving_children import end_all_of_children
from services.enrolment.places.placing.commands.activities_taken import mark_activities_of_children
from shared.contracts.dossier.families.safeguarding import FileHeld
from shared.contracts.enrolment.places.states import CLOSED
from shared.database import Write
from shared.dates.clock import PARIS

NAMED_ON_LISTS = tuple(state for state in BOOKING_STATES if state != CLOSED)
"""States of a booking with which a child stands on the list of a session."""

_record_holds = cast(Table, RecordHold.__table__)


def store_record_hold(write: Write, event: FileHeld, now: datetime) -> None:
    """Store a record hold if its version is newer; if it is set, end what the child has here."""
    row = {"child_id": event.child_id, "version": event.version, "held": event.held}
    newer = (
        write.upsert_into(_record_holds)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["child_id"],
            set_={"version": event.version, "held": event.held},
            where=_record_holds.c.version < event.version,
        )
        .returning(_record_holds.c.version)
    )
    if write.execute(newer).first() is not None and event.held:
        _end_all_of_child(write, event.child_id, now)


def _end_all_of_child(write: Write, child_id: str, now: datetime) -> None:
    yesterday = now.astimezone(PARIS).date() - timedelta(days=1)  # no list of today names the child
    end_all_of_children(write, [child_id], yesterday, now)
    _close_bookings_to_come(write, child_id, now)
    mark_activities_of_children(write, [child_id], now)
    mark_cards_of_children(write, [child_id], now)


def _close_bookings_to_come(write: Write, child_id: str, now: datetime) -> None:
    """Close every booking of what is not over: « annulé » would be read out at the roll call."""
    booked = select(Booking.session_id).where(Booking.child_id == child_id)
    query = select(Session.id).where(Session.ends_at > now, Session.id.in_(booked))
    close_bookings(write, write.scalars(query).all(), [child_id], "", now, NAMED_ON_LISTS)
