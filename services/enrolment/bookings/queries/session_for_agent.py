"""One session of a child with all that decides on an agent's act on it."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, Meeting
from services.enrolment.bookings.rules.agent_decisions import AgentCase
from services.enrolment.families.queries.households import home_of_child
from services.enrolment.families.queries.shielding import households_that_applied
from services.enrolment.models import Place
from services.enrolment.models.offer import PLANNED


def homes_agent_acts_for(read: Database, child_id: str) -> frozenset[str]:
    """
    Return the households for whose days an agent acts: those that asked for the child's places.

    All of its own where none is known. It only decides of a child whose weeks are not shared out:
    a day of a child that has them belongs to the household of its week, whoever telephones.
    """
    home = home_of_child(read, child_id)
    places = read.scalars(select(Place).where(Place.child_id == child_id)).all()
    asked = {each for each in households_that_applied(read, places).values() if each}
    return frozenset(asked & home.all_households) or home.all_households


def session_case_for_agent(
    child: ChildSessions, meeting: Meeting, state: State, *, closed: bool
) -> AgentCase:
    """Return one session as the rules on acts of agents see it."""
    session, booking = meeting.session, meeting.booking
    return AgentCase(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        cancel_until=session.cancel_until,
        takes_place=session.state == PLANNED,
        closed=closed,
        booking=booking.state if booking else None,
        mark=state.kind,
        to_check=state.to_check,
        has_place=meeting.has_place,
        has_home=child.owning_household(meeting) is not None,
        full=child.is_full(meeting),
    )
