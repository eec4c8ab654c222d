"""A household at this provider, as an agent at the town's front desk is shown it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.bookings.queries.planning import child_in_sessions_between, planned_days
from services.enrolment.bookings.queries.session_for_agent import session_case_for_agent
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, places_of_child
from services.enrolment.bookings.rules.agent_decisions import (
    AgentCase,
    Powers,
    acts_that_would_change,
)
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.conversations.queries.thread_readers_and_title import (
    unsealed_title_of_thread,
)
from services.enrolment.families.queries.households import children_of_households
from services.enrolment.families.queries.shielding import (
    hidden_homes,
    households_that_applied,
    is_place_hidden,
)
from services.enrolment.front_desk.queries.front_desk_agent import CounterAgent
from services.enrolment.models import Activity, Application, Group, Place, Session, Thread
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.models.places import UNDECIDED
from shared.contracts.enrolment.front_desk import (
    ACTS,
    CANCEL,
    DAYS_SHOWN,
    CounterApplication,
    CounterDay,
    CounterGroup,
    CounterPlace,
    CounterThread,
)
from shared.database import Vault
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import not_ended_before_condition

MOST_THREADS = 10

Hidden = Mapping[str, set[str]]


@dataclass(frozen=True)
class HouseholdHere:
    """A household with those of its children of whom this agent may know, and what hides."""

    id: str
    children: Sequence[str]
    hidden: Hidden


def children_of_household_in_reach(
    read: Database, agent: CounterAgent, household_id: str
) -> HouseholdHere:
    """Return the children of a household whose places are within the agent's reach."""
    known = children_of_households(read, [household_id])
    children = sorted(agent.reach_knowing_places_and_days(read).children_among(read, known))
    return HouseholdHere(household_id, children, hidden_homes(read, children, {household_id}))


def places_shown_to_household(
    read: Database, home: HouseholdHere, reach: Reach, today: date
) -> list[CounterPlace]:
    """Return the places that are not over, but for those that a protected home asked for."""
    query = select(Place).where(
        Place.child_id.in_(home.children),
        not_ended_before_condition(Place.valid_to, today),
        reach.group_within_condition(Place.group_id),
    )
    places = read.scalars(query.order_by(Place.child_id, Place.valid_from, Place.id)).all()
    hidden = _hidden_among(read, home, places)
    return [
        CounterPlace(
            child_id=place.child_id,
            group_id=place.group_id,
            valid_from=place.valid_from,
            valid_to=place.valid_to,
        )
        for place in places
        if place.id not in hidden
    ]


def _hidden_among(read: Database, home: HouseholdHere, places: Collection[Place]) -> set[str]:
    asked_by = households_that_applied(read, places) if home.hidden else {}
    return {
        place.id
        for place in places
        if is_place_hidden(asked_by.get(place.id), home.hidden.get(place.child_id, ()))
    }


def undecided_applications_of_home(
    read: Database, home: HouseholdHere, reach: Reach
) -> list[CounterApplication]:
    """
    Return the requests that are not decided: this household's, and those that are of all homes.

    A protected home could have the latter: then they are not shown here, as on the card.
    """
    shared = sorted(set(home.children) - {child for child, homes in home.hidden.items() if homes})
    query = select(Application).where(
        or_(
            Application.child_id.in_(home.children) & (Application.household_id == home.id),
            Application.child_id.in_(shared) & Application.household_id.is_(None),
        ),
        Application.state.in_(UNDECIDED),
        reach.group_within_condition(Application.group_id),
    )
    rows = read.scalars(query.order_by(Application.submitted_at, Application.id))
    return [
        CounterApplication(
            child_id=row.child_id,
            group_id=row.group_id,
            state=row.state,
            submitted_at=row.submitted_at,
        )
        for row in rows
    ]


def days_of_household(
    read: Database, agent: CounterAgent, home: HouseholdHere, first: date, now: datetime
) -> list[CounterDay]:
    """
    Return the sessions of the children on days of this household, by child and by start.

    Where a protected home alone has the place, none but what this one booked itself (rule R9).
    """
    shown = agent.reach_knowing_places_and_days(read)
    within = shown.group_within_condition(Session.group_id)
    acting = _Acting(home.id, agent.reach_planning(read), agent.reach_to(read, "day"), now)
    last = first + timedelta(days=DAYS_SHOWN - 1)
    days: list[CounterDay] = []
    for child_id in home.children:
        child = child_in_sessions_between(read, child_id, first, last, within)
        shielded = _shielded_groups(read, home, child_id, first, last)
        days += _days_at_counter(read, _child_without_groups(child, shielded, home.id), acting)
    return days


def _shielded_groups(
    read: Database, home: HouseholdHere, child_id: str, first: date, last: date
) -> set[str]:
    """Return the groups in which a child has no place but a protected home's."""
    places = places_of_child(read, child_id, first, last) if home.hidden.get(child_id) else []
    hidden = _hidden_among(read, home, places)
    seen = {place.group_id for place in places if place.id not in hidden}
    return {place.group_id for place in places if place.id in hidden} - seen


def _child_without_groups(
    child: ChildSessions, groups: Collection[str], household_id: str
) -> ChildSessions:
    """Return a child without its sessions in these groups that this household did not book."""
    meetings = {
        session_id: meeting
        for session_id, meeting in child.meetings.items()
        if meeting.group.id not in groups
        or (meeting.booking is not None and meeting.booking.household_id == household_id)
    }
    return replace(child, meetings=meetings)


def running_threads_of_household(
    read: Database, vault: Vault, household_id: str, reach: Reach
) -> list[CounterThread]:
    """Return the conversations with a household that go on, the latest first."""
    query = select(Thread).where(
        Thread.household_id == household_id,
        Thread.ended_at.is_(None),
        reach.thread_within_condition(Thread.id),
    )
    latest = query.order_by(Thread.last_at.desc(), Thread.id).limit(MOST_THREADS)
    threads = read.scalars(latest).all()
    vault.prepare_keys([thread.id for thread in threads])
    return [
        CounterThread(
            thread_id=thread.id,
            title=unsealed_title_of_thread(vault, thread),
            last_at=thread.last_at,
            to_answer=thread.to_answer,
        )
        for thread in threads
    ]


def names_and_sites_of_groups(read: Database, group_ids: Collection[str]) -> list[CounterGroup]:
    """Return what these groups are called, and where they meet."""
    rows = read.execute(
        select(Group.id, Activity.label, Group.label, GROUP_SITE)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Group.id.in_(group_ids))
        .order_by(french_sort_column(Activity.label), french_sort_column(Group.label), Group.id)
    )
    return [
        CounterGroup(group_id=group_id, activity=activity, label=label, site=site)
        for group_id, activity, label, site in rows
    ]


@dataclass(frozen=True)
class _Acting:
    """The household, the places and the moment for which an agent would act."""

    household_id: str
    planning: Reach
    leads: Reach
    now: datetime


def _days_at_counter(read: Database, child: ChildSessions, acting: _Acting) -> list[CounterDay]:
    states = resolved_states(read, list(child.meetings))
    days = []
    for planned in planned_days(read, child):
        meeting, session = planned.meeting, planned.meeting.session
        if child.owning_household(meeting) != acting.household_id:
            continue
        state = states.get((session.id, child.child_id), State())
        case = session_case_for_agent(child, meeting, state, closed=planned.closed)
        acts = _possible_acts_on_day(case, session.group_id, acting)
        days.append(
            CounterDay(
                child_id=child.child_id,
                session_id=session.id,
                group_id=session.group_id,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                state=planned.state,
                acts=acts,
                counts=CANCEL in acts and acting.now > session.cancel_until,
            )
        )
    return days


def _possible_acts_on_day(case: AgentCase, group_id: str, acting: _Acting) -> list[str]:
    if not acting.planning.has_group(group_id):
        return []
    powers = Powers(answers_for_day=acting.leads.has_group(group_id))
    return [act for act in acts_that_would_change(case, powers, acting.now) if act in ACTS]
