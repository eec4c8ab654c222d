"""
Ends a provider's places once its successor has taken over; the successor notifies families.

Attendance, published quantities and bills stay. Replica and keys end by the dossier's tombstones, a
day after the last session (rule R6).
"""

from datetime import date, datetime

from sqlalchemy import select, update

from services.enrolment.models import Activity, Application, Booking, Group, Place, Session
from services.enrolment.models.offer import OPEN
from services.enrolment.models.places import BY_PLACE, UNDECIDED
from services.enrolment.offer.commands.editing import end_activity
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places.states import BOOKED, CANCELLED, WITHDRAWN
from shared.contracts.enrolment.succession import EndSuccessionAnswer
from shared.database import Write
from shared.database.tables.validity import ends_after_condition


def end_succession(write: Write, on: date, now: datetime) -> EndSuccessionAnswer:
    """End places with this day, requests, and the offer of what goes on; return how many."""
    groups = write.scalars(select(Group.id).where(Group.last_day > on)).all()
    places = applications = 0
    with lock_group_admissions(write, groups, now) as admissions:
        for admission in admissions.values():
            places += _end_places(admission, on)
            applications += _withdraw_undecided(admission)
    going_on = select(Group.activity_id).where(Group.last_day > on)
    open_still = select(Activity.id).where(Activity.state == OPEN, Activity.id.in_(going_on))
    activities = write.scalars(open_still.order_by(Activity.id)).all()
    for activity_id in activities:
        end_activity(write, activity_id)
    return EndSuccessionAnswer(places, applications, len(activities))


def _end_places(admission: GroupAdmission, on: date) -> int:
    running = ends_after_condition(Place.valid_to, on)
    places = admission.write.scalars(
        select(Place).where(Place.group_id == admission.group.id, running).order_by(Place.id)
    ).all()
    for place in places:
        admission.changed_children.add(place.child_id)
        placing.end_place(admission.write, place, on, admission.now)
        _cancel_later_bookings(admission, place.child_id, on)
    admission.room_moved |= bool(places)
    return len(places)


def _cancel_later_bookings(admission: GroupAdmission, child_id: str, on: date) -> None:
    """Cancel bookings past the family's deadline: the successor has them."""
    later = select(Session.id).where(Session.group_id == admission.group.id, Session.day > on)
    admission.write.execute(
        update(Booking)
        .where(
            Booking.child_id == child_id,
            Booking.state == BOOKED,
            Booking.session_id.in_(later.scalar_subquery()),
        )
        .values(state=CANCELLED, reason="", changed_by=BY_PLACE, changed_at=admission.now)
    )


def _withdraw_undecided(admission: GroupAdmission) -> int:
    rows = admission.write.scalars(
        select(Application).where(
            Application.group_id == admission.group.id, Application.state.in_(UNDECIDED)
        )
    ).all()
    for row in rows:
        row.state, row.answer_until = WITHDRAWN, None
        admission.changed_children.add(row.child_id)
    return len(rows)
