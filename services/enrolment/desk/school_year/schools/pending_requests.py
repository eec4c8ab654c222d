"""Requests that wait for a decision on schools, as the home of the desk counts them."""

from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    decides_on_schools,
    enrols_at_schools,
)
from services.enrolment.school_year.enrolments.queries.pending_count import (
    WaitingSchools,
    waiting_schools,
)


def waiting_for_agent(read: Session) -> WaitingSchools | None:
    """Return what waits for the agent of this request; None for who decides on no school."""
    if not decides_on_schools(agent.require_agent().sight) or not enrols_at_schools():
        return None
    return waiting_schools(read)
