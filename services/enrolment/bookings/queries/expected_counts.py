"""
Counts of expected children on a day: by activity and group, and by menu for roles with diets.

Counted from the bookings in force at that moment: at 9 h 30 the kitchen reads all changes made
until 9 h 30.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.families.queries.same_child import one_id_of_each
from services.enrolment.models import Activity, Booking, Group, Session
from services.enrolment.models.offer import PLANNED
from shared.contracts.enrolment.places import BOOKED
from shared.database import Vault
from shared.database.french_order import in_french
from shared.json_values import JsonMapping

DIET = "diet"
UNKNOWN_MENU = ""
"""The family has not chosen a menu, or its choice has not come."""

Diets = Callable[[Collection[str]], Mapping[str, Mapping[str, object]]]


@dataclass(frozen=True)
class Count:
    """Number of children, by menu and by excluded food."""

    children: int = 0
    menus: Mapping[str, int] = field(default_factory=dict)
    without: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class GroupCount:
    """Children expected in one group on that day; `reason` explains a cancellation."""

    session_id: str
    label: str
    starts_at: datetime
    cancelled: bool
    reason: str
    count: Count


@dataclass(frozen=True)
class ActivityCount:
    """An activity on that day: its groups by hour, and their sum."""

    activity_id: str
    code: str
    label: str
    groups: Sequence[GroupCount]
    count: Count


def expected_counts(
    read: DatabaseSession,
    day: date,
    diets: Diets | None = None,
    reach: Reach = EVERYWHERE,
    dieted: Reach = EVERYWHERE,
) -> list[ActivityCount]:
    """Return the day's counts within reach by activity; menus where the reader sees diets."""
    query = (
        select(Activity, Group, Session)
        .join(Group, Group.activity_id == Activity.id)
        .join(Session, Session.group_id == Group.id)
        .where(Session.day == day, reach.of_groups(Group.id))
        .order_by(
            in_french(Activity.label),
            Activity.id,
            Session.starts_at,
            in_french(Group.label),
            Group.id,
        )
    )
    rows = read.execute(query).all()
    booked = booked_children(read, [session for _, _, session in rows])
    menus = diets({child for children in booked.values() for child in children}) if diets else None
    activities = {activity.id: activity for activity, _, _ in rows}
    return [
        _count_activity(
            activity,
            [(group, session) for other, group, session in rows if other.id == activity.id],
            booked,
            {group.id: menus for _, group, _ in rows if dieted.has_group(group.id)},
        )
        for activity in activities.values()
    ]


def diets_reader(read: DatabaseSession, vault: Vault) -> Diets:
    """Return a function that reads diets; a sum of them identifies no child."""
    return lambda child_ids: contents_of_projection(read, vault, DIET, child_ids)


def booked_children(read: DatabaseSession, sessions: Collection[Session]) -> dict[str, list[str]]:
    """Return by session the children booked; one known under two ids, once at the same hour."""
    by_id = {session.id: session for session in sessions}
    query = select(Booking.session_id, Booking.child_id).where(
        Booking.session_id.in_(by_id), Booking.state == BOOKED
    )
    rows = sorted((session_id, child_id) for session_id, child_id in read.execute(query))
    one_of_each = one_id_of_each(read, {child_id for _session, child_id in rows})
    again = _counted_elsewhere(rows, by_id, one_of_each) if one_of_each else frozenset()
    by_session: dict[str, list[str]] = {session_id: [] for session_id in by_id}
    for row in rows:
        if row not in again:
            by_session[row[0]].append(row[1])
    return by_session


def _counted_elsewhere(
    rows: Sequence[tuple[str, str]],
    sessions: Mapping[str, Session],
    one_of_each: Mapping[str, str],
) -> frozenset[tuple[str, str]]:
    """Return the bookings of children who are counted under another id at the same hour."""
    again = set()
    counted: dict[str, list[tuple[str, Session]]] = defaultdict(list)
    known = [row for row in rows if row[1] in one_of_each and sessions[row[0]].state == PLANNED]
    for session_id, child_id in sorted(known, key=lambda row: (sessions[row[0]].starts_at, *row)):
        session, before = sessions[session_id], counted[one_of_each[child_id]]
        if any(child_id != other and _meet(session, each) for other, each in before):
            again.add((session_id, child_id))
        else:
            before.append((child_id, session))
    return frozenset(again)


def _meet(one: Session, other: Session) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _count_activity(
    activity: Activity,
    groups: Sequence[tuple[Group, Session]],
    booked: Mapping[str, Sequence[str]],
    diets: Mapping[str, Mapping[str, Mapping[str, object]] | None],
) -> ActivityCount:
    """Count one activity; `diets` are by group, none of a group where the reader sees none."""
    counted = [
        GroupCount(
            session.id,
            group.label,
            session.starts_at,
            session.state != PLANNED,
            session.reason,
            _count_children(
                booked[session.id] if session.state == PLANNED else (), diets.get(group.id)
            ),
        )
        for group, session in groups
    ]
    return ActivityCount(activity.id, activity.code, activity.label, counted, _sum_counts(counted))


def _count_children(children: Sequence[str], diets: Mapping[str, JsonMapping] | None) -> Count:
    if diets is None:
        return Count(len(children))
    contents = [diets.get(child, {}) for child in children]
    menus = Counter(content.get("menu") or UNKNOWN_MENU for content in contents)
    return Count(
        len(children), menus, Counter(w for content in contents for w in content.get("without", ()))
    )


def _sum_counts(groups: Sequence[GroupCount]) -> Count:
    counts = [group.count for group in groups]
    menus: Counter[str] = sum((Counter(count.menus) for count in counts), Counter())
    without: Counter[str] = sum((Counter(count.without) for count in counts), Counter())
    return Count(sum(count.children for count in counts), menus, without)
