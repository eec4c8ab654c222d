"""A child's sessions between two days, as a guardian books them: free ones included."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_outcomes
from services.enrolment.bookings.queries.agent_changes import Acts, last_agent_acts
from services.enrolment.bookings.queries.sessions_of_child import (
    ChildSessions,
    Meeting,
    child_sessions,
    places_of_child,
)
from services.enrolment.bookings.queries.upcoming_days import (
    ChildDay,
    day_as_contract_has_it,
    day_with_outcome,
)
from services.enrolment.bookings.queries.week_patterns import BY_DAY, week_patterns_by_place
from services.enrolment.bookings.rules.session_state_for_household import (
    session_state_in_booking_calendar,
)
from services.enrolment.families.queries.guardians import (
    first_days_seen_by_carer,
    households_whose_days_adult_sees,
    is_carer,
)
from services.enrolment.families.queries.shielding import (
    hidden_homes,
    households_that_applied,
    is_place_hidden,
)
from services.enrolment.models import AgentAct, Booking, Place, Session
from shared.contracts.enrolment.places.family_acts import CalendarAnswer, CalendarRequest, PlaceWeek
from shared.contracts.enrolment.places.states import BookedDay
from shared.contracts.errors import BadRequest
from shared.dates.clock import PARIS

MOST_DAYS = timedelta(days=62)

Marks = dict[tuple[str, str], tuple[str, datetime]]


def calendar_for_guardian(
    read: Database, request: CalendarRequest, subject: str, now: datetime
) -> CalendarAnswer:
    """
    Return the sessions by start, and the patterns; raises BadRequest for more than 62 days.

    To who has the child in care, from the day on which the placement began; to who was granted an
    access, those of the granting home from its first one.
    """
    first, last = request.first, request.last
    if not timedelta() <= last - first < MOST_DAYS:
        raise BadRequest(errors={"last": ["at most 62 days"]})
    today = now.astimezone(PARIS).date()
    asking = households_whose_days_adult_sees(read, subject, request.child_id, today)
    begins: Mapping[str, date] | None = None
    if is_carer(read, subject, request.child_id):
        begins = first_days_seen_by_carer(read, subject, request.child_id, today)
        first = max(first, min(begins.values()))
    hidden = hidden_homes(read, [request.child_id], asking).get(request.child_id, set())
    places = _visible_places(read, request.child_id, first, last, hidden)
    sessions = _visible_sessions(read, request.child_id, places, first, last, hidden)
    child = child_sessions(read, request.child_id, sessions, asking)
    marks = resolved_outcomes(
        read, [session.id for session in sessions if session.starts_at <= now]
    )
    acts = last_agent_acts(read, {session.id for session in sessions}, [request.child_id])
    visible = [
        meeting
        for meeting in child.meetings.values()
        if (owner := child.owning_household(meeting)) not in hidden
        and (begins is None or _is_seen_by_carer(begins, asking, owner, meeting.session.day))
    ]
    days = (_day_in_calendar(child, meeting, marks, acts, now) for meeting in visible)
    return CalendarAnswer(
        days=sorted((day for day in days if day), key=lambda day: day["starts_at"]),
        places=_weekdays_of_places(read, places, asking),
    )


def _is_seen_by_carer(
    begins: Mapping[str, date], asking: Collection[str], owner: str | None, day: date
) -> bool:
    """Say whether a carer sees a home's day: from the first one of who granted it, or of care."""
    if owner is not None and owner not in asking:
        return False
    return any(
        since <= day for home, since in begins.items() if owner is None or home in ("", owner)
    )


def _visible_places(
    read: Database, child_id: str, first: date, last: date, hidden: Collection[str]
) -> list[Place]:
    """Return the child's places, but for those of a protected home (rule R9)."""
    places = places_of_child(read, child_id, first, last)
    asked_by = households_that_applied(read, places) if hidden else {}
    return [place for place in places if not is_place_hidden(asked_by.get(place.id), hidden)]


def _visible_sessions(
    read: Database,
    child_id: str,
    places: Sequence[Place],
    first: date,
    last: date,
    hidden: Collection[str],
) -> list[Session]:
    """
    Return sessions covered by a place of the child, booked without or entered by an agent.

    Bookings of `hidden` homes are left out.
    """
    booked = select(Booking.session_id).where(
        Booking.child_id == child_id, Booking.household_id.not_in(list(hidden))
    )
    entered = select(AgentAct.session_id).where(AgentAct.child_id == child_id)
    groups = {place.group_id for place in places}
    sessions = read.scalars(
        select(Session)
        .where(
            Session.day.between(first, last),
            or_(
                Session.group_id.in_(groups),
                Session.id.in_(booked.scalar_subquery()),
                Session.id.in_(entered.scalar_subquery()),
            ),
        )
        .order_by(Session.starts_at, Session.id)
    )
    return list(sessions)


def _day_in_calendar(
    child: ChildSessions, meeting: Meeting, marks: Marks, acts: Acts, now: datetime
) -> BookedDay | None:
    key = (meeting.session.id, child.child_id)
    plain = ChildDay(
        meeting.session,
        meeting.group,
        meeting.activity,
        child.child_id,
        child.owning_household(meeting),
        meeting.booking,
    )
    day = day_with_outcome(plain, marks.get(key), acts.get(key))
    view = day.seen_by(child.asking)
    state = session_state_in_booking_calendar(view, child.is_full(meeting), meeting.has_place)
    if state is None:
        return None
    result = day_as_contract_has_it(day, state)
    passed = result["until"] is not None and result["until"] < now
    if passed:
        result["until"] = None
    return result


def _weekdays_of_places(
    read: Database, places: Sequence[Place], asking: Collection[str]
) -> list[PlaceWeek]:
    patterns = week_patterns_by_place(read, places)
    return [
        {
            "place_id": place.id,
            "weekdays": sorted(
                {
                    int(digit)
                    for household_id in asking
                    for digit in patterns[place.id].latest_weekdays_of_household(household_id)
                }
            ),
        }
        for place in places
        if patterns[place.id].booking == BY_DAY
    ]
