"""
Counts of expected children on a day: by activity and group, and by menu for roles with diets.

Counted from the bookings in force at that moment: at 9 h 30 the kitchen reads all changes made
until 9 h 30.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.parts_kept_for_counting import CountedParts
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.families.queries.same_child import least_id_by_joined_child
from services.enrolment.models import Activity, Booking, Group, Session
from services.enrolment.models.offer import PLANNED
from shared.contracts.enrolment.places.states import BOOKED
from shared.database import Vault
from shared.database.chunks import chunks
from shared.database.tables.french_order import french_sort_column
from shared.json_values import JsonObject

DIET = "diet"
UNKNOWN_MENU = ""
"""The family has not chosen a menu, or its choice has not come."""


class Diet(NamedTuple):
    """Menu of a child, and the foods that it leaves out."""

    menu: str = UNKNOWN_MENU
    without: tuple[str, ...] = ()


def _diet_of(content: JsonObject) -> Diet:
    return Diet(content.get("menu") or UNKNOWN_MENU, tuple(content.get("without", ())))


NO_DIET = Diet()
DIETS = CountedParts(DIET, _diet_of)
Diets = Callable[[Collection[str]], Mapping[str, Diet]]


class Meeting(Protocol):
    """The part of a session that says whether a child is counted there."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


MEETING = (Session.id, Session.state, Session.starts_at, Session.ends_at)


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


def counts_of_day_within_reach(
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
        .where(Session.day == day, reach.group_within_condition(Group.id))
        .order_by(
            french_sort_column(Activity.label),
            Activity.id,
            Session.starts_at,
            french_sort_column(Group.label),
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


def make_diets_reader(read: DatabaseSession, vault: Vault) -> Diets:
    """Return a function that reads diets; a sum of them identifies no child."""
    return lambda child_ids: DIETS.read(read, vault, child_ids)


def booked_children(
    read: DatabaseSession, sessions: Collection[Meeting]
) -> dict[str, Sequence[str]]:
    """Return by session the children booked; one known under two ids, once at the same hour."""
    by_id = {session.id: session for session in sessions}
    booked: dict[str, Sequence[str]] = dict.fromkeys(by_id, ())
    for some in chunks(by_id):
        together = func.aggregate_strings(Booking.child_id, ",")  # a row for a session, not a child
        query = select(Booking.session_id, together).where(
            Booking.session_id.in_(some), Booking.state == BOOKED
        )
        for session_id, child_ids in read.execute(query.group_by(Booking.session_id)):
            booked[session_id] = sorted(child_ids.split(","))
    one_of_each = least_id_by_joined_child(
        read, {child for found in booked.values() for child in found}
    )
    if not one_of_each:
        return booked
    rows = [(session_id, child) for session_id, found in booked.items() for child in found]
    again = _bookings_counted_under_other_id(rows, by_id, one_of_each)
    return {
        session_id: [child for child in found if (session_id, child) not in again]
        for session_id, found in booked.items()
    }


def _bookings_counted_under_other_id(
    rows: Sequence[tuple[str, str]],
    sessions: Mapping[str, Meeting],
    one_of_each: Mapping[str, str],
) -> frozenset[tuple[str, str]]:
    """Return the bookings of children who are counted under another id at the same hour."""
    again = set()
    counted: dict[str, list[tuple[str, Meeting]]] = defaultdict(list)
    known = [row for row in rows if row[1] in one_of_each and sessions[row[0]].state == PLANNED]
    for session_id, child_id in sorted(known, key=lambda row: (sessions[row[0]].starts_at, *row)):
        session, before = sessions[session_id], counted[one_of_each[child_id]]
        if any(child_id != other and _do_sessions_overlap(session, each) for other, each in before):
            again.add((session_id, child_id))
        else:
            before.append((child_id, session))
    return frozenset(again)


def _do_sessions_overlap(one: Meeting, other: Meeting) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _count_activity(
    activity: Activity,
    groups: Sequence[tuple[Group, Session]],
    booked: Mapping[str, Sequence[str]],
    diets: Mapping[str, Mapping[str, Diet] | None],
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


def count_by_menu_and_left_out(
    children: Sequence[str], diets: Mapping[str, Diet]
) -> tuple[Counter[str], Counter[str]]:
    """Count these children by menu, and by what they leave out."""
    menus: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for diet, count in Counter(map(diets.get, children)).items():
        known = diet or NO_DIET
        menus[known.menu] += count
        for food in known.without:
            without[food] += count
    return menus, without


def _count_children(children: Sequence[str], diets: Mapping[str, Diet] | None) -> Count:
    if diets is None:
        return Count(len(children))
    return Count(len(children), *count_by_menu_and_left_out(children, diets))


def _sum_counts(groups: Sequence[GroupCount]) -> Count:
    counts = [group.count for group in groups]
    menus: Counter[str] = sum((Counter(count.menus) for count in counts), Counter())
    without: Counter[str] = sum((Counter(count.without) for count in counts), Counter())
    return Count(sum(count.children for count in counts), menus, without)
