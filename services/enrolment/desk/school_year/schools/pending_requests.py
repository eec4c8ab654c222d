"""Requests that wait for a decision on schools, as the home of the desk counts them."""

from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    has_school_regime,
    may_decide_on_schools,
)
from services.enrolment.school_year.enrolments.queries.pending_count import (
    WaitingSchools,
    count_requests_and_waivers,
)


def count_waiting_for_agent(read: Session) -> WaitingSchools | None:
    """Return what waits for the agent of this request; None for who decides on no school."""
    if not may_decide_on_schools(agent.require_agent().sight) or not has_school_regime():
        return None
    return count_requests_and_waivers(read)
