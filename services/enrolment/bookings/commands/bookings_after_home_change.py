"""
Books the days that are another home's since a child's weeks changed, by the pattern of that home.

A day that a family or an agent decided on stays as it is, and so does one that is too late.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from services.enrolment.bookings.commands.session_locks import lock_groups, lock_sessions
from services.enrolment.bookings.commands.single_session_bookings import apply_decision
from services.enrolment.bookings.queries.sessions_of_child import Meeting, is_day_within_place
from services.enrolment.bookings.queries.week_patterns import (
    BY_DAY,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.bookings.rules.booking_decisions import decide_booking, decide_cancelling
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.families.rules.household_of_day import Home, household_of_day
from services.enrolment.models import Place, Session
from services.enrolment.models.places import BY_PLACE
from shared.contracts.enrolment.places.states import BOOKED
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS


def book_days_of_changed_home(write: Write, before: Mapping[str, Home], now: datetime) -> None:
    """Book and cancel upcoming days whose home is another than `before`; safe to repeat."""
    homes = {
        child_id: home
        for child_id, home in homes_by_child(write, before).items()
        if before[child_id].households
        and home.without_last_day != before[child_id].without_last_day
    }
    if not homes:
        return
    open_today = not_ended_before_condition(Place.valid_to, now.astimezone(PARIS).date())
    theirs = select(Place).where(Place.child_id.in_(list(homes)), open_today)
    places = write.scalars(theirs.order_by(Place.id)).all()
    patterns = week_patterns_by_place(write, places)
    by_day = [place for place in places if patterns[place.id].booking == BY_DAY]
    lock_groups(write, {place.group_id for place in by_day})
    for place in by_day:
        former, home = before[place.child_id], homes[place.child_id]
        _book_changed_days_of_place(write, place, patterns[place.id], former, home, now)


def _book_changed_days_of_place(
    write: Write, place: Place, pattern: Pattern, former: Home, home: Home, now: datetime
) -> None:
    asked_by = [pattern.asked_by or ""]
    upcoming = write.scalars(
        select(Session).where(Session.group_id == place.group_id, Session.starts_at > now)
    )
    changed = [
        session.id
        for session in upcoming
        if is_day_within_place(place, session.group_id, session.day)
        and household_of_day(former, session.day, asked_by)
        != household_of_day(home, session.day, asked_by)
    ]
    child = lock_sessions(write, place.child_id, changed, home.all_households)
    for session_id, meeting in sorted(child.meetings.items()):
        owner = child.owning_household(meeting)
        wanted = owner is not None and pattern.wants(owner, meeting.session.day)
        if _is_booked_by_place_alone(meeting) and wanted != _is_session_booked(meeting):
            decide = decide_booking if wanted else decide_cancelling
            order_time = OrderTime(now, now)
            apply_decision(write, child, session_id, decide, order_time, by=BY_PLACE)


def _is_booked_by_place_alone(meeting: Meeting) -> bool:
    return meeting.booking is None or meeting.booking.changed_by == BY_PLACE


def _is_session_booked(meeting: Meeting) -> bool:
    return meeting.booking is not None and meeting.booking.state == BOOKED
