"""Outcomes of other sessions of the same day: children seen and missed before, or with others."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import (
    resolved_outcomes,
    resolved_states,
)
from services.enrolment.attendance.marks.rules.mark_resolution import CAME, LEFT, PRESENT
from services.enrolment.attendance.roll_call.rules.list_alerts import Sighting
from services.enrolment.models import Activity, Booking, Group, Mark, Session
from services.enrolment.models.offer import PLANNED
from shared.contracts.enrolment.places.states import BOOKED


@dataclass(frozen=True)
class Earlier:
    """
    The activity that expected and did not see a child, and the last that saw it, by child.

    `with_others`: the group of the same activity in which a child is present at the same hours,
    `expected_with`: the one in which it is booked.
    """

    missed: dict[str, str]
    seen: dict[str, Sighting]
    with_others: dict[str, str]
    expected_with: dict[str, str]


def outcomes_earlier_today(read: Database, session: Session, child_ids: Collection[str]) -> Earlier:
    """
    Return the outcomes of these children in earlier sessions of the day.

    A session without marks is left out: its roll call was not made.
    """
    before = _earlier_sessions_of_children(read, session, child_ids)
    outcomes = resolved_outcomes(read, before)
    called = {session_id for session_id, _ in outcomes}
    missed: dict[str, str] = {}
    seen: dict[str, Sighting] = {}
    bookings = _booked_children(read, called, child_ids)
    for session_id, (label, ends_at) in before.items():
        for child in bookings[session_id] | {c for s, c in outcomes if s == session_id}:
            kind, at = outcomes.get((session_id, child), (None, None))
            if kind in CAME and at is not None:
                seen[child] = Sighting(label, at, ends_at if kind == LEFT else None)
                missed.pop(child, None)
            elif child in bookings[session_id]:
                missed[child] = label
    return Earlier(
        missed,
        {child: sighting for child, sighting in seen.items() if child in child_ids},
        _groups_of_children_with_others(read, session, child_ids),
        _groups_of_children_booked_with_others(read, session, child_ids),
    )


def _earlier_sessions_of_children(
    read: Database, session: Session, child_ids: Collection[str]
) -> dict[str, tuple[str, datetime]]:
    """
    Return earlier sessions of the day, each with its activity's label and its end, in order.

    Only those in which one of these children was booked or marked: others say nothing of them.
    """
    booked = exists().where(Booking.session_id == Session.id, Booking.child_id.in_(child_ids))
    rows = read.execute(
        select(Session.id, Activity.label, Session.ends_at)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day == session.day, Session.starts_at < session.starts_at)
        .where(Session.state == PLANNED, or_(booked, _has_mark_of(child_ids)))
        .order_by(Session.starts_at, Session.id)
    )
    return {session_id: (label, ends_at) for session_id, label, ends_at in rows}


def _groups_of_children_with_others(
    read: Database, session: Session, child_ids: Collection[str]
) -> dict[str, str]:
    """Return the other group of this activity in which a child is present at the same hours."""
    rows = read.execute(
        select(Session.id, Group.label)
        .join(Group, Group.id == Session.group_id)
        .where(*_conditions_of_other_groups(session), _has_mark_of(child_ids))
    )
    groups = {session_id: label for session_id, label in rows}
    states = resolved_states(read, groups, child_ids)
    return {
        child: groups[session_id]
        for (session_id, child), state in sorted(states.items())
        if state.kind == PRESENT and child in child_ids
    }


def _groups_of_children_booked_with_others(
    read: Database, session: Session, child_ids: Collection[str]
) -> dict[str, str]:
    """Return the other group of this activity in which a child is booked at the same hours."""
    rows = read.execute(
        select(Booking.child_id, Group.label)
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .where(*_conditions_of_other_groups(session))
        .where(Booking.child_id.in_(child_ids), Booking.state == BOOKED)
        .order_by(Session.starts_at, Session.id)
    )
    return {child_id: label for child_id, label in rows}


def _conditions_of_other_groups(session: Session) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of sessions of the other groups of an activity at the same hours."""
    activity_id = select(Group.activity_id).where(Group.id == session.group_id).scalar_subquery()
    return (
        Session.day == session.day,
        Session.id != session.id,
        Session.state == PLANNED,
        Session.starts_at < session.ends_at,
        Session.ends_at > session.starts_at,
        Group.activity_id == activity_id,
    )


def _has_mark_of(child_ids: Collection[str]) -> ColumnElement[bool]:
    return exists().where(Mark.session_id == Session.id, Mark.child_id.in_(child_ids))


def _booked_children(
    read: Database, session_ids: Collection[str], child_ids: Collection[str]
) -> dict[str, set[str]]:
    rows = read.execute(
        select(Booking.session_id, Booking.child_id).where(
            Booking.session_id.in_(session_ids),
            Booking.child_id.in_(child_ids),
            Booking.state == BOOKED,
        )
    )
    by_session: dict[str, set[str]] = defaultdict(set)
    for session_id, child_id in rows:
        by_session[session_id].add(child_id)
    return by_session
