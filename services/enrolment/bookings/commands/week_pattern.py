"""
The weekly pattern that a household sets at a place, for its own days, from a day on.

Only the weekdays that change are affected: a day booked or cancelled singly stays unchanged, and so
does a session that is too late or full, which the outcome states.
"""

from datetime import date
from typing import cast

from sqlalchemy import Table, delete, select

from services.enrolment.bookings.commands.session_locks import lock_groups, lock_sessions
from services.enrolment.bookings.commands.single_session_bookings import (
    apply_decision,
    publish_changes,
)
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, Meeting
from services.enrolment.bookings.queries.week_patterns import (
    BY_DAY,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.bookings.rules.booking_decisions import (
    CANCELLED,
    GONE,
    decide_booking,
    decide_cancelling,
)
from services.enrolment.families.queries.guardians import households_of_guardian
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Place, Session, WeekPattern
from services.enrolment.models.places import BY_PLACE
from shared.contracts.enrolment.places.family_acts import (
    BookingOutcomes,
    SessionOutcome,
    SetWeekRequest,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.clock import PARIS

_patterns = cast(Table, WeekPattern.__table__)


def set_weekdays_for_guardian(
    write: Write, request: SetWeekRequest, subject: str, order_time: OrderTime
) -> BookingOutcomes:
    """Set the weekdays of a place for the households of a guardian. Raises as below."""
    asking = households_of_guardian(write, subject, request.child_id)
    return set_weekdays_of_homes(write, request, asking, order_time)


def set_weekdays_of_homes(
    write: Write, request: SetWeekRequest, asking: frozenset[str], order_time: OrderTime
) -> BookingOutcomes:
    """
    Set the weekdays of a place for some households of its child, and for no other.

    Raises NotFound for another child's place, BadRequest for what is not booked by the day.
    """
    place = _lock_place(write, request)
    before = week_patterns_by_place(write, [place])[place.id]
    if before.booking != BY_DAY:
        raise BadRequest(errors={"place_id": ["is booked whole"]})
    since = max(request.from_day, order_time.now.astimezone(PARIS).date())
    _store_weekdays_from_day(write, place, asking, since, weekdays_as_stored(request.weekdays))
    after = week_patterns_by_place(write, [place])[place.id]
    child = lock_sessions(
        write, place.child_id, _upcoming_sessions(write, place, since, order_time), asking
    )
    outcomes = [
        outcome
        for meeting in sorted(
            child.meetings.values(), key=lambda meeting: meeting.session.starts_at
        )
        if (outcome := _book_or_cancel_session(write, child, meeting, before, after, order_time))
        is not None
    ]
    publish_changes(write, child, order_time.now)
    return BookingOutcomes(outcomes)


def weekdays_as_stored(weekdays: list[int]) -> str:
    """Return days of the week as they are stored, each once and in order."""
    return "".join(str(day) for day in sorted(set(weekdays)))


def _lock_place(write: Write, request: SetWeekRequest) -> Place:
    place = write.get(Place, request.place_id)
    if place is None or place.child_id != request.child_id:
        raise NotFound(place_id=request.place_id)
    lock_groups(write, {place.group_id})
    write.refresh(place)
    return place


def _store_weekdays_from_day(
    write: Write, place: Place, households: frozenset[str], since: date, weekdays: str
) -> None:
    """Store the weekdays of a place from a day on; what was entered for later days is deleted."""
    own = (_patterns.c.place_id == place.id, _patterns.c.household_id.in_(households))
    write.execute(delete(_patterns).where(*own, _patterns.c.valid_from >= since))
    write.add_all(
        WeekPattern(
            place_id=place.id, household_id=household_id, valid_from=since, weekdays=weekdays
        )
        for household_id in sorted(households)
    )
    write.flush()


def _upcoming_sessions(write: Write, place: Place, since: date, order_time: OrderTime) -> list[str]:
    query = select(Session.id).where(
        Session.group_id == place.group_id, Session.day >= since, Session.starts_at > order_time.now
    )
    return list(write.scalars(query))


def _book_or_cancel_session(
    write: Write,
    child: ChildSessions,
    meeting: Meeting,
    before: Pattern,
    after: Pattern,
    order_time: OrderTime,
) -> SessionOutcome | None:
    """Return the outcome of a session whose weekday changes; None where nothing was to do."""
    owner, day = child.owning_household(meeting), meeting.session.day
    if owner is None or owner not in child.asking:
        return None
    if before.wants(owner, day) == after.wants(owner, day):
        return None
    books = after.wants(owner, day)
    if not books and meeting.booking is None:
        return None
    decide = decide_booking if books else decide_cancelling
    outcome = apply_decision(write, child, meeting.session.id, decide, order_time, by=BY_PLACE)
    already = not books and outcome["outcome"] == CANCELLED
    return (
        None
        if outcome["outcome"] == GONE or (already and _has_decision_of_a_person(meeting))
        else outcome
    )


def _has_decision_of_a_person(meeting: Meeting) -> bool:
    return meeting.booking is not None and meeting.booking.changed_by != BY_PLACE
