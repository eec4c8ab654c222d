"""Acts of an agent at the front desk on days of a household: as at this provider's own desk."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from services.enrolment.bookings.commands.agent_acts import (
    Cell,
    CellsRefused,
    Order,
    do_act_on_cells,
)
from services.enrolment.bookings.queries.planning import child_in_sessions
from services.enrolment.bookings.rules.agent_decisions import Powers
from services.enrolment.front_desk.queries.front_desk_agent import CounterAgent
from services.enrolment.front_desk.queries.household import children_of_household_in_reach
from services.enrolment.models import Session
from shared.contracts.enrolment.front_desk import ChangeHouseholdDaysRequest, DaysRefused
from shared.contracts.errors import NotFound
from shared.database import Write


def change_household_days(
    write: Write, agent: CounterAgent, request: ChangeHouseholdDaysRequest, now: datetime
) -> int:
    """
    Do one act on these days of a household; return how many changed.

    Raises DaysRefused, and NotFound for what is not this household's, or beyond the agent's reach.
    """
    cells = [Cell(cell["child_id"], cell["session_id"]) for cell in request.cells]
    groups = _groups_of_own_days(write, agent, request.household_id, cells)
    leads = agent.reach_to(write, "day")
    powers = Powers(all(map(leads.has_group, groups)), request.over_capacity)
    order = Order(request.act, request.asked_by, request.reason, agent.subject, powers)
    try:
        return do_act_on_cells(write, cells, order, now)
    except CellsRefused as refused:
        why = [[cell.child_id, cell.session_id, code] for cell, code in refused.why.items()]
        raise DaysRefused(cells=why) from None


def _groups_of_own_days(
    write: Write, agent: CounterAgent, household_id: str, cells: Collection[Cell]
) -> set[str]:
    """Return the groups of these days; raises NotFound for a day that is not the household's."""
    sessions = {
        session.id: session
        for session in write.scalars(
            select(Session).where(Session.id.in_({cell.session_id for cell in cells}))
        )
    }
    planning = agent.reach_planning(write)
    children = planning.children_among(
        write, children_of_household_in_reach(write, agent, household_id).children
    )
    by_child: dict[str, list[Session]] = defaultdict(list)
    for cell in cells:
        session = sessions.get(cell.session_id)
        if session is None or cell.child_id not in children:
            raise NotFound
        by_child[cell.child_id].append(session)
    for child_id, its_sessions in by_child.items():
        child = child_in_sessions(write, child_id, its_sessions)
        for meeting in child.meetings.values():
            is_own = child.owning_household(meeting) == household_id
            if not is_own or not planning.has_group(meeting.group.id):
                raise NotFound
    return {session.group_id for session in sessions.values()}
