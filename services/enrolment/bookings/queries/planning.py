"""
Plannings of the desk: the week of a group, and a month of a child, past days included.

Read in a fixed number of statements, however many children and however many years behind them.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.bookings.queries.agent_changes import last_agent_acts
from services.enrolment.bookings.queries.session_for_agent import homes_agent_acts_for
from services.enrolment.bookings.queries.sessions_of_child import (
    ChildSessions,
    Meeting,
    make_child_sessions,
    places_of_child,
)
from services.enrolment.bookings.queries.upcoming_days import state_of_booking
from services.enrolment.bookings.rules.session_state_for_agents import (
    is_child_expected,
    session_state_for_planning,
)
from services.enrolment.models import (
    AgentAct,
    Booking,
    ChildCard,
    Group,
    Mark,
    Place,
    RollCall,
    Session,
)
from services.enrolment.models.offer import PLANNED
from shared.database.tables.validity import not_ended_before_condition
from shared.text import folded


@dataclass(frozen=True)
class Column:
    """One session of the week, and when its roll call was closed."""

    session: Session
    closed_at: datetime | None
    expected: int = 0


@dataclass(frozen=True)
class Row:
    """One child of the week, called by its family name, with a state for each column."""

    child_id: str
    name: str
    states: Sequence[str]


@dataclass(frozen=True)
class GroupWeek:
    """The sessions of a group between two days, and the children who have something there."""

    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class PlannedDay:
    """One session of a child: its state, and the last act of an agent on it."""

    meeting: Meeting
    state: str
    closed: bool
    act: AgentAct | None


def week_of_group(read: Database, group_id: str, first: date, last: date) -> GroupWeek:
    """Return the children of a group by family name, with what was booked and who came."""
    query = select(Session).where(Session.group_id == group_id, Session.day.between(first, last))
    sessions = read.scalars(query.order_by(Session.starts_at, Session.id)).all()
    ids = [session.id for session in sessions]
    closed, states = roll_call_closings_by_session(read, ids), resolved_states(read, ids)
    bookings = _bookings_by_session_and_child(read, ids)
    children = {child for _, child in bookings} | {
        child for (_, child), state in states.items() if state.kind
    }
    names = _names_by_child_in_name_order(
        read, children | _children_with_place(read, group_id, first, last)
    )
    rows = [
        Row(
            child,
            name,
            [
                state_of_day(
                    session, bookings.get((session.id, child)), states.get((session.id, child))
                )
                for session in sessions
            ],
        )
        for child, name in names.items()
    ]
    columns = [
        Column(
            session, closed.get(session.id), sum(is_child_expected(row.states[at]) for row in rows)
        )
        for at, session in enumerate(sessions)
    ]
    return GroupWeek(columns, rows)


def days_of_child(
    read: Database, child_id: str, first: date, last: date, within: ColumnElement[bool]
) -> Sequence[PlannedDay]:
    """Return a child's sessions between two days, by start, of those within reach."""
    return planned_days(read, child_in_sessions_between(read, child_id, first, last, within))


def child_in_sessions_between(
    read: Database, child_id: str, first: date, last: date, within: ColumnElement[bool]
) -> ChildSessions:
    """
    Return a child in its sessions between two days, as an agent acts on it.

    `within` is the condition on a session's group that is within reach: no other group is read.
    """
    places = {place.group_id for place in places_of_child(read, child_id, first, last)}
    own = (
        Session.id.in_(select(kind.session_id).where(kind.child_id == child_id).scalar_subquery())
        for kind in (Booking, AgentAct)
    )
    marked = (
        select(Mark.id).where(Mark.session_id == Session.id, Mark.child_id == child_id).exists()
    )
    query = select(Session).where(
        Session.day.between(first, last),
        within,
        or_(Session.group_id.in_(places), marked, *own),
    )
    sessions = read.scalars(query.order_by(Session.starts_at, Session.id)).all()
    return child_in_sessions(read, child_id, sessions)


def child_in_one_session(
    read: Database, child_id: str, session: Session
) -> tuple[ChildSessions, State]:
    """Return a child in one session, whether or not it has anything there, and what was marked."""
    child = child_in_sessions(read, child_id, [session])
    state = resolved_states(read, [session.id]).get((session.id, child_id), State())
    return child, state


def child_in_sessions(read: Database, child_id: str, sessions: Sequence[Session]) -> ChildSessions:
    """Return a child in these sessions as an agent acts on it, without a lock."""
    return make_child_sessions(read, child_id, sessions, homes_agent_acts_for(read, child_id))


def sessions_to_move_to(
    read: Database,
    child_id: str,
    session: Session,
    now: datetime,
    last: date,
    within: ColumnElement[bool],
) -> list[tuple[Session, str]]:
    """
    Return sessions that a child may come to in place of this one, each with another group's name.

    These are the next ones of its own group that it has not booked, until a day, and of the same
    day those of the activity's other groups (`within` reach), as long as their roll is not closed.
    """
    group = read.get_one(Group, session.group_id)
    booked = select(Booking.session_id).where(
        Booking.child_id == child_id, Booking.state != "cancelled"
    )
    closed = exists().where(RollCall.session_id == Session.id, RollCall.closed_at.is_not(None))
    next_days = and_(Group.id == group.id, Session.starts_at > now, Session.day <= last)
    same_day = and_(Group.id != group.id, Session.day == session.day, Session.ends_at > now)
    rows = read.execute(
        select(Session, Group.label)
        .join(Group, Group.id == Session.group_id)
        .where(Group.activity_id == group.activity_id, Session.state == PLANNED)
        .where(or_(next_days, and_(same_day, within, ~closed)))
        .where(Session.id != session.id, Session.id.not_in(booked.scalar_subquery()))
        .order_by(Session.starts_at, Session.id)
    )
    return [(each, label if each.group_id != group.id else "") for each, label in rows]


def roll_call_closings_by_session(
    read: Database, session_ids: Collection[str]
) -> Mapping[str, datetime]:
    """Return when the roll calls of these sessions were closed; those that are open are missing."""
    query = select(RollCall.session_id, RollCall.closed_at).where(
        RollCall.session_id.in_(session_ids), RollCall.closed_at.is_not(None)
    )
    return {session_id: moment for session_id, moment in read.execute(query) if moment}


def planned_days(read: Database, child: ChildSessions) -> list[PlannedDay]:
    """Return a child's sessions with their states and the last act of an agent on each."""
    ids = list(child.meetings)
    closed, states = roll_call_closings_by_session(read, ids), resolved_states(read, ids)
    acts = last_agent_acts(read, ids, [child.child_id])
    return [
        PlannedDay(
            meeting,
            state_of_day(
                meeting.session, meeting.booking, states.get((session_id, child.child_id))
            ),
            session_id in closed,
            acts.get((session_id, child.child_id)),
        )
        for session_id, meeting in child.meetings.items()
    ]


def state_of_day(session: Session, booking: Booking | None, state: State | None) -> str:
    """Return the state of a child in a session, as plannings show it."""
    marked = state or State()
    return session_state_for_planning(
        state_of_booking(booking),
        marked.kind,
        to_check=marked.to_check,
        takes_place=session.state == PLANNED,
    )


def _bookings_by_session_and_child(
    read: Database, session_ids: Collection[str]
) -> Mapping[tuple[str, str], Booking]:
    query = select(Booking).where(Booking.session_id.in_(session_ids))
    return {(row.session_id, row.child_id): row for row in read.scalars(query)}


def _children_with_place(read: Database, group_id: str, first: date, last: date) -> set[str]:
    query = select(Place.child_id).where(
        Place.group_id == group_id,
        Place.valid_from <= last,
        not_ended_before_condition(Place.valid_to, first),
    )
    return set(read.scalars(query))


def _names_by_child_in_name_order(read: Database, child_ids: Collection[str]) -> dict[str, str]:
    """Return children by family name, as agents look for them; two alike have their birth date."""
    cards = read.scalars(select(ChildCard).where(ChildCard.child_id.in_(child_ids))).all()
    times = Counter(folded(_full_name_of_card(card)) for card in cards)
    named = {
        card.child_id: _full_name_of_card(card)
        if times[folded(_full_name_of_card(card))] == 1
        else f"{_full_name_of_card(card)} ({card.birth_date:%d/%m/%Y})"
        for card in sorted(
            cards,
            key=lambda card: (folded(_full_name_of_card(card)), card.birth_date, card.child_id),
        )
    }
    return named | {child: f"… {child[-6:]}" for child in sorted(set(child_ids) - named.keys())}


def _full_name_of_card(card: ChildCard) -> str:
    return f"{card.last_name} {card.first_name}"
