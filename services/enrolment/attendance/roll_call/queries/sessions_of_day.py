"""Sessions of a day at this provider: children expected, present, and still without a mark."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import ABSENT, CAME, State
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Booking, Group, RollCall, Session, UnknownChild
from services.enrolment.models.offer import CANCELLED, GROUP_SITE
from services.enrolment.models.places import BOOKED, LATE
from shared.contracts.enrolment.places.states import CANCELLED as CALLED_OFF
from shared.contracts.enrolment.places.states import EXCUSED
from shared.database import Read
from shared.database.tables.french_order import french_sort_column

LOOKED_BACK = timedelta(days=14)
AWAY = (CALLED_OFF, EXCUSED, LATE)
"""States of a booking in which the family announced an absence."""


@dataclass(frozen=True)
class Meeting:
    """
    One session on the board.

    `expected` are booked; `open` are those without a mark, or with contradicting marks; `away` were
    announced absent by their families; `unknown` are children not recognised yet.
    """

    session_id: str
    group_id: str
    activity: str
    group: str
    site: str
    day: date
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    reason: str
    expected: int
    present: int
    absent: int
    open: int
    to_check: int
    away: int
    unknown: int
    closed_at: datetime | None


def sessions_of_day_within_reach(read: Read, day: date, reach: Reach = EVERYWHERE) -> list[Meeting]:
    """Return the sessions of a day within reach, by hour, activity and group."""
    return _read_meetings(read, Session.day == day, reach.group_within_condition(Session.group_id))


def unclosed_past_sessions(read: Read, today: date, reach: Reach = EVERYWHERE) -> list[Meeting]:
    """Return the sessions of the last two weeks that were booked and whose group is not closed."""
    since = today - LOOKED_BACK
    return [
        meeting
        for meeting in _read_meetings(
            read,
            Session.day >= since,
            Session.day < today,
            Session.state != CANCELLED,
            RollCall.closed_at.is_(None),
            reach.group_within_condition(Session.group_id),
        )
        if meeting.expected or meeting.present
    ]


def _read_meetings(read: Read, *which: ColumnElement[bool]) -> list[Meeting]:
    rows = read.execute(
        select(Session, Group.label, Activity.label, GROUP_SITE, RollCall.closed_at)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(RollCall, RollCall.session_id == Session.id)
        .where(*which)
        .order_by(
            Session.starts_at,
            french_sort_column(Activity.label),
            french_sort_column(Group.label),
            Session.id,
        )
    ).all()
    ids = [row[0].id for row in rows]
    counted, unknown = _count_bookings(read, ids), _count_unknown_children(read, ids)
    marked: dict[str, dict[str, State]] = defaultdict(dict)
    for (session_id, child_id), state in resolved_states(read, ids).items():
        marked[session_id][child_id] = state
    booked = _booked_by_session(read, marked.keys())
    return [
        _make_meeting(*row, counted[each], booked[each], marked.get(each, {}), unknown[each])
        for row in rows
        for each in [row[0].id]
    ]


def _make_meeting(
    session: Session,
    group: str,
    activity: str,
    site: str,
    closed_at: datetime | None,
    counted: Counter[str],
    booked: Collection[str],
    marked: dict[str, State],
    unknown: int,
) -> Meeting:
    kinds = {child: state.kind for child, state in marked.items()}
    return Meeting(
        session_id=session.id,
        group_id=session.group_id,
        activity=activity,
        group=group,
        site=site,
        day=session.day,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        cancelled=session.state == CANCELLED,
        reason=session.reason,
        expected=counted[BOOKED],
        present=sum(kind in CAME for kind in kinds.values()),
        absent=sum(kinds.get(child) == ABSENT for child in booked),
        open=counted[BOOKED] - sum(kinds.get(child) is not None for child in booked),
        to_check=sum(state.to_check for state in marked.values()),
        away=sum(counted[state] for state in AWAY),
        unknown=unknown,
        closed_at=closed_at,
    )


def _count_bookings(read: Read, session_ids: Collection[str]) -> dict[str, Counter[str]]:
    """Return by session how many bookings there are in each state."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    rows = read.execute(
        select(Booking.session_id, Booking.state, func.count())
        .where(Booking.session_id.in_(session_ids))
        .group_by(Booking.session_id, Booking.state)
    )
    for session_id, state, count in rows:
        counted[session_id][state] = count
    return counted


def _booked_by_session(read: Read, session_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the children booked at each session: at those alone in which somebody is marked."""
    booked: dict[str, list[str]] = defaultdict(list)
    if session_ids:
        rows = read.execute(
            select(Booking.session_id, Booking.child_id).where(
                Booking.session_id.in_(session_ids), Booking.state == BOOKED
            )
        )
        for session_id, child_id in rows:
            booked[session_id].append(child_id)
    return booked


def _count_unknown_children(read: Read, session_ids: Collection[str]) -> Counter[str]:
    rows = read.execute(
        select(UnknownChild.session_id, func.count())
        .where(UnknownChild.session_id.in_(session_ids), UnknownChild.resolved_at.is_(None))
        .group_by(UnknownChild.session_id)
    )
    return Counter(dict(rows.all()))
