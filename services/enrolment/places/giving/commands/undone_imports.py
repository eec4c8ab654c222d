"""
Takes back the places and ranks of an import's batch on which nothing was built; no notice leaves.

A place stays once a family or the provider has changed something of it, a departure that the family
was told has, or a day of it has passed: that day is counted, and billed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select, update

from services.enrolment.models import (
    Application,
    Booking,
    ChildGuardian,
    Mark,
    Place,
    PlaceVersion,
    Session,
    WeekPattern,
)
from services.enrolment.models.places import BY_PLACE
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from services.enrolment.places.placing.queries.places_and_activities import places_of_application
from shared.contracts.enrolment.places.imports import CHANGED, COUNTED, KeptPlace, UndoPlacesAnswer
from shared.contracts.enrolment.places.states import ACCEPTED, BOOKED, CANCELLED, WAITING
from shared.database import Write
from shared.dates.clock import PARIS, midnight

AT_ONCE = 100
"""Applications that are looked at in one transaction."""
EVE = timedelta(days=1)


def undo_imported_places(write: Write, batch: str, after: str, now: datetime) -> UndoPlacesAnswer:
    """Take back what came after this application of a batch, AT_ONCE at most."""
    came = write.scalars(
        select(Application)
        .where(Application.batch == batch, Application.id > after)
        .order_by(Application.id)
        .limit(AT_ONCE)
    ).all()
    groups = {application.group_id for application in came}
    with lock_group_admissions(write, groups, now) as admissions:
        outcomes = [
            _take_back_unless_used(admissions[application.group_id], application)
            for application in came
        ]
    return UndoPlacesAnswer(
        removed=outcomes.count(None),
        kept=[outcome for outcome in outcomes if outcome is not None],
        next=came[-1].id if len(came) == AT_ONCE else "",
    )


def _take_back_unless_used(admission: GroupAdmission, application: Application) -> KeptPlace | None:
    """Delete an application with its place; return what stays and why, or None."""
    write, now = admission.write, admission.now
    write.refresh(application)
    places = places_of_application(write, application.id)
    if why := _reason_to_keep(write, application, places, now.astimezone(PARIS).date()):
        label = admission.group.label
        return KeptPlace(child_id=application.child_id, group=label, why=why)
    admission.changed_children.add(application.child_id)
    for place in places:
        admission.room_moved = True
        _cancel_begun_bookings_of_today(write, place, now)
        placing.end_place(write, place, place.valid_from - EVE, now, excused=True)
    write.delete(application)
    write.flush()
    return None


def _reason_to_keep(
    write: Write, application: Application, places: Sequence[Place], today: date
) -> str:
    as_it_came = application.state == WAITING or (
        application.state == ACCEPTED and len(places) == 1
    )
    if not as_it_came:
        return CHANGED
    for place in places:
        sessions = (Session.group_id == place.group_id, Session.day >= place.valid_from)
        mine = select(Booking.session_id).join(Session, Session.id == Booking.session_id)
        mine = mine.where(Booking.child_id == place.child_id, *sessions)
        patterns = exists().where(WeekPattern.place_id == place.id)
        if write.scalar(select(patterns)) or _has_row(
            write, mine.where(Booking.changed_by != BY_PLACE)
        ):
            return CHANGED
        marks = select(Mark.id).join(Session, Session.id == Mark.session_id)
        if _has_row(write, marks.where(Mark.child_id == place.child_id, *sessions)) or _has_row(
            write, mine.where(Booking.state == BOOKED, Session.day < today)
        ):
            return COUNTED
        if _is_changed_since_given(write, place) or _is_departing(write, place.child_id):
            return CHANGED
    return ""


def _is_changed_since_given(write: Write, place: Place) -> bool:
    """Return whether billing heard of another period than the first: by a year's end, say."""
    published = write.get(PlaceVersion, place.id)
    return published is not None and published.version > 1


def _is_departing(write: Write, child_id: str) -> bool:
    """Return whether it is said that the child leaves: days after that are unbooked already."""
    said = select(ChildGuardian.last_day).where(
        ChildGuardian.child_id == child_id, ChildGuardian.last_day.is_not(None)
    )
    return _has_row(write, said)


def _cancel_begun_bookings_of_today(write: Write, place: Place, now: datetime) -> None:
    """Cancel what an import of today booked of sessions that have begun since."""
    today = now.astimezone(PARIS).date()
    begun = select(Session.id).where(
        Session.group_id == place.group_id,
        Session.day == today,
        Session.starts_at >= midnight(today),
        Session.starts_at <= now,
    )
    write.execute(
        update(Booking)
        .where(
            Booking.child_id == place.child_id,
            Booking.state == BOOKED,
            Booking.session_id.in_(begun),
        )
        .values(state=CANCELLED, changed_by=BY_PLACE, changed_at=now)
    )


def _has_row(write: Write, rows: object) -> bool:
    return write.scalar(rows.limit(1)) is not None  # type: ignore[attr-defined]
